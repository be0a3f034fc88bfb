"""What to do, taken apart for the pages: what helps there, and the commands for the machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from securos_trigger.errors.source_fixes import source_fix
from securos_trigger.operations.given_up_troubles import FIX_RETIRED
from tests.unit.console.scripts import script_function


@pytest.fixture(scope="module")
def taken_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    with script_function("remedy.js", "takenApart", tmp_path_factory.mktemp("node")) as call:
        yield call


@pytest.mark.parametrize(
    ("text", "plain", "commands"),
    [
        (
            source_fix("it has no such path", "").replace("its url", "its url (line 98)").partition(" The manual")[0],
            ["Correct the path in its url."],
            ["reload"],
        ),
        ("Look at the camera. It is being reconnected.", ["Look at the camera.", "It is being reconnected."], []),
        ("`securos-trigger doctor site.toml` looks at it. None is lost.", ["None is lost."], ["doctor"]),
        ("`'/a b/securos-trigger' unmute site.toml yard/alarm` ends that.", [], ["unmute"]),
        ("Set `every = 4` of the detector (it is 2).", ["Set `every = 4` of the detector (it is 2)."], []),
        ("Free space: old logs (`journalctl --vacuum-size=100M`). Then wait.", ["Then wait."], []),
        (
            "Correct iss_camera_ids of a (line 3), `securos-trigger reload s`, then `securos-trigger outbox retry s`.",
            ["Correct iss_camera_ids of a."],
            ["reload"],
        ),
        (FIX_RETIRED, ["Has its address changed?"], ["outbox", "outbox"]),
        ("", [], []),
    ],
)
def test_no_command_is_left_for_the_page(
    taken_apart: Callable[..., Any], text: str, plain: list[str], commands: list[str]
) -> None:
    found = taken_apart(text)
    assert found["plain"] == plain
    assert [one["name"] for one in found["commands"]] == commands
    assert [one for one in found["typed"] if one not in text] == []
