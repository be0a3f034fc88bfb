"""A request as it is sent: a service of an older version, which knows no newer field, reads it, too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from securos_trigger.errors import OutboxError
from securos_trigger.notices import Announcer
from securos_trigger.runtime.control import (
    OutboxRequest,
    ReloadRequest,
    SearchRequest,
    SettingsRequest,
    StatusRequest,
    ask,
)
from securos_trigger.runtime.control.request_base import Request
from tests.integration.test_control import owner


@pytest.mark.parametrize(
    ("request_", "sent"),
    [
        (StatusRequest(), {"do": "status"}),
        (SettingsRequest(), {"do": "settings"}),
        (SettingsRequest(has_text=True), {"do": "settings", "has_text": True}),
        (ReloadRequest(path="a.toml"), {"do": "reload", "path": "a.toml"}),
        (SearchRequest(), {"do": "search"}),
        (SearchRequest(text="gate", before=7), {"do": "search", "text": "gate", "before": 7}),
        (OutboxRequest(do="list"), {"do": "list"}),
        (OutboxRequest(do="drop", ids=("1", "2")), {"do": "drop", "ids": ["1", "2"]}),
        (OutboxRequest(do="move", target="a", to="b"), {"do": "move", "target": "a", "to": "b"}),
    ],
)
def test_a_field_that_says_nothing_is_not_sent(request_: Request, sent: dict[str, object]) -> None:
    assert json.loads(request_.line()) == sent
    assert type(request_).model_validate_json(request_.line()) == request_


class NewerRequest(SettingsRequest):
    """A request with a field that the service does not have yet."""

    news: bool = False


def test_a_service_that_lacks_what_is_asked_for_is_said_to_be_of_another_version(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with owner(path):
        assert ask(path, NewerRequest(), Announcer()) == {"is_running": True}
        with pytest.raises(OutboxError, match=r"news: .* The running service is of another version: restart it"):
            ask(path, NewerRequest(news=True), Announcer())
