"""What a running service cannot read or write, in words; the other troubles are in `test_service_troubles`."""

from __future__ import annotations

from tests.unit.operations.test_service_troubles import EARLIER, HEALTHY, texts


def test_an_outbox_whose_place_another_process_has_taken_needs_a_person() -> None:
    outbox = {**HEALTHY["outbox"], "path": "/state/outbox.sqlite", "moved_to": "", "moved_since": None}
    assert texts(outbox=outbox) == []
    moved = {**outbox, "moved_to": "outbox.sqlite.moved-1", "moved_since": EARLIER}
    text = (
        "Another process owns the outbox /state/outbox.sqlite since 03:12:00 (5 min): this service goes on in "
        "outbox.sqlite.moved-1"
    )
    assert texts(outbox=moved) == [(text, True)]
