"""Notices reach every observer, whatever one of them does."""

from __future__ import annotations

import logging

import pytest

from securos_trigger.notices import Announcer, Notice, kinds, log_notice


def test_a_notice_reads_as_a_log_line() -> None:
    notice = Notice(kinds.DELIVERY_RETRY, {"target": "https://vms:3443", "reason": "no route", "left": 0})
    assert str(notice) == 'delivery_retry target=https://vms:3443 reason="no route" left=0'


def test_the_line_of_a_trouble_says_what_to_do_after_the_fields() -> None:
    notice = Notice(kinds.DELIVERY_DEAD, {"event_name": "Alarm", "event_id": "d25a901c-d17d", "reason": "x"})
    fix = "`securos-trigger status CONFIG`"
    assert str(notice) == f'delivery_dead event_name=Alarm reason=x fix="{fix}" event_id=d25a901c'
    assert notice.fields["event_id"] == "d25a901c-d17d", "who reads it as data has the whole id"
    own = Notice(kinds.OUTBOX_TAKEN_UP, {"fix": "look at it", "path": "a"}, logging.CRITICAL)
    assert str(own) == 'outbox_taken_up path=a fix="look at it"'


def test_a_notice_that_is_no_trouble_this_time_has_no_fix() -> None:
    fields = {"event_name": "Alarm", "reason": "camera 9: REC no"}
    assert str(Notice(kinds.DELIVERY_DONE, fields)) == 'delivery_done event_name=Alarm reason="camera 9: REC no"'
    fix = "`securos-trigger doctor CONFIG` looks at the cameras in SecurOS"
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
