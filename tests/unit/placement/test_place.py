"""The place of a pipeline on a machine: its folder, its name in the cluster, and the settings it runs with."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import Settings
from securos_trigger.errors import ArgumentError, NotFoundError, OutboxError
from securos_trigger.placement.assignment import demands_of, namespace_of
from securos_trigger.placement.place import NODE_VARIABLE, gateway_of, node_name, place_of, placed_settings, places_of

_SITE = """
[outbox]
path = "state/outbox.sqlite"
[metrics]
port = 9100
RELAY
[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }
placement = { cpus = 2, gpus = 0.25, resources = { yard_network = 1 } }
[[pipelines]]
name = "gate"
source = { type = "file", path = "gate.mp4" }
"""
_RELAY = '[relay]\nservers = ["nats://127.0.0.1:4222"]\ngateway = "site"'


def site(base: Path, relay: str = _RELAY) -> Settings:
    return parse_config(_SITE.replace("RELAY", relay), base=base, source="site.toml")


def test_a_pipeline_runs_alone_with_an_outbox_of_its_own_and_a_name_of_its_own(tmp_path: Path) -> None:
    settings = site(tmp_path)
    place = place_of(settings, "yard", "node-7")
    own = placed_settings(settings, place)
    assert [one.name for one in own.pipelines] == ["yard"]
    assert own.outbox.path == place.outbox
    assert place.folder.parent.parent.parent == tmp_path / "state" / "placed"
    assert own.relay is not None
    assert own.relay.gateway == gateway_of(place.owner())
    assert own.relay.gateway.startswith("site/node-7/yard/")
    assert own.metrics.port is None
    assert place.folder not in {
        place_of(settings, "gate", "node-7").folder,
        place_of(settings, "yard", "node-8").folder,
    }


def test_another_site_with_a_pipeline_of_this_name_has_nothing_in_common(tmp_path: Path) -> None:
    mine, other = (site(tmp_path, _RELAY.replace('"site"', f'"{name}"')) for name in ("site", "other"))
    place, elsewhere = (place_of(one, "yard", "node-7") for one in (mine, other))
    assert place.folder != elsewhere.folder
    assert gateway_of(place.owner()) != gateway_of(elsewhere.owner())
    assert (place.owner().site, elsewhere.owner().site) == ("site", "other")
    place.outbox.touch()
    assert places_of(other, "node-7") == []
    assert namespace_of("securos", "site") != namespace_of("securos", "other")


def test_the_owner_of_a_place_stays_the_same_for_all_of_its_processes(tmp_path: Path) -> None:
    settings = site(tmp_path)
    place = place_of(settings, "yard", "node-7")
    assert place.owner() == place.owner()
    assert place.owner().owner != place_of(settings, "yard", "node-8").owner().owner
    assert places_of(settings, "node-7") == [], "it has no outbox yet"
    place.outbox.touch()
    assert places_of(settings, "node-7") == [place]


def test_two_machines_with_one_host_name_have_different_names_in_the_cluster(tmp_path: Path) -> None:
    one, other = (place_of(site(tmp_path / machine), "yard", "localhost").owner() for machine in ("one", "other"))
    assert one.node == other.node
    assert gateway_of(one) != gateway_of(other)


def test_without_a_relay_or_with_a_slip_in_the_name_a_person_reads_why(tmp_path: Path) -> None:
    settings = site(tmp_path)
    with pytest.raises(NotFoundError) as missing:
        placed_settings(settings, place_of(settings, "yrad", "a"))
    assert str(missing.value) == 'there is no pipeline "yrad" in site.toml. Did you mean "yard"?'
    alone = site(tmp_path, "")
    with pytest.raises(ArgumentError) as caught:
        placed_settings(alone, place_of(alone, "yard", "a"))
    assert str(caught.value) == (
        "site.toml has no table [relay]: pipelines that move need a cluster that says which machine runs them "
        "(docs/ray.md)"
    )


def test_a_machine_may_be_given_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NODE_VARIABLE, "node-7")
    assert node_name() == "node-7"
    monkeypatch.delenv(NODE_VARIABLE)
    assert node_name()


def test_what_a_pipeline_needs_of_a_machine(tmp_path: Path) -> None:
    yard, gate = site(tmp_path).pipelines
    assert demands_of(yard.placement) == {"CPU": 2.0, "GPU": 0.25, "yard_network": 1.0}
    assert demands_of(gate.placement) == {"CPU": 1.0}


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", " is damaged: Expecting value"),
        ('{"owner": "node-7 ', " is damaged: Unterminated string"),
        ("[]", " says no owner and no pipeline: it is damaged."),
        ('{"owner": "", "pipeline": "yard"}', " says no owner and no pipeline: it is damaged."),
        ('{"owner": "x", "pipeline": "yard", "version": 0}', " says no owner and no pipeline: it is damaged."),
        ('{"owner": "node-9 1", "pipeline": "gate"}', ' is of the pipeline "gate".'),
        ('{"id": "x", "version": 2}', " (form 2): update securos-trigger here."),
    ],
)
def test_an_owner_that_is_damaged_foreign_or_newer_is_refused_and_left_as_it_is(
    tmp_path: Path, written: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = site(tmp_path)
    place, other = place_of(settings, "yard", "node-7"), place_of(settings, "gate", "node-7")
    other.owner()
    for one in (place, other):
        one.folder.mkdir(parents=True, exist_ok=True)
        one.outbox.touch()
    (place.folder / "owner.json").write_text(written)
    with pytest.raises(OutboxError) as caught:
        place.owner()
    assert f"{place.folder / 'owner.json'}{why}" in str(caught.value)
    assert ("move it away" in str(caught.value)) is ("form 2" not in why)
    assert (place.folder / "owner.json").read_text() == written
    if "gate" not in written:
        assert places_of(settings, "node-7") == [other], "what another pipeline has left is found all the same"
        assert str(caught.value) in caplog.text


def test_an_owner_that_an_older_version_wrote_is_read(tmp_path: Path) -> None:
    place = place_of(site(tmp_path), "yard", "node-7")
    place.folder.mkdir(parents=True)
    (place.folder / "owner.json").write_text('{"owner": "node-7 0123", "pipeline": "yard", "node": "node-7"}')
    assert place.owner().owner == "node-7 0123"
