"""A program that has imported all of securos-trigger, and forks a process for each command that it is asked for.

`tests.commands` starts it. To import the libraries takes most of the CPU time of a short command, and the tests start
hundreds of them. A forked command has its own process id, folder, environment and files, and runs `securos_trigger` as
`python -m securos_trigger` does.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import socket
import sys
import threading
import time
import warnings
from typing import Any, NoReturn

import securos_trigger

REQUEST_BYTES = 200_000
#: Packages that few commands need: those import them themselves.
_LEFT_OUT = ("analytics", "console", "gst", "placement")
_FILES = 4  # standard input, output, error output, and the pipe that the process id and the exit code go to


def main() -> None:
    """Serve until the other end of standard input is closed. In a forked process: run its command."""
    shown, warnings.showwarning = warnings.showwarning, _show_nothing
    _import_all()
    requests = socket.socket(fileno=os.dup(0))
    request, files = _next_command(requests)
    _become(request, files)
    warnings.showwarning = shown  # a command shows what a person would see
    _run_command()


def _import_all() -> None:
    """Import the modules, and take what exists by then out of the garbage collector's sight."""
    for found in pkgutil.walk_packages(securos_trigger.__path__, "securos_trigger."):
        if found.name.split(".")[1] not in (*_LEFT_OUT, "__main__") and not found.name.endswith(".windows"):
            try:
                importlib.import_module(found.name)
            except ModuleNotFoundError as error:  # an optional library that is not installed here
                if str(error.name).startswith("securos_trigger"):
                    raise
    gc.collect()
    gc.freeze()


def _show_nothing(*_: object, **__: object) -> None:
    """Leave out a warning of an import, or of a fork: it belongs to no command."""


def _run_command() -> NoReturn:
    """Run the command and end as Python does, but for the tidying of modules, which takes as long as the command."""
    try:
        runpy.run_module("securos_trigger", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        code = end.code or 0
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as the end of a program does
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 120  # as Python
    os._exit(code)


def _next_command(requests: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Fork for each request; returns in the forked process only."""
    running: dict[int, tuple[int, int]] = {}  # by the descriptor that is readable when it has ended
    with selectors.DefaultSelector() as ready:
        ready.register(requests, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fd in running:
                    ready.unregister(key.fd)
                    _report_end(key.fd, *running.pop(key.fd))
                    continue
                data, files, _, _ = socket.recv_fds(requests, REQUEST_BYTES, _FILES)
                if not data:
                    os._exit(0)
                if (pid := os.fork()) == 0:
                    requests.close()
                    for watched, (_, report) in running.items():
                        os.close(watched)
                        os.close(report)
                    return json.loads(data), files
                os.write(files[3], b"%d\n" % pid)
                for one in files[:3]:
                    os.close(one)
                watched = os.pidfd_open(pid)
                running[watched] = pid, files[3]
                ready.register(watched, selectors.EVENT_READ)


def _report_end(watched: int, pid: int, report: int) -> None:
    _, status = os.waitpid(pid, 0)
    os.close(watched)
    try:
        os.write(report, b"%d\n" % os.waitstatus_to_exitcode(status))
    except BrokenPipeError:  # nothing waits for it any more
        pass
    finally:
        os.close(report)


def _become(request: dict[str, Any], files: list[int]) -> None:
    """Give this process what the request says: session, files, folder, environment and words."""
    if request["start_new_session"]:
        os.setsid()
    for number, one in enumerate(files[:3]):
        os.dup2(one, number)
    for one in files:
        os.close(one)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    sys.path[0] = request["cwd"]
    sys.argv = ["securos_trigger", *request["words"]]


if __name__ == "__main__":
    main()
