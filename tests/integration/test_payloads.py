"""The messages of other systems below tests/payloads: what is read of each is what its `expected.json` says."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.inputs.kinds import KINDS
from securos_trigger.inputs.scene import EXPECTED
from securos_trigger.operations.input_try import try_input

PAYLOADS = Path(__file__).parents[1] / "payloads"
FOLDERS = sorted(path.parent.name for path in PAYLOADS.glob(f"*/{EXPECTED}"))


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_read_of_each_message_is_what_is_expected(folder: str) -> None:
    tried = list(try_input(PAYLOADS / folder))
    assert tried
    assert [difference for one in tried for difference in one.differences] == []


def test_every_kind_has_a_folder_and_every_folder_its_kind() -> None:
    assert set(FOLDERS) == set(KINDS)
