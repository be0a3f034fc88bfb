"""A supervised asyncio task: the counterpart of `Worker`, for one loop of work among many in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from securos_trigger.system.worker import Failures

#: A step that is under way for this long after a failure works again: it may wait for hours for its next delivery.
WORKS_AFTER_S: Final = 1.0


async def repeat(step: Callable[[], Awaitable[bool | None]], failures: Failures) -> None:
    """Repeat `step` until it gives False, or until cancelled. A bug in it is reported, and it goes on after a pause."""
    loop = asyncio.get_running_loop()
    while True:
        works = loop.call_later(WORKS_AFTER_S, failures.note_success) if failures.is_failing else None
        try:
            try:
                goes_on = await step()
            finally:
                if works is not None:
                    works.cancel()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  the one bulkhead of this task: `sys.exit()` ends no task
            await asyncio.sleep(failures.note_failure(error))
        else:
            failures.note_success()
            if goes_on is False:
                return
