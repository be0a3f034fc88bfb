"""What `check` warns of about conditions, by node."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.model import Address
from securos_trigger.operations.condition_warnings import condition_warnings

SITE = """\
[[pipelines]]
name = "yard"
source = { type = "rtsp", url = "rtsp://127.0.0.1:9/live" }

[[pipelines.nodes]]
type = "detector"
keep = ["person"]

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "people"
event_source = "custom"
trigger = "any(o.label == 'person' for o in objects)"
event_name = "Person"
iss_ip = "vms.example"
iss_password = { env = "NOT_SET_WHERE_PEOPLE_ASK" }

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "cars"
event_source = "custom"
trigger = "any(o.label == 'car' for o in objects)"
event_name = "Car"
iss_ip = "vms.example"
iss_password = { env = "NOT_SET_WHERE_PEOPLE_ASK" }
"""


def test_a_warning_belongs_to_the_node_whose_condition_it_is_about_and_no_secret_is_needed(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_text(SITE)
    said = 'no object here has the label "car". The detector detector1 keeps "person": add "car" to its setting keep.'
    assert condition_warnings(config) == {Address("yard", "", "cars"): said}


def test_a_file_with_mistakes_gives_none(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_text(SITE + "intervall = 3\n")
    assert condition_warnings(config) == {}
