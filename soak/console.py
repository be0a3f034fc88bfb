"""Saves in the console under load, with a page open all the time: no frame and no event is lost, and memory stays flat.

The service and the books are those of `soak.reload`; what is changed is changed through the API of a real console.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from soak import reload
from soak.console_site import open_page, running_site
from soak.report import Report
from tests.integration.console_site import Browser

NODE: Final = "/api/config/nodes/steady/alarm"
#: Pages of events and frames are kept by the console while it is warm; growth is counted after the first fifth.
MAX_GROWN_BYTES: Final = 40 * 1024**2
_SAVE_ANSWERS: Final = {"saved": 200, "mistake": 422, "stale": 412}


def run(*, is_long: bool, saves: int = 0) -> Report:
    """Save again and again, now and then with a mistake or from a page that is out of date."""
    saves = saves or (500 if is_long else 40)
    chance, done = random.Random(), Counter[str]()
    with running_site(chance) as site:
        browser, before = site.program(), site.memory_bytes()
        with open_page(browser):
            for number in range(saves):
                done.update(_save_once(browser, chance))
                if number == saves // 5:
                    before = site.memory_bytes()
        grown = {who: size - before[who] for who, size in site.memory_bytes().items()}
        broken = site.end()
        figures: dict[str, object] = {
            "saves in force": done["saved"],
            "refused for a mistake": done["mistake"],
            "refused because the page was out of date": done["stale"],
            "events fired and delivered": reload.fired_count(site.folder),
            **{f"memory of the {who} grown": f"{size / 1024**2:.1f} MB" for who, size in grown.items()},
        }
    if done["wrong"]:
        broken += (f"{done['wrong']} requests were answered otherwise than they must",)
    broken += tuple(f"the memory of the {who} grows" for who, size in grown.items() if size > MAX_GROWN_BYTES)
    return Report(figures, broken)


def _save_once(browser: Browser, chance: random.Random) -> Iterator[str]:
    """One save, and what became of it: of two from the same page the second is out of date."""
    kind = chance.random()
    digest = browser.get("/api/config")["digest"]
    values: dict[str, Any] = {
        "trigger": chance.choice(reload.TRIGGERS),
        "iss_camera_ids": chance.choice(reload.CAMERAS),
    }
    values["interval"] = chance.choice([0, 0.0001, 0.0002, 0.0003])
    if kind < 0.1:
        yield _answer(browser, {"trigger": "is_due and"}, digest, "mistake")
        return
    yield _answer(browser, values, digest, "saved")
    if kind < 0.2:
        yield _answer(browser, {"event_description": f"late {chance.random()}"}, f"{digest}0", "stale")


def _answer(browser: Browser, values: dict[str, Any], digest: str, wanted: str) -> str:
    answer = browser.ask("PUT", NODE, {"values": values}, If_Match=f'"{digest}"')
    is_right = answer.status == _SAVE_ANSWERS[wanted]
    if wanted == "saved":
        is_right = is_right and bool(answer.json["reload"]["is_done"])
    return wanted if is_right else "wrong"
