"""A supervised asyncio task: the counterpart of `Worker`, for one loop of work among many in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from securos_trigger.system.worker import Failures


async def repeat(step: Callable[[], Awaitable[bool | None]], failures: Failures) -> None:
    """Repeat `step` until it gives False, or until cancelled. A bug in it is reported, and it goes on after a pause."""
    while True:
        try:
            goes_on = await step()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  the one bulkhead of this task: `sys.exit()` ends no task
            await asyncio.sleep(failures.note_failure(error))
        else:
            failures.note_success()
            if goes_on is False:
                return
