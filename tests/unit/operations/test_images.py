"""Why an event has no image: what a person reads in its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from securos_trigger.operations.images import why_no_image

KEPT_AT = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("table", "age_days", "why"),
    [
        ("", 1, "off"),
        ("[images]\n", 1, "gone"),
        ("[images]\n", 8, "expired"),
        ("[images]\nkeep_days = 30\n", 8, "gone"),
    ],
)
def test_it_is_said_whether_images_are_off_or_this_one_has_expired(
    tmp_path: Path, table: str, age_days: int, why: str
) -> None:
    config = tmp_path / "site.toml"
    config.write_text(f'[outbox]\npath = "outbox.sqlite"\n{table}', encoding="utf-8")
    assert why_no_image(config, KEPT_AT, KEPT_AT + timedelta(days=age_days)) == why


def test_a_file_with_mistakes_does_not_say_why(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_text("[images]\nkeep_days = -1\n", encoding="utf-8")
    assert why_no_image(config, KEPT_AT, KEPT_AT) == ""
