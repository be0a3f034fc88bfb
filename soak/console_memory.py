"""Pages of the console that are opened and closed all the time: its memory and its connections stay as many.

One page stays open to the end, as at an operator. Beside it browsers come: each logs in, listens to the stream, asks
for what pages show, and leaves; every second one logs out first, the others only close the page.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from soak.console_site import LOOKED_AT, Site, listen_shortly, open_page, running_site
from soak.report import Report

#: Memory of each process and files of the console, as often as this in one run.
SAMPLES: Final = 60
#: How much more the last third of a run may have than the second third, in memory and in open files.
MAX_GROWN_BYTES: Final = 16 * 1024**2
MAX_MORE_FILES: Final = 8
#: Lines of the stream that a browser reads before it leaves: the greeting and an overview.
_LINES: Final = 4
_PAUSE_S: Final = 0.5


def run(*, is_long: bool, watch_s: float = 0.0) -> Report:
    """Look on for an hour (long) or a few seconds, while browsers come and go."""
    watch_s = watch_s or (3600.0 if is_long else 10.0)
    samples: list[dict[str, int]] = []
    with running_site(random.Random()) as site, open_page(site.program()), ThreadPoolExecutor(1) as threads:
        until_at_ticks = time.monotonic() + watch_s
        visiting = threads.submit(_visit_until, site, until_at_ticks)
        while not visiting.done():
            samples.append({**site.memory_bytes(), "files": site.open_files()})
            time.sleep(watch_s / SAMPLES)
        visits = visiting.result()
    third = max(1, len(samples) // 3)
    figures: dict[str, object] = {"looked on": f"{watch_s:.0f} s", "browsers that came and went": visits}
    for who in ("service", "console"):
        sizes = [f"{size / 1024**2:.1f}" for size in _thirds(samples, who, third)]
        figures[f"memory of the {who} in each third"] = f"{', '.join(sizes)} MB"
    figures["open files and connections of the console in each third"] = ", ".join(
        f"{count:.0f}" for count in _thirds(samples, "files", third)
    )
    return Report(figures, tuple(_broken(samples, third, is_long=is_long)))


def _visit_until(site: Site, until_at_ticks: float) -> int:
    """Let browsers come and go, one after the other; gives how many came."""
    count = 0
    while time.monotonic() < until_at_ticks:
        browser = site.program()
        browser.headers.clear()
        if browser.log_in(token=site.token).status != 200:
            raise RuntimeError("a log-in with the token was refused")
        listen_shortly(browser, _LINES)
        for path in LOOKED_AT:
            browser.ask("GET", path)
        if count % 2:
            browser.post("/api/logout")
        count += 1
        time.sleep(_PAUSE_S)
    return count


def _thirds(samples: list[dict[str, int]], key: str, third: int) -> list[float]:
    """The median of a value in the first, the second and the last third of a run."""
    values = [sample[key] for sample in samples]
    return [statistics.median(values[place : place + third]) for place in (0, third, len(values) - third)]


def _broken(samples: list[dict[str, int]], third: int, *, is_long: bool) -> Iterator[str]:
    """What has grown. Processes that have just begun fill their caches: a short run judges the open files only."""
    memory = (("service", MAX_GROWN_BYTES), ("console", MAX_GROWN_BYTES)) if is_long else ()
    for key, most in (*memory, ("files", MAX_MORE_FILES)):
        _, before, after = _thirds(samples, key, third)
        if after - before > most:
            what = "the open files of the console" if key == "files" else f"the memory of the {key}"
            yield f"{what} grow: {before:.0f} in the second third, {after:.0f} in the last one"
