"""The doctor's examination as a value: its sections, its counts, and what is reported while it runs."""

from __future__ import annotations

import socket
from pathlib import Path

from securos_trigger.config.reader import read_config
from securos_trigger.doctor import Finding, Status
from securos_trigger.model import Target
from securos_trigger.operations.doctor import examine, nodes_by_target
from tests.unit.operations.site import write_site


def test_machine_and_receiver_are_examined_and_reported_in_order(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found: list[str | Finding] = []
    examination = examine(write_site(tmp_path, host="127.0.0.1", port=port), on_found=found.append)
    machine, receiver = examination.sections
    assert (machine.subject, receiver.subject) == ("this machine", f"https://127.0.0.1:{port}")
    assert [finding.subject for finding in receiver.findings] == ["name", "port"]
    assert receiver.findings[-1].status is Status.FAILED
    assert examination.has_failed
    assert examination.counts[Status.FAILED] == 1
    assert found == [machine.subject, *machine.findings, receiver.subject, *receiver.findings]


def test_nodes_of_one_receiver_are_examined_together(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    text = config.read_text()
    node = text[text.index("[[pipelines.nodes]]") :]
    config.write_text(
        text + node.replace('"alarm"', '"gate"') + node.replace('"alarm"', '"other"').replace("3443", "3444")
    )
    found = nodes_by_target(read_config(config))
    assert {target: [node.label for node in nodes] for target, nodes in found.items()} == {
        Target("https", "vms.example", 3443): ["yard, alarm", "yard, gate"],
        Target("https", "vms.example", 3444): ["yard, other"],
    }
