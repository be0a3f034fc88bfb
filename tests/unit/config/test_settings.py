"""What the settings of a whole file say of its trigger nodes."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.config.reader import read_config
from securos_trigger.model import Address

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
