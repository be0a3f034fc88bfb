"""The `[ledger]` and `[metrics]` tables of a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.errors import ConfigurationError

PIPELINE = '[[pipelines]]\nname = "a"\nsource = { type = "file", path = "a.mp4" }\n'


def test_the_ledger_stands_beside_the_outbox_with_its_name() -> None:
    settings = parse_config('[outbox]\npath = "state/gate.sqlite"\n' + PIPELINE, base=Path("/site"))
    assert settings.ledger_path == Path("/site/state/gate.ledger.jsonl")
    assert settings.ledger.enabled
    assert settings.metrics.port is None


def test_a_path_of_its_own_is_below_the_configuration_file() -> None:
    settings = parse_config('[ledger]\npath = "why.jsonl"\n' + PIPELINE, base=Path("/site"))
    assert settings.ledger_path == Path("/site/why.jsonl")


def test_mistakes_are_told_with_their_line() -> None:
    text = "[ledger]\nfiles = 0\nsize = 5\n[metrics]\nport = 70000\n" + PIPELINE
    with pytest.raises(ConfigurationError) as caught:
        parse_config(text, base=Path("/site"))
    assert str(caught.value) == (
        "configuration: 3 mistakes:\n"
        "  line 2: ledger.files: 0 is too small: the least is 1\n"
        "  line 3: ledger.size: there is no such setting\n"
        "      Known: enabled, path, max_size_mb, files.\n"
        "  line 5: metrics.port: 70000 is too large: the most is 65535"
    )
