"""Notices reach every observer, whatever one of them does."""

from __future__ import annotations

import logging

import pytest

from securos_trigger.notices import Announcer, Notice, log_notice


def test_a_notice_reads_as_a_log_line() -> None:
    notice = Notice("delivery_dead", logging.ERROR, {"target": "https://vms:3443", "reason": "too large", "left": 0})
    assert str(notice) == 'delivery_dead target=https://vms:3443 reason="too large" left=0'


def test_every_observer_hears_every_notice() -> None:
    heard: list[str] = []
    announcer = Announcer(
        [lambda notice: heard.append(f"a {notice.name}"), lambda notice: heard.append(f"b {notice.name}")]
    )
    announcer.announce("target_recovered", target="x")
    assert heard == ["a target_recovered", "b target_recovered"]


def test_an_observer_that_raises_is_logged_and_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Notice] = []

    def broken(_notice: Notice) -> None:
        raise RuntimeError("a bug in an observer")

    Announcer([broken, heard.append]).announce("delivery_done")
    assert len(heard) == 1
    assert "observer_failed notice=delivery_done" in caplog.text
    assert "a bug in an observer" in caplog.text


def test_a_notice_is_logged_at_its_level(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        log_notice(Notice("target_unauthorized", logging.ERROR, {"target": "x"}))
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("ERROR", "target_unauthorized target=x")
    ]
