"""What the properties of an element mean: alone, with a configuration file, and with both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.outbox_path import default_outbox_path
from securos_trigger.errors import ConfigurationError
from securos_trigger.gst.element_settings import element_settings
from securos_trigger.model import TriggerMode

INLINE: dict[str, Any] = {
    "iss-ip": "10.0.0.7",
    "iss-password": "token",
    "event-source": "custom",
    "trigger": "len(objects) > 0",
    "event-name": "Person",
}
SITE = """
time_zone = "UTC"
[identity]
deployment_id = "site"
[outbox]
path = "kept.sqlite"
[[pipelines]]
name = "yard"
source = { type = "rtsp", url = "rtsp://10.0.0.8/yard" }
[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
iss_ip = "10.0.0.7"
iss_password = "token"
iss_camera_ids = "1"
event_source = "custom"
trigger = "len(objects) > 0"
event_name = "Person"
"""


def test_properties_alone_make_a_node_with_the_name_of_the_element() -> None:
    settings = element_settings({**INLINE, "trigger-mode": "rising_edge", "deployment-id": "d"}, "yard")
    [pipeline] = settings.pipelines
    [trigger] = pipeline.triggers
    assert (pipeline.name, trigger.id, settings.identity.deployment_id) == ("", "yard", "d")
    assert trigger.properties.trigger_mode is TriggerMode.RISING_EDGE
    assert settings.outbox.path == default_outbox_path().with_name("outbox-gstreamer.sqlite")
    assert not settings.ledger.enabled


def test_an_outbox_and_a_ledger_are_where_the_element_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = element_settings({**INLINE, "outbox": "o.sqlite", "ledger": "l.jsonl", "node": "n"}, "yard")
    assert settings.outbox.path == tmp_path / "o.sqlite"
    assert (settings.ledger.path, settings.ledger.enabled) == (tmp_path / "l.jsonl", True)
    assert settings.pipelines[0].triggers[0].id == "n"


def test_a_file_gives_the_node_and_the_element_may_set_some_of_its_properties(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    plain = element_settings({"config": str(path), "node": "yard"}, "e")
    changed = element_settings(
        {"config": str(path), "iss-camera-ids": "7", "outbox": str(tmp_path / "o.sqlite"), "time-zone": "Asia/Tokyo"},
        "e",
    )
    assert (plain.pipelines[0].name, plain.pipelines[0].triggers[0].id) == ("yard", "alarm")
    assert plain.outbox.path == tmp_path / "kept.sqlite"
    assert plain.pipelines[0].triggers[0].properties.iss_camera_ids == "1"
    assert changed.pipelines[0].triggers[0].properties.iss_camera_ids == "7"
    assert changed.pipelines[0].triggers[0].properties.trigger == "len(objects) > 0"
    assert (changed.outbox.path, changed.time_zone) == (tmp_path / "o.sqlite", "Asia/Tokyo")
    assert changed.identity.deployment_id == "site"


def test_mistakes_name_the_file_and_the_element(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    with pytest.raises(ConfigurationError) as caught:
        element_settings({"config": str(path), "iss-camera-ids": "1;2"}, "e")
    assert str(caught.value).startswith(f"{path} with the properties of the element: 1 mistake:\n  iss_camera_ids: ")
    with pytest.raises(ConfigurationError, match="iss_password: "):
        element_settings({"iss-ip": "10.0.0.7"}, "e")
    with pytest.raises(ConfigurationError, match='there is no time zone "Moon"'):
        element_settings({**INLINE, "time-zone": "Moon"}, "e")
