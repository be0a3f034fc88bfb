"""How the state of a service reads on a terminal."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.cli.status_text import _nodes, _pipeline, _target, text_of
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.trouble import Headline, Trouble, commands_for
from tests.unit.operations.running_pipeline import PIPELINE

NOW = datetime(2026, 3, 2, 3, 17, 0, tzinfo=UTC)
ANSWER: dict[str, Any] = {"is_running": True}


def test_a_command_names_the_configuration_that_was_asked_about() -> None:
    fix = "`securos-trigger unmute CONFIG yard/alarm` ends that."
    troubles = commands_for(Path("/etc/site.toml"), [Trouble("yard/alarm is muted", fix, True)])
    assert text_of(ServiceReport(Verdict.TROUBLE, tuple(troubles), ANSWER), NOW) == (
        "! yard/alarm is muted\n  -> `securos-trigger unmute /etc/site.toml yard/alarm` ends that."
    )


def test_ten_troubles_fit_eighty_columns_and_each_has_a_way_on() -> None:
    troubles = tuple(Trouble(f"Trouble {number} " + "of many words " * 12, "Look " * 30, True) for number in range(10))
    lines = text_of(ServiceReport(Verdict.TROUBLE, troubles, ANSWER), NOW).splitlines()
    assert max(map(len, lines)) < 80
    assert len([line for line in lines if line.startswith("! ")]) == 10
    assert len([line for line in lines if line.startswith("  -> ")]) == 10


@pytest.mark.parametrize("config", ["/etc/securos-trigger/sites/north/gate-7/site.toml", "/srv/my site.toml"])
def test_a_command_that_is_pasted_from_several_lines_is_one_command(config: str) -> None:
    """Without a backslash, what is pasted from two lines is two commands to a shell."""
    fix = "Correct iss_camera_ids at once, please, `securos-trigger reload CONFIG`, then look at it again for a while."
    troubles = commands_for(Path(config), [Trouble("Camera 9 gets no events", fix, True)])
    text = text_of(ServiceReport(Verdict.TROUBLE, tuple(troubles), ANSWER), NOW)
    assert f"`securos-trigger reload {shlex.quote(config)}`," in re.sub(r" \\\n *", " ", text)
    assert text.count("\n") >= 2, "it is folded"


RUNNING: dict[str, Any] = {
    "is_running": True,
    "version": "0.2.0",
    "pid": 7,
    "started_at": "2026-03-02T03:00:00.000Z",
    "configuration": None,
    "outbox": {"counts": {"waiting": 0, "sending": 0}},
    "losses": {"count": 0},
    "pipelines": [],
    "nodes": [],
    "targets": [],
}


def test_a_text_that_is_higher_than_a_screen_ends_with_what_its_first_lines_say() -> None:
    person = tuple(Trouble(f"Trouble {number} " + "of many words " * 12, "Look " * 30, True) for number in range(5))
    remark = Trouble("A remark " + "of many words " * 12, "Look " * 90, False)

    def last(*troubles: Trouble) -> str:
        verdict = Verdict.TROUBLE if any(one.needs_person for one in troubles) else Verdict.HEALTHY
        return text_of(ServiceReport(verdict, troubles, RUNNING), NOW).splitlines()[-1]

    assert last(*person, remark) == "5 troubles need a person: see the first lines"
    assert last(person[0], remark, remark) == "1 trouble needs a person: see the first lines"
    assert last(remark, remark, remark) == "works, with 3 remarks: see the first lines"
    assert "see the first lines" not in last(Trouble("Short.", "Look.", True))


@pytest.mark.parametrize(
    ("of_target", "shown"),
    [
        ({"waiting": None, "oldest_at": None, "dead": None}, ("unknown", "-", "unknown")),
        ({"waiting": None, "oldest_at": "2026-03-02T03:16:00.000Z", "dead": 3}, ("many", "1 min", "3")),
        ({"waiting": 0, "oldest_at": None, "dead": None}, ("0", "-", "many")),
    ],
)
def test_a_number_that_is_not_known_is_not_many(of_target: dict[str, Any], shown: tuple[str, ...]) -> None:
    target = {"target": "https://vms:3443", "is_healthy": True, "trouble": "", **of_target}
    assert _target(target, NOW)[2:] == shown


def test_a_receiver_that_has_refused_all_events_is_not_called_unused() -> None:
    target = {
        "target": "https://vms:3443",
        "is_healthy": None,
        "trouble": "",
        "waiting": 0,
        "oldest_at": None,
        "dead": 3,
    }
    assert _target(target, NOW) == ("https://vms:3443", "no delivery yet", "0", "-", "3")


def test_a_receiver_that_refuses_every_event_is_not_called_healthy() -> None:
    target = {"target": "https://vms:3443", "is_healthy": True, "trouble": "", "waiting": 2, "oldest_at": None}
    refused = {**target, "dead": 0, "not_accepted_since": "2026-03-02T03:16:58.000Z", "not_accepted_reason": "rejected"}
    assert _target(refused, NOW)[1] == "accepts no event"


def test_no_receiver_is_called_healthy_while_the_cluster_before_it_is_not_reached() -> None:
    target = {"target": "https://vms:3443", "trouble": "", "waiting": 2, "oldest_at": None, "dead": 0}
    for is_healthy in (True, None):
        assert _target({**target, "is_healthy": is_healthy}, NOW, has_cluster=False)[1] == "no cluster"
    failing = {**target, "is_healthy": False, "trouble": "not_relayed"}
    assert _target(failing, NOW, has_cluster=False)[1] == "not relayed"


def test_a_service_is_healthy_only_when_there_is_nothing_to_say() -> None:
    counts = {"waiting": 2, "sending": 1}
    answer = {"outbox": {"counts": counts}, "losses": {"count": 0}}
    assert text_of(ServiceReport(Verdict.HEALTHY, (), answer), NOW) == "healthy: 3 waiting, 0 lost"
    muted = Trouble("yard/alarm is muted", "`securos-trigger unmute CONFIG yard/alarm` ends that.", False, "mute")
    assert text_of(ServiceReport(Verdict.HEALTHY, (muted,), answer), NOW) == (
        "works, with 1 remark: 3 waiting, 0 lost\n"
        "- yard/alarm is muted\n  -> `securos-trigger unmute CONFIG yard/alarm` ends that."
    )


def test_a_service_whose_events_are_held_up_is_not_said_to_work() -> None:
    answer = {"outbox": {"counts": {"waiting": 2, "sending": 1}}, "losses": {"count": 0}}
    muted = Trouble("yard/alarm is muted", "", False, "mute")
    refused = Trouble(
        "https://vms:3443 answers", "", False, headline=Headline("short", "SecurOS has accepted no event")
    )
    said = text_of(ServiceReport(Verdict.HEALTHY, (muted, refused), answer), NOW)
    assert said.startswith("SecurOS has accepted no event: 3 waiting, 0 lost\n- yard/alarm")


def test_a_node_outside_its_active_hours_says_until_when() -> None:
    node = {"address": "yard/alarm", "decisions": {"inactive_hours": 54}, "not_kept": 0, "last_event_at": None}
    lines = _nodes([{**node, "hours_begin_at": "2026-03-02T22:00:00.000Z"}, {**node, "hours_begin_at": None}], NOW)
    assert lines.splitlines()[2:4] == [
        "  not on the others: inactive_hours 54",
        "  outside its active hours until 22:00:00",
    ]
    assert lines.count("outside its active hours") == 1


def test_the_table_says_since_when_a_lost_camera_gives_no_frames_as_the_trouble_does() -> None:
    """FFmpeg holds the last frame back until the time-out, so it comes later than its time."""
    figures = {"frames_per_s": 0.0, "last_event_at": None, "times_lost": 1, "input": None, "last_frame_age_s": 29.0}
    lost = {**PIPELINE, **figures, "source_lost_reason": "it hangs", "source_lost_since": "2026-03-02T03:16:21Z"}
    assert _pipeline(lost, NOW)[3] == "39 s ago"
    assert _pipeline({**lost, "last_frame_age_s": None}, NOW)[3] == "never"
    assert _pipeline({**lost, "source_lost_reason": "", "source_lost_since": None}, NOW)[3] == "29 s ago"
