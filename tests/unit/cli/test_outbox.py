"""`outbox … --path FILE` takes the line of `outbox …` with the configuration in it, too."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from securos_trigger.cli.main import app
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Dead, Outbox
from tests import builders


@pytest.mark.parametrize("config", [[], ["site.toml"]])
@pytest.mark.parametrize("words", [["show", "1"], ["retry", "1"], ["retry", "--all"], ["drop", "--yes", "1"]])
def test_a_configuration_beside_the_path_is_no_number(tmp_path: Path, config: list[str], words: list[str]) -> None:
    file = tmp_path / "gate.sqlite"
    with closing(Outbox(file, announcer=Announcer())) as outbox:
        assert outbox.put(builders.event("1"), "https://vms.example:3443")
        [delivery] = outbox.claim("https://vms.example:3443", 1).result(60)
        outbox.settle(delivery, Dead("unknown camera"))
        assert outbox.flush(60)
    name, *rest = words
    done = CliRunner().invoke(app, ["outbox", name, *config, "--path", str(file), *rest, "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert len(found) == 1 if name == "show" else found["changed"] == 1
