"""What is asked of the operating system: files, locks, signals, clocks, threads, local channels.

`posix` and `windows` have the same names; `platform` gives those of this machine. Read `files` first (a file is
replaced whole), then `worker` (the thread that goes on after a bug). Knows nothing of video, events or receivers.
"""
