"""Notices reach every observer, whatever one of them does."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import pytest

from securos_trigger.errors.wording import with_config
from securos_trigger.notices import KINDS, Announcer, Notice, NoticeKind, kinds, log_notice
from securos_trigger.notices.fields import FIELDS


def test_a_notice_reads_as_a_log_line() -> None:
    notice = Notice(kinds.DELIVERY_RETRY, {"target": "https://vms:3443", "reason": "no route", "left": 0})
    assert str(notice) == 'delivery_retry target=https://vms:3443 reason="no route" left=0'


def test_the_line_of_a_trouble_says_what_to_do_after_the_fields() -> None:
    notice = Notice(kinds.DELIVERY_DEAD, {"event_name": "Alarm", "event_id": "d25a901c-d17d", "reason": "x"})
    fix = "`securos-trigger status CONFIG`"
    assert str(notice) == f'delivery_dead event_name=Alarm reason=x fix="{fix}" event_id=d25a901c-d17d'
    own = Notice(kinds.OUTBOX_TAKEN_UP, {"fix": "look at it", "path": "a"}, logging.CRITICAL)
    assert str(own) == 'outbox_taken_up path=a fix="look at it"'


def test_a_notice_that_is_no_trouble_this_time_has_no_fix() -> None:
    fields = {"event_name": "Alarm", "reason": "camera 9: REC no"}
    assert str(Notice(kinds.DELIVERY_DONE, fields)) == 'delivery_done event_name=Alarm reason="camera 9: REC no"'
    fix = "`securos-trigger doctor CONFIG`"
    assert str(Notice(kinds.DELIVERY_DONE, fields, logging.WARNING)).endswith(f' fix="{fix}"')


def test_control_and_bidirectional_characters_are_escaped_in_a_log_line() -> None:
    notice = Notice(kinds.DELIVERY_RETRY, {"target": "a\u202eb", "reason": "red \x1b[31m\n\u2066line", "left": "Tür"})
    assert str(notice) == r'delivery_retry target=a\u202eb reason="red \u001b[31m\n\u2066line" left=Tür'


def test_an_empty_field_is_left_out_of_the_log_line() -> None:
    notice = Notice(kinds.OUTBOX_MIGRATED, {"path": "a", "kept_as": "b", "reason": ""})
    assert str(notice) == "outbox_migrated path=a kept_as=b"


def test_the_id_of_an_event_comes_last_and_what_is_not_so_is_left_out() -> None:
    fields = {
        "event_name": "Alarm",
        "event_id": "1f",
        "latency_s": 0.0,
        "late": False,
        "duplicate": True,
        "reason": "x",
    }
    notice = Notice(kinds.DELIVERY_DONE, fields)
    assert str(notice) == "delivery_done event_name=Alarm latency_s=0.0 duplicate=True reason=x event_id=1f"


def test_an_announcer_of_a_pipeline_has_the_same_observers() -> None:
    heard: list[str] = []
    announcer = Announcer([lambda notice: heard.append(notice.name)])
    assert announcer.pipeline == ""
    assert announcer.of_pipeline("gate").pipeline == "gate"
    announcer.of_pipeline("gate").announce(kinds.TARGET_NOT_SERVED, target="x")
    assert heard == ["target_not_served"]


def test_a_closed_announcer_hands_nothing_over_and_the_log_says_whose_it_is(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Notice] = []
    announcer = Announcer([heard.append])
    gate = announcer.of_pipeline("gate")
    gate.close()
    gate.announce(kinds.NODE_FAILED, node="a", source="yard", reason="b", count=1, fix="c")
    announcer.announce(kinds.TARGET_RECOVERED, target="x", outage_s=1.5)
    announcer.of_pipeline("gate").announce(kinds.TARGET_RECOVERED, target="y", outage_s=1.5)
    assert [one.name for one in heard] == ["target_recovered", "target_recovered"], "its successor has its own"
    [record] = caplog.records
    said = (
        "From a thread of the pipeline gate that was left behind: node_failed node=a source=yard reason=b count=1 fix=c"
    )
    assert (record.getMessage(), record.levelno) == (said, kinds.NODE_FAILED.level)


def test_every_observer_hears_every_notice() -> None:
    heard: list[str] = []
    announcer = Announcer(
        [lambda notice: heard.append(f"a {notice.name}"), lambda notice: heard.append(f"b {notice.name}")]
    )
    announcer.announce(kinds.TARGET_RECOVERED, target="x", outage_s=1.5)
    assert heard == ["a target_recovered", "b target_recovered"]


@pytest.mark.parametrize("bug", [RuntimeError("a bug in an observer"), SystemExit("a bug in an observer")])
def test_an_observer_that_raises_is_logged_and_stops_no_other(
    bug: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Notice] = []

    def broken(_notice: Notice) -> None:
        raise bug

    Announcer([broken, heard.append]).announce(kinds.TARGET_NOT_SERVED, target="x")
    assert len(heard) == 1
    assert "observer_failed notice=target_not_served" in caplog.text
    assert "a bug in an observer" in caplog.text


def test_a_notice_is_logged_at_the_level_of_its_kind_or_at_another_one(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        Announcer([log_notice]).announce(kinds.CLUSTER_REACHED, server="x")
        Announcer([log_notice]).announce(kinds.CLUSTER_REACHED, logging.ERROR, server="x")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "cluster_reached server=x"),
        ("ERROR", "cluster_reached server=x"),
    ]


#: Characters of a line, with its time and level.
LONGEST_LINE = 200
TIME = "2026-11-28T14:03:07.123Z"
CONFIG = "site.toml"

#: Of each field a value as a site with long names has it. Times and numbers are as long as they get.
LONG_BUT_USUAL: Final = MappingProxyType(
    {
        "about": "https://securos-server:3443",
        "accepted": "before",
        "apart_s": -86400,
        "attempts": 17,
        "behind_s": 125.3,
        "by": "schmidt",
        "cameras": "101,102",
        "certificate_sha256": "e068b996edd5c9a070b399ec58b6f6b85f7cdb420442a7a640ce4879c89c8c97",
        "changes": "; ".join(f"gate{number}/person_alarm: iss_password changed" for number in range(8)),
        "client": "192.0.2.131",
        "count": 123,
        "decode_errors": 17,
        "duplicate": True,
        "event_id": "24d4c277-6d03-4448-a75b-2e6f8058f607",
        "event_name": "Person at the gate",
        "events": 12345,
        "failed": "gate1,gate2,gate3,gate4,gate5,gate6,gate7,gate8",
        "failed_cameras": "101",
        "failures": "sink:60",
        "fix": "`securos-trigger doctor CONFIG`",
        "frames": 123456,
        "frames_per_s": 19.9,
        "free_mb": 41,
        "gateway": "gateway-north",
        "kept_as": "outbox.sqlite.moved-20261128T140307",
        "kind": "event_already_there",
        "late": True,
        "latency_s": 12.3456,
        "lost": 12,
        "node": "gate/person_alarm",
        "oldest_s": 86400.5,
        "order": "reload",
        "outage_s": 28.8,
        "path": "/var/lib/securos-trigger/outbox.sqlite",
        "pipeline": "north_gate",
        "pipelines": ",".join(f"gate{number}" for number in range(32)),
        "reason": "the disk is full",
        "server": "nats://nats-1.example:4222",
        "since": "2026-11-28T12:25:04.952Z",
        "source": "192.0.2.131",
        "subject": "securos.events.gateway-north",
        "target": "https://securos-server:3443",
        "targets": ",".join(f"https://securos-{number}.example:3443" for number in range(4)),
        "text": "mqtts://broker.example:8883, subscribed to cameras/# (QoS 1)",
        "thread": "courier-https",
        "trouble": "frames_stopped",
        "until": "2026-11-28T12:35:04.952Z",
        "url": "http://127.0.0.1:8642/",
        "user": "anna",
        "version": "0.2.0",
        "wait_s": 60.0,
        "waiting": 12345,
    }
)

#: Kinds whose fields have other usual values: a camera as an input calls it, the configuration, what is not said then.
OF_KIND: Final[Mapping[str, Mapping[str, object]]] = MappingProxyType(
    {
        "camera_offline": {"cameras": "north_gate"},
        "camera_unknown": {"cameras": "north_gate"},
        "delivery_done": {"late": "", "duplicate": "", "reason": "camera 101: no REC"},
        "delivery_retry": {"reason": "camera 101: no REC"},
        "delivery_dead": {"reason": "camera 101: unknown"},
        "service_started": {"path": "/etc/securos-trigger/site.toml"},
        "reload_done": {"path": "/etc/securos-trigger/site.toml", "changes": "gate/person_alarm: iss_password changed"},
        "node_still_muted": {"reason": "works outside"},
        "outbox_migrated": {"kept_as": ""},  # a warning only where no copy was made
        "target_settings_replaced": {"changes": "iss_password, iss_scheme"},
    }
)
#: Kinds that may be longer, by how much: each has one line where others need two.
LONGER: Final = MappingProxyType(
    {
        "delivery_done": 55,  # a warning only: what has failed, and at which cameras
        "delivery_dead": 20,
        "delivery_retry": 35,  # for information: what has failed, at which cameras, and who has it
        "pipeline_ended": 30,  # all figures of a run
        **dict.fromkeys(("outbox_moved", "outbox_taken_up"), 25),  # two files
        "outbox_set_aside": 45,  # two files, and why
        **dict.fromkeys(("node_muted", "node_still_muted"), 40),  # the command has the name of the node, to be copied
    }
)


def test_every_field_has_a_long_but_usual_value() -> None:
    assert {*LONG_BUT_USUAL} == {*FIELDS}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_log_line_has_200_characters_at_most_also_with_long_names(kind: NoticeKind) -> None:
    usual = {**LONG_BUT_USUAL, **OF_KIND.get(kind.name, {})}
    notice = Notice(kind, {name: usual[name] for name in kind.fields}, max(kind.level, logging.WARNING))
    line = with_config(f"{TIME} {logging.getLevelName(notice.level)} {notice}", CONFIG)
    own = len(str(notice.fields.get("event_id", "")))  # whole in each line, so that a search finds it
    assert len(line) - own <= LONGEST_LINE + LONGER.get(kind.name, 0), f"{len(line)}: {line}"


def test_a_line_that_is_too_long_has_the_beginning_of_each_list_and_says_how_many_more_there_are() -> None:
    names = ",".join(f"gate{number}" for number in range(500))
    fields = {"version": "0.2.0", "path": "site.toml", "pipelines": names, "targets": "https://vms:3443", "waiting": 0}
    assert str(Notice(KINDS["service_started"], fields)) == (
        "service_started version=0.2.0 path=site.toml "
        'pipelines="gate0,gate1 and 498 more" targets=https://vms:3443 waiting=0'
    )
    assert "pipelines=gate0,gate1 " in str(Notice(KINDS["service_started"], {**fields, "pipelines": "gate0,gate1"}))


def test_a_line_that_is_too_long_has_the_beginning_of_the_name_of_its_event_and_the_whole_id() -> None:
    fields = {"event_name": "x" * 200, "node": "gate/alarm", "cameras": "1", "event_id": "24d4c277-6d03-4448-a75b"}
    assert str(Notice(KINDS["event_kept"], fields)) == (
        f"event_kept event_name={'x' * 15}… node=gate/alarm cameras=1 event_id=24d4c277-6d03-4448-a75b"
    )


def test_a_line_that_is_too_long_is_cut_where_it_is_longest_and_no_more_than_needed() -> None:
    fields = {"event_name": "Person at the north gate", "target": "https://vms:3443", "event_id": "24d4c277-6d03"}
    cameras = ",".join(str(number) for number in range(100, 130))
    line = str(Notice(KINDS["event_kept"], {**fields, "cameras": cameras}))
    assert 'event_name="Person at the north gate" ' in line
    assert 'cameras="100,101,102,103 and 26 more"' in line


#: Fields that are lists or names, which a long line could be cut in.
LISTS: Final = ("cameras", "changes", "event_name", "failed", "failed_cameras", "failures", "pipelines", "targets")
#: What another place has whole: the outbox an event, `status` what runs.
HELD_ELSEWHERE: Final = {
    "service_started",
    *("event_kept", "event_already_there", "delivery_relayed", "delivery_done", "delivery_retry", "delivery_dead"),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_long_line_is_whole_where_no_other_place_has_what_it_says(kind: NoticeKind) -> None:
    long = {name: f"Halle 3, Tor links, oben,{name * 40}; und unten" for name in kind.fields if name in LISTS}
    line = str(Notice(kind, {name: long.get(name, "x" * 60) for name in kind.fields if name != "event_id"}))
    if kind.name not in HELD_ELSEWHERE:
        assert all(value in line for value in long.values())
    elif long:
        assert len(line) < sum(map(len, long.values()))


def test_one_camera_with_commas_in_its_name_is_not_said_to_be_several() -> None:
    fields = {
        "pipeline": "north_gate",
        "source": "mqtt://broker.example:1883",
        "fix": "add it to the camera map, or x" * 3,
    }
    line = str(Notice(kinds.CAMERA_UNKNOWN, {**fields, "cameras": "Halle 3, Tor links, oben"}))
    assert 'cameras="Halle 3, Tor links, oben"' in line
    assert " more" not in line


def test_the_line_of_a_mute_has_the_command_that_ends_it_with_the_name_of_the_node() -> None:
    for kind in (kinds.NODE_MUTED, kinds.NODE_STILL_MUTED):
        line = str(Notice(kind, {"node": "north gate/alarm"}))
        assert line.endswith(""" fix="`securos-trigger unmute CONFIG 'north gate/alarm'` ends it\"""")
