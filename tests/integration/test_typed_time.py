"""The time that a person types in a field of the console, read by the script of the pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.console.scripts import script_function

DAY = timedelta(days=1)
NOW = datetime.now().astimezone()
#: A minute of this day that is over, so that the newest one is that of today; at midnight there is none.
EARLIER = NOW.replace(second=0, microsecond=0) - timedelta(minutes=2)
LATER = NOW.replace(second=0, microsecond=0) + timedelta(minutes=5)


@pytest.mark.skipif(EARLIER.date() != NOW.date() or LATER.date() != NOW.date(), reason="it is midnight")
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (f"{EARLIER:%H:%M}", EARLIER),
        (f" {EARLIER:%H:%M}:07 ", EARLIER.replace(second=7)),
        (f"{EARLIER:%I:%M %p}", EARLIER),
        (f"{LATER:%H:%M}", LATER - DAY),
        (f"today {EARLIER:%H:%M}", EARLIER),
        (f"Yesterday {EARLIER:%H:%M}", EARLIER - DAY),
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
