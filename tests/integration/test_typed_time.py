"""The time that a person types in a field of the console, read by the script of the pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.console.scripts import script_function

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("form", "minutes", "day"),
    [
        ("{:%H:%M}", -2, 0 * DAY),
        (" {:%H:%M}:07 ", -2, timedelta(seconds=7)),
        ("{:%I:%M %p}", -2, 0 * DAY),
        ("{:%H:%M}", 5, -DAY),  # the newest one that is over
        ("today {:%H:%M}", -2, 0 * DAY),
        ("Yesterday {:%H:%M}", -2, -DAY),
    ],
)
def test_a_typed_time_without_a_date_is_the_newest_one(form: str, minutes: int, day: timedelta, tmp_path: Path) -> None:
    now = datetime.now().astimezone()
    typed = now.replace(second=0, microsecond=0) + timedelta(minutes=minutes)
    if typed.date() != now.date():
        pytest.skip("it is midnight")
    with script_function("typed_time.js", "typedInstant", tmp_path) as typed_instant:
        found = typed_instant(form.format(typed))
    assert datetime.fromisoformat(found) == typed + day


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-01-29 14:03:07", datetime(2026, 1, 29, 14, 3, 7).astimezone()),
        ("2026-01-29T14:03", datetime(2026, 1, 29, 14, 3).astimezone()),
        ("2026-01-29T14:03:07.250Z", datetime.fromisoformat("2026-01-29T14:03:07.250+00:00")),
        ("2026-01-29 14:03+05:30", datetime.fromisoformat("2026-01-29T14:03+05:30")),
        *(
            (text, None)
            for text in ("", "25:99", "14:63", "2 o'clock", "yesterday", "2026-01-29", "01/29/2026, 2:03 PM")
        ),
        *((text, None) for text in ("2026-02-31 14:03", "2026-01-29 25:00", "13:00 pm", "1403")),
    ],
)
def test_a_typed_time_is_read_whatever_the_language_of_the_browser(
    text: str, meant: datetime | None, tmp_path: Path
) -> None:
    with script_function("typed_time.js", "typedInstant", tmp_path) as typed_instant:
        found = typed_instant(text)
    assert (found and datetime.fromisoformat(found)) == meant


def test_what_cannot_be_read_is_refused_with_forms_that_can(tmp_path: Path) -> None:
    with script_function("typed_time.js", "notTyped", tmp_path) as not_typed:
        said = str(not_typed("11/29/2026, 2:03 PM "))
    head = '"11/29/2026, 2:03 PM" is no time that can be read: type 14:03, 14:03:07 or '
    assert said.startswith(head)
    with script_function("typed_time.js", "typedInstant", tmp_path) as typed_instant:
        assert all(typed_instant(form) for form in ("14:03", "14:03:07", said.removeprefix(head).rstrip(".")))
