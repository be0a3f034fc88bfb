"""What a running service cannot read or write, in words; the other troubles are in `test_service_troubles`."""

from __future__ import annotations

from typing import Any

import pytest

from securos_trigger.operations.service_troubles import troubles_of
from securos_trigger.operations.storage_troubles import outbox_fix
from tests.unit.operations.test_service_troubles import EARLIER, HEALTHY, LOST, NOW, TARGET, texts

OUTBOX: dict[str, Any] = {
    **HEALTHY["outbox"],
    "path": "/var/site/outbox.db",
    "free_mb": 3,
    "mounted_at": "/var",
    "limits": {"max_size_mb": 2048},
}
FREE_SPACE = (
    "Free 64 MB on /var: 3 MB are free, kept back to acknowledge the events that wait. "
    "`du -axh /var | sort -h | tail` shows what uses the space. "
    "Safe to delete: old logs (`journalctl --vacuum-size=100M`), downloaded "
    "packages (`apt-get clean`), recordings, images of events where [images] is set (`securos-trigger images purge CONFIG --all`). "
    "Never: /var/site/outbox.db and the files beside it. `securos-trigger doctor CONFIG` looks again."
)
SOON = "Soon events are lost. " + FREE_SPACE.replace(", kept back to acknowledge the events that wait", "")
AT_LIMIT = "the outbox is full: its limit of 2048 MB is reached (outbox.max_size_mb)"


def test_an_outbox_whose_place_another_process_has_taken_needs_a_person() -> None:
    outbox = {**HEALTHY["outbox"], "path": "/state/outbox.sqlite", "moved_to": "", "moved_since": None}
    assert texts(outbox=outbox) == []
    moved = {**outbox, "moved_to": "outbox.sqlite.moved-1", "moved_since": EARLIER}
    text = (
        "Another process owns the outbox /state/outbox.sqlite since 03:12:00 (5 min): this service goes on in "
        "outbox.sqlite.moved-1"
    )
    assert texts(outbox=moved) == [(text, True)]


def test_a_full_disk_names_its_file_system_and_what_may_be_deleted() -> None:
    assert outbox_fix("the disk is full", OUTBOX) == FREE_SPACE
    assert outbox_fix("the disk is full", OUTBOX) == FREE_SPACE
    assert outbox_fix("the disk is full", {**OUTBOX, "free_mb": 5_120}) == (
        "5,120 MB are free on /var now. Does it go on? Then look for a quota, and at `df -i /var`."
    )


def test_on_a_file_system_of_its_own_nothing_is_advised_that_frees_another() -> None:
    fix = outbox_fix("the disk is full", {**OUTBOX, "mounted_at": "/data"})
    assert fix.startswith(
        "Free 64 MB on /data: 3 MB are free, kept back to acknowledge the events that wait. `du -axh /data | sort -h | tail` shows what uses the space. "
    )
    assert "Safe to delete: recordings, images of events" in fix
    assert "journalctl" not in fix
    assert "apt-get" not in fix


def test_a_disk_that_is_too_small_is_not_to_have_more_freed_than_it_has() -> None:
    small = {**OUTBOX, "mounted_at": "/data", "total_mb": 19}
    larger = (
        "/data is too small (19 MB in all; 64 MB must be free): set outbox.path to a folder on a larger disk, then "
        "restart the service"
    )
    fix = outbox_fix("the disk is full", small)
    assert fix.startswith(f"{larger}. `du -axh /data ")
    [soon] = [one.fix for one in troubles_of({**HEALTHY, "outbox": small}, NOW)]
    assert soon.startswith(f"Soon events are lost. {larger}. `du -axh /data ")
    assert outbox_fix("the disk is full", {**OUTBOX, "total_mb": 8_000}) == FREE_SPACE


def test_a_limit_of_the_outbox_itself_is_not_the_disk() -> None:
    assert outbox_fix(AT_LIMIT, {**OUTBOX, "free_mb": 81_200}) == (
        "Fix the receiver, so that events are delivered. Or raise the limit: max_size_mb = 4096 under [outbox] (/var has "
        "81,200 MB free), then `securos-trigger reload CONFIG`."
    )
    of_number = outbox_fix("the outbox is full: its limit of 1,000,000 deliveries is reached", OUTBOX)
    assert of_number.startswith("Fix the receiver, so that events are delivered, or give some up: ")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, [SOON]),
        ({"losses": {**LOST, "is_losing": True}}, [FREE_SPACE]),
        (
            {"losses": {**LOST, "is_losing": True, "reason": AT_LIMIT}},
            [outbox_fix(AT_LIMIT, OUTBOX), SOON],
        ),
    ],
)
def test_a_disk_without_space_is_said_once(changed: dict[str, Any], expected: list[str]) -> None:
    found = troubles_of({**HEALTHY, "outbox": OUTBOX, **changed}, NOW)
    assert [one.fix for one in found] == expected


def test_an_outbox_in_memory_is_worth_knowing_and_nothing_stops() -> None:
    outbox = {**HEALTHY["outbox"], "path": "/run/outbox.sqlite", "in_memory": "", "in_memory_since": None}
    assert texts(outbox=outbox) == []
    [(text, needs_person)] = texts(outbox={**outbox, "in_memory": "it is on tmpfs", "in_memory_since": EARLIER})
    assert text == (
        "The outbox /run/outbox.sqlite is in memory since 03:12:00 (5 min): it is on tmpfs, so a restart of "
        "the machine loses its events"
    )
    assert not needs_person


def test_mutes_and_reported_troubles_that_are_not_written_do_harm_after_a_restart_only() -> None:
    for what in ("mutes", "reported troubles"):
        one = {"what": what, "name": "/state/file", "pipeline": "", "since": EARLIER, "reason": "no space left"}
        assert texts(unwritten=[one]) == [(f"The {what} are not written since 03:12:00 (5 min): no space left", False)]


def test_a_damaged_outbox_that_was_set_aside_needs_a_person_until_the_next_start() -> None:
    outbox = {**HEALTHY["outbox"], "path": "/state/o.sqlite", "set_aside": "o.damaged-1", "set_aside_at": EARLIER}
    text = "The outbox was damaged, and what waited in it at 03:12:00 is not sent: it is in o.damaged-1, beside the new one"
    assert texts(outbox=outbox) == [(text, True)]


def test_a_cluster_that_is_lost_is_said_before_the_first_event_meets_that_and_not_twice() -> None:
    cluster = {"is_failing": True, "failing_since": EARLIER, "reason": "connection refused"}
    said = ("The cluster is not reached since 03:12:00 (5 min): connection refused", True)
    assert texts(relay=cluster) == [said]
    met = {**TARGET, "is_healthy": False, "failing_since": EARLIER, "trouble": "not_relayed", "reason": "refused"}
    assert said not in texts(relay=cluster, targets=[met])
