"""`securos-trigger status`, with the answer of each kind of service."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from securos_trigger.cli.main import app
from securos_trigger.config.deliver_file import control_places_of
from securos_trigger.notices import Announcer, kinds
from securos_trigger.runtime.control import ControlServer, Service
from securos_trigger.runtime.deliver_status import DeliverStatus

TARGET = "https://vms.example:3443"
DELIVER = """
state_folder = "state"
[relay]
servers = ["nats://127.0.0.1:4222"]
[[receivers]]
iss_ip = "vms.example"
iss_port = "3443"
iss_password = "secret"
"""


def shown(config: Path, status: DeliverStatus) -> tuple[int, str]:
    """The exit code and the text for a deliver in this state."""
    (config.parent / "state").mkdir(exist_ok=True)
    server = ControlServer(
        Service(None, status=status.answer, reload=lambda _path: {}), Announcer([]), control_places_of(config)[0]
    )
    try:
        done = CliRunner().invoke(app, ["status", str(config)])
    finally:
        server.close()
    return done.exit_code, done.output


def test_the_status_of_deliver_has_its_own_text(tmp_path: Path) -> None:
    config = tmp_path / "deliver.toml"
    config.write_text(DELIVER)
    status = DeliverStatus([TARGET])
    announcer = Announcer([status.observe])
    announcer.announce(kinds.CLUSTER_REACHED, server="nats://one:4222")
    announcer.announce(kinds.TARGET_TAKEN, target=TARGET)
    code, text = shown(config, status)
    assert (code, text.splitlines()[0]) == (0, "healthy: serves 1 of 1 receivers")
    announcer.announce(kinds.TARGET_UNTRUSTED, target=TARGET, reason="another certificate", outage_s="")
    code, text = shown(config, status)
    assert (code, text[:2]) == (1, "! ")
    assert f"`securos-trigger trust {config}`" in re.sub(r" \\\n *", " ", text), "the command can be copied"
