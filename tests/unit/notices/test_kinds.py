"""The registry of notices holds together: fields are explained, names are found again, every kind is announced."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from securos_trigger.notices import FIELDS, KINDS, NoticeKind, kinds

SOURCE = Path(__file__).parents[3] / "src" / "securos_trigger"


@pytest.mark.parametrize("kind", KINDS.values(), ids=str)
def test_a_kind_explains_itself(kind: NoticeKind) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", kind.name)
    assert getattr(kinds, kind.name.upper()) is kind
    assert set(kind.fields) <= set(FIELDS)
    assert kind.meaning.endswith((".", "`"))


def test_every_field_is_in_use() -> None:
    assert {field for kind in KINDS.values() for field in kind.fields} == set(FIELDS)


def test_every_kind_is_announced_somewhere() -> None:
    code = "\n".join(
        file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.py") if file.name not in ("metrics.py",)
    )
    unused = [kind.name for kind in KINDS.values() if f"kinds.{kind.name.upper()}" not in code]
    assert unused == []


@pytest.mark.parametrize(
    "kind",
    [kind for name, kind in KINDS.items() if name.endswith(("_recovered", "_again", "_goes_on", "_online"))],
    ids=str,
)
def test_the_end_of_a_trouble_is_logged_with_quiet_too(kind: NoticeKind) -> None:
    assert kind.level >= logging.WARNING
