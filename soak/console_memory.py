"""Pages of the console that are opened and closed all the time: its memory and its connections do not grow.

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
#: How much more memory the last third of a long run may have than the second third.
MAX_GROWN_BYTES: Final = 16 * 1024**2
#: How many more files and connections may be open when all browsers have left than before them: those under way.
MAX_MORE_FILES: Final = 8
#: Browsers of a short run: far more than that, so that one connection of each that stays open is seen.
BROWSERS: Final = 30
_LEFT_WITHIN_S: Final = 60.0
#: Lines of the stream that a browser reads before it leaves: the greeting and an overview.
_LINES: Final = 4
_PAUSE_S: Final = 0.5


def run(*, is_long: bool) -> Report:
    """Look on for an hour (long) or for some browsers, while they come and go."""
    watch_s = 3600.0 if is_long else 0.0
    samples: list[dict[str, int]] = []
    with running_site(random.Random()) as site:
        with open_page(site.program()), ThreadPoolExecutor(1) as threads:
            _visit_until(site, 0.0, 2)  # what the first ones have opened for good is no growth
            before = site.open_files()
            visiting = threads.submit(_visit_until, site, time.monotonic() + watch_s, BROWSERS)
            while not visiting.done():
                samples.append({**site.memory_bytes(), "files": site.open_files()})
                time.sleep(max(0.1, watch_s / SAMPLES))
            visits, more_files = visiting.result(), _more_files(site, before)
        broken = site.end()
    third = max(1, len(samples) // 3)
    figures: dict[str, object] = {"looked on": f"{watch_s:.0f} s" if is_long else "until all had left"}
    figures["browsers that came and went"] = visits
    for who in ("service", "console"):
        sizes = [f"{size / 1024**2:.1f}" for size in _thirds(samples, who, third)]
        figures[f"memory of the {who} in each third"] = f"{', '.join(sizes)} MB"
    figures["open files and connections of the console in each third"] = ", ".join(
        f"{count:.0f}" for count in _thirds(samples, "files", third)
    )
    if more_files > MAX_MORE_FILES:
        broken += (f"{more_files} more files and connections are open than before {visits} browsers came and went",)
    if is_long:
        broken += tuple(_grown(samples, third))
    return Report(figures, broken)


def _visit_until(site: Site, until_at_ticks: float, at_least: int) -> int:
    """Let browsers come and go, one after the other; gives how many came. A pause is made beyond the least number."""
    count = 0
    while count < at_least or time.monotonic() < until_at_ticks:
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
        if count >= at_least:
            time.sleep(_PAUSE_S)
    return count


def _more_files(site: Site, before: int) -> int:
    """How many more files the console has open than before, when it has had time to see that browsers have left."""
    give_up_at_ticks = time.monotonic() + _LEFT_WITHIN_S
    while (more := site.open_files() - before) > MAX_MORE_FILES and time.monotonic() < give_up_at_ticks:
        time.sleep(0.1)
    return more


def _thirds(samples: list[dict[str, int]], key: str, third: int) -> list[float]:
    """The median of a value in the first, the second and the last third of a run."""
    values = [sample[key] for sample in samples]
    return [statistics.median(values[place : place + third]) for place in (0, third, len(values) - third)]


def _grown(samples: list[dict[str, int]], third: int) -> Iterator[str]:
    """Whose memory has grown. Processes that have just begun fill their caches: only a long run is judged."""
    for who in ("service", "console"):
        _, before, after = _thirds(samples, who, third)
        if after - before > MAX_GROWN_BYTES:
            yield f"the memory of the {who} grows: {before:.0f} bytes in the second third, {after:.0f} in the last one"
