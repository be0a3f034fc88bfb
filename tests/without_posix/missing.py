"""What Python does not have on Windows, or has with another meaning there. By module."""

from __future__ import annotations

#: Modules that are not there.
MODULES = ("fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty")

#: Names that are not there, by module.
NAMES = {
    "os": (
        *("chown", "chroot", "confstr", "ctermid", "fchdir", "fchmod", "fchown", "fdatasync", "fork", "forkpty"),
        *("fstatvfs", "getegid", "geteuid", "getgid", "getgrouplist", "getgroups", "getloadavg", "getpgid", "getpgrp"),
        *("getpriority", "getresgid", "getresuid", "getsid", "getuid", "initgroups", "killpg", "lchown", "lockf"),
        *("mkfifo", "mknod", "nice", "openpty", "pipe2", "posix_fadvise", "posix_fallocate", "posix_spawn", "pread"),
        *("preadv", "pwrite", "pwritev", "readv", "register_at_fork", "sched_getaffinity", "sched_setaffinity"),
        *("sched_setscheduler", "sched_yield", "sendfile", "setegid", "seteuid", "setgid", "setgroups", "setpgid"),
        *("setpriority", "setsid", "setuid", "statvfs", "sync", "sysconf", "tcgetpgrp", "tcsetpgrp", "ttyname"),
        *("uname", "wait", "wait3", "wait4", "waitid", "writev"),
        *("O_ASYNC", "O_CLOEXEC", "O_DIRECTORY", "O_DSYNC", "O_NDELAY", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK"),
        *("O_PATH", "O_SYNC", "O_TMPFILE"),
    ),
    "socket": (
        *("AF_NETLINK", "AF_PACKET", "AF_UNIX", "AF_VSOCK", "MSG_DONTWAIT", "MSG_NOSIGNAL", "SO_BINDTODEVICE"),
        *("SO_PEERCRED", "SO_REUSEPORT", "recv_fds", "send_fds"),
    ),
    "signal": (
        *("SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP", "SIGTSTP", "SIGUSR1"),
        *("SIGUSR2", "SIGWINCH", "alarm", "pause", "pthread_kill", "pthread_sigmask", "setitimer", "siginterrupt"),
        *("sigpending", "sigtimedwait", "sigwait", "sigwaitinfo"),
    ),
    "select": ("epoll", "poll"),
    "time": ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC", "clock_gettime", "clock_settime", "pthread_getcpuclockid", "tzset"),
}

#: There, but of another meaning: `os.kill` ends a process or sends it Ctrl-C, whatever the number of the signal.
OF_ANOTHER_MEANING = {"os": ("kill",)}

#: Methods of event loops that those of Windows do not have.
METHODS_OF_LOOPS = ("add_reader", "add_signal_handler", "add_writer", "create_unix_connection", "create_unix_server")
