"""What the settings of a whole file say of its trigger nodes, and of its tables `[ledger]` and `[metrics]`."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config, read_config
from securos_trigger.errors import ConfigurationError
from securos_trigger.model import Address

PIPELINE = '[[pipelines]]\nname = "a"\nsource = { type = "file", path = "a.mp4" }\n'
FILE = """
[[pipelines]]
name = "yard"
source = { type = "rtsp", url = "rtsp://yard.example/1" }
[[pipelines.nodes]]
type = "trigger_securos_event"
id = "{first}"
event_name = "Person"
trigger = "true"
iss_ip = "vms"
iss_password = "0123456789abcdef"
[[pipelines.nodes]]
type = "trigger_securos_event"
id = "{second}"
event_name = "Car"
trigger = "true"
iss_ip = "vms"
iss_password = "0123456789abcdef"
"""


def test_trigger_nodes_of_all_pipelines_stand_by_address_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Two pipelines may have a node of one id: the address keeps them apart."""
    path = tmp_path / "site.toml"
    yard = FILE.replace("{first}", "zebra").replace("{second}", "alarm")
    gate = FILE.replace("{first}", "alarm").replace("{second}", "barrier").replace("yard", "gate")
    path.write_text(yard + gate)

    nodes = read_config(path).trigger_nodes()

    assert list(nodes) == [
        Address("yard", "", "zebra"),
        Address("yard", "", "alarm"),
        Address("gate", "", "alarm"),
        Address("gate", "", "barrier"),
    ]
    assert [node.properties.event_name for node in nodes.values()] == ["Person", "Car", "Person", "Car"]


def test_the_ledger_stands_beside_the_outbox_with_its_name() -> None:
    settings = parse_config('[outbox]\npath = "state/gate.sqlite"\n' + PIPELINE, base=Path("/site"))
    assert settings.ledger_path == Path("/site/state/gate.ledger.jsonl")
    assert settings.ledger.enabled
    assert settings.metrics.port is None


def test_a_path_of_its_own_is_below_the_configuration_file() -> None:
    settings = parse_config('[ledger]\npath = "why.jsonl"\n' + PIPELINE, base=Path("/site"))
    assert settings.ledger_path == Path("/site/why.jsonl")


def test_mistakes_in_the_tables_ledger_and_metrics_have_their_line() -> None:
    text = "[ledger]\nfiles = 0\nsize = 5\n[metrics]\nport = 70000\n" + PIPELINE
    with pytest.raises(ConfigurationError) as caught:
        parse_config(text, base=Path("/site"))
    assert str(caught.value) == (
        "configuration: 3 mistakes:\n"
        "  line 2: ledger.files: 0 is too small: the least is 1\n"
        "  line 3: ledger.size: there is no such setting\n"
        '      Did you mean "max_size_mb"?\n'
        "  line 5: metrics.port: 70000 is too large: the most is 65535"
    )
