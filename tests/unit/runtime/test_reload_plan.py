"""What changes between two configurations, and what is refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from securos_trigger.config.hot_reload import NEEDS_RESTART, TAKEN
from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import Settings
from securos_trigger.model import Address
from securos_trigger.runtime.reload_plan import ReloadPlan, plan_reload

BASE = """\
[identity]
deployment_id = "site"

[outbox]
path = "outbox.sqlite"

[health]
steady_for_s = 10

[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }

[[pipelines.nodes]]
type = "function"
id = "mine"
file = "mine.py"

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
iss_ip = "vms.example"
iss_password = "s3cret-one"
health_camera_ids = "9"
event_source = "custom"
trigger = "people > 0"
event_name = "Somebody"
interval = 30

[[pipelines]]
name = "gate"
source = { type = "rtsp", url = "rtsp://viewer:s3cret-view@gate.example/1" }

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "crossing"
iss_ip = "other.example"
iss_password = "s3cret-two"
"""

VMS, OTHER = "https://vms.example:3000", "https://other.example:3000"
ALARM = Address("yard", "", "alarm")


def read(text: str) -> Settings:
    return parse_config(text, base=Path("/site"))


def plan(
    *changes: tuple[str, str],
    stale_pipelines: Mapping[str, str] = MappingProxyType({}),
    stale_targets: tuple[str, ...] = (),
) -> ReloadPlan:
    text = BASE
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    made = plan_reload(read(BASE), read(text), stale_pipelines=stale_pipelines, stale_targets=stale_targets)
    assert "s3cret" not in repr(made)
    return made


def test_the_same_settings_change_nothing() -> None:
    assert plan() == ReloadPlan()


def test_every_setting_is_taken_or_needs_a_restart() -> None:
    about_the_file = {"source", "placed_warnings", "digest", "secret_files"}
    of_the_console = {"console"}  # a process of its own reads it when it starts
    named = {field.name for field in dataclasses.fields(Settings)} - about_the_file - of_the_console
    assert named == {*TAKEN, *(entry.partition(".")[0] for entry in NEEDS_RESTART)}


def test_a_property_of_a_trigger_node_changes_that_node_alone() -> None:
    made = plan(('trigger = "people > 0"', 'trigger = "people > 2"'), ("interval = 30", "interval = 5"))
    assert made == ReloadPlan(
        nodes={ALARM: ("interval", "trigger")},
        changes=("yard/alarm: interval 30 -> 5, trigger people > 0 -> people > 2",),
    )


def test_another_password_serves_its_target_in_another_way_and_is_not_shown() -> None:
    made = plan(("s3cret-one", "s3cret-new"))
    assert made == ReloadPlan(
        nodes={ALARM: ("iss_password",)},
        served=(VMS,),
        to_examine=(VMS,),
        changes=("yard/alarm: iss_password changed", f"{VMS}: events go there with the changed settings"),
    )


def test_a_ca_file_that_was_written_anew_serves_its_target_in_another_way() -> None:
    made = plan(stale_targets=(VMS,))
    assert (made.served, made.changes) == ((VMS,), (f"{VMS}: events go there with the changed settings",))


def test_targets_come_and_go() -> None:
    made = plan(('iss_ip = "other.example"', 'iss_ip = "third.example"'))
    assert (made.served, made.removed_targets) == (("https://third.example:3000",), (OTHER,))
    move = f"`securos-trigger outbox move CONFIG {OTHER} https://third.example:3000`"
    assert made.changes == (
        "gate/crossing: iss_ip other.example -> third.example",
        "https://third.example:3000: a new receiver",
        f"{OTHER}: no node sends to it any more; what waits stays in the outbox. A new address gets it by {move}",
    )


def test_trigger_nodes_come_and_go_without_a_restart_of_their_pipeline() -> None:
    made = plan(('id = "alarm"', 'id = "alert"'))
    assert made == ReloadPlan(changes=("yard/alert: a new trigger node", "yard/alarm: removed"))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('path = "yard.mp4"', 'path = "other.mp4"', "source"),
        ('name = "yard"\n', 'name = "yard"\nsink = { type = "file", path = "out.mp4" }\n', "sink"),
        ('file = "mine.py"', 'file = "yours.py"', "mine"),
        ('id = "mine"', 'id = "yours"', "yours, mine"),
        ('deployment_id = "site"', 'deployment_id = "other"', "identity, which its functions see"),
    ],
)
def test_another_source_sink_or_node_restarts_its_pipeline_alone(old: str, new: str, why: str) -> None:
    made = plan((old, new))
    assert (made.restarted, made.added, made.removed) == (("yard",), (), ())
    assert f"yard: started again (changed: {why})" in made.changes


@pytest.mark.parametrize("why", ["a file that its nodes read was written", "it had failed"])
def test_a_pipeline_may_have_to_start_again_with_the_same_settings(why: str) -> None:
    made = plan(stale_pipelines={"yard": why})
    assert made == ReloadPlan(restarted=("yard",), changes=(f"yard: started again ({why})",))


def test_pipelines_come_and_go_with_their_nodes_and_targets() -> None:
    made = plan(('name = "gate"', 'name = "door"'))
    assert made == ReloadPlan(
        added=("door",),
        removed=("gate",),
        changes=(
            "door: a new pipeline, started",
            "gate: ended, because the configuration does not have it any more",
        ),
    )


def test_identity_and_time_zone_change_every_trigger_node() -> None:
    made = plan(("[identity]", 'time_zone = "Asia/Tokyo"\n\n[identity]\ndeployment_name = "The site"'))
    assert made.nodes == {
        ALARM: ("deployment_name", "time_zone"),
        Address("gate", "", "crossing"): ("deployment_name", "time_zone"),
    }
    assert made.changes[:2] == ("time_zone: nothing -> Asia/Tokyo", "identity.deployment_name: nothing -> The site")


def test_thresholds_of_health_change() -> None:
    assert plan(("steady_for_s = 10", "steady_for_s = 20")) == ReloadPlan(changes=("health.steady_for_s: 10 -> 20",))


def test_a_size_of_the_outbox_changes_and_serves_no_receiver_in_another_way() -> None:
    made = plan(('path = "outbox.sqlite"', 'path = "outbox.sqlite"\nmax_size_mb = 64\nkeep_delivered_days = 1'))
    assert made == ReloadPlan(changes=("outbox.keep_delivered_days: 3 -> 1", "outbox.max_size_mb: 2048 -> 64"))


def test_another_age_or_rate_of_deliveries_serves_every_receiver_in_another_way() -> None:
    for setting in ("expire_after_days", "late_per_s"):
        made = plan(('path = "outbox.sqlite"', f'path = "outbox.sqlite"\n{setting} = 2'))
        assert made.served == (VMS, OTHER)
        assert [change.partition(":")[0] for change in made.changes] == [f"outbox.{setting}"]


def test_settings_that_need_a_restart_are_refused_by_name_and_nothing_else_is_planned() -> None:
    made = plan(
        ('path = "outbox.sqlite"', 'path = "other.sqlite"\nmax_size_mb = 64'),
        ("[health]", "[ledger]\nfiles = 3\n[metrics]\nport = 9100\n[health]"),
        ("interval = 30", "interval = 5"),
    )
    assert made == ReloadPlan(
        refusals=(
            "outbox.path needs a restart (/site/outbox.sqlite -> /site/other.sqlite)",
            "ledger.files needs a restart (5 -> 3)",
            "metrics.port needs a restart (nothing -> 9100)",
        )
    )
