"""Threads of an event loop that no end waits for: a name server that hangs must not outlast the limit of a command."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class _DaemonThreads(ThreadPoolExecutor):
    """Runs each call in a daemon thread of its own, which the end of neither the loop nor the process waits for."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        threading.Thread(target=_run, args=(future, fn, args, kwargs), name="look-up", daemon=True).start()
        return future


def use_daemon_threads() -> None:
    """Have the running loop do in daemon threads what blocks, such as to resolve a name. For few calls: no pool."""
    asyncio.get_running_loop().set_default_executor(_DaemonThreads())


def _run(future: Future[Any], fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    try:
        result = fn(*args, **kwargs)
    except BaseException as error:  # noqa: BLE001  it is given to the caller
        future.set_exception(error)
    else:
        future.set_result(result)
