"""What `check` warns of about conditions, by node."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.reader import read_text
from securos_trigger.ledger import Asked, Entry, NodeAnswer
from securos_trigger.model import Address, Reason
from securos_trigger.operations import condition_warnings as module
from securos_trigger.operations.condition_warnings import condition_warnings
from securos_trigger.operations.explain import rests_on_its_condition

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


def test_the_file_is_read_again_when_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, reads = tmp_path / "site.toml", list[Path]()

    def counted(path: Path) -> str:
        reads.append(path)
        return read_text(path)

    monkeypatch.setattr(module, "read_text", counted)
    config.write_text(SITE)
    assert [len(condition_warnings(config)) for _ in range(3)] == [1, 1, 1] and len(reads) == 1
    config.write_text(SITE.replace("'car'", "'person'"))
    assert condition_warnings(config) == {} and len(reads) == 2


def test_a_file_with_mistakes_gives_none(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_text(SITE + "intervall = 3\n")
    assert condition_warnings(config) == {}


@pytest.mark.parametrize(
    ("reasons", "is_asked"),
    [
        ([Reason.CONDITION_FALSE, Reason.CONDITION_UNKNOWN], True),
        ([Reason.NO_EVENT], True),
        ([Reason.FIRED], False),
        ([Reason.CONDITION_FALSE, Reason.FIRED], False),
        ([Reason.CONDITION_FALSE, Reason.INTERVAL], False),
        ([], False),
    ],
)
def test_only_where_the_condition_is_the_cause_its_warnings_are_looked_for(
    reasons: list[Reason], *, is_asked: bool
) -> None:
    at = Address("yard", "", "cars")
    entries = tuple(Entry(at, "gate", reason, 5.0, 6.0, 5.0, 6.0, 10) for reason in reasons)
    outside = Entry(at, "gate", Reason.CONDITION_FALSE, 90.0, 91.0, 90.0, 91.0, 10)
    assert rests_on_its_condition(NodeAnswer(at, (*entries, outside)), Asked(0.0, 60.0)) is is_asked
