"""Names that stood on pages of older versions are still there, with a warning that gives the new address."""

from __future__ import annotations

import importlib

import pytest

from securos_trigger.config import reader
from securos_trigger.metadata import recordings


@pytest.mark.parametrize(
    ("module", "name", "found", "new"),
    [
        ("securos_trigger.recordings", "Recording", recordings.Recording, "securos_trigger.metadata.recordings"),
        ("securos_trigger.config", "read_config", reader.read_config, "securos_trigger.config.reader"),
    ],
)
def test_an_older_address_gives_the_same_and_names_the_new_one(module: str, name: str, found: object, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"import {name} from {new}$"):
        assert getattr(importlib.import_module(module), name) is found


@pytest.mark.parametrize("module", ["securos_trigger.recordings", "securos_trigger.config"])
def test_another_name_is_not_there(module: str) -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(importlib.import_module(module), "no_such_name")  # noqa: B009  mypy would refuse it
