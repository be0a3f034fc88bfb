"""What a person changes in the outbox of a running service."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from securos_trigger.errors import OutboxError
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox, State
from securos_trigger.runtime.control import Service
from securos_trigger.runtime.control.outbox_requests import OutboxRequest
from tests.unit.outbox.storing import event


@pytest.mark.parametrize("do", ["drop", "retry"])
def test_what_was_changed_is_said_though_the_outbox_cannot_be_asked_afterwards(
    tmp_path: Path, do: Literal["drop", "retry"]
) -> None:
    asked = list[float]()

    def look_again(began_at_ticks: float) -> None:
        asked.append(began_at_ticks)
        raise OutboxError("The outbox cannot be used: disk I/O error.")

    with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())) as outbox:
        service = Service(outbox, on_dead_letters_changed=look_again)
        assert OutboxRequest(do=do).answer(service)["changed"] == 0
    assert len(asked) == 1


def test_cameras_are_looked_at_once_when_many_dead_letters_are_put_back_a_few_at_a_time(tmp_path: Path) -> None:
    asked = list[float]()
    with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())) as outbox:
        for _ in range(4):
            outbox.put(event("1"), "https://vms.example:3443")
        service = Service(outbox, on_dead_letters_changed=asked.append)
        changed, asked_after = [], []
        for _ in range(3):
            request = OutboxRequest(do="drop", state=State.WAITING, limit=2)
            changed.append(request.answer(service)["changed"])
            asked_after.append(len(asked))
    assert (changed, asked_after) == ([2, 2, 0], [0, 0, 1]), "new events wait for each look"
