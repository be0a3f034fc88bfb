"""A request as it is sent: a service of an older version, which knows no newer field, reads it, too."""

from __future__ import annotations

import json

import pytest

from securos_trigger.runtime.control import OutboxRequest, ReloadRequest, SearchRequest, SettingsRequest, StatusRequest
from securos_trigger.runtime.control.request_base import Request


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
