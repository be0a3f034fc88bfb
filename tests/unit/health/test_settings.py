"""The `[health]` table and `health_camera_ids`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.errors import ConfigurationError
from securos_trigger.health.settings import HealthSettings
from securos_trigger.trigger.properties import json_schema, read_properties

PIPELINE = """\
[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }

[[pipelines.nodes]]
type = "function"
file = "level.py"

[[pipelines.nodes]]
type = "trigger_securos_event"
iss_ip = "vms.example"
iss_port = "3443"
iss_password = "token"
iss_camera_ids = "1"
"""
NODE = {"iss_ip": "vms.example", "iss_password": "token"}


def cameras(**raw: object) -> tuple[str, ...]:
    properties, mistakes = read_properties({**NODE, **raw})
    assert not mistakes
    assert properties is not None
    return properties.health_cameras


def test_the_thresholds_have_defaults() -> None:
    health = parse_config(PIPELINE, base=Path("/site")).health
    assert health == HealthSettings(
        frames_stopped_after_s=30, outbox_oldest_after_s=300, outbox_deep_at=1000, certificate_days=30, steady_for_s=10
    )


def test_thresholds_are_read_from_their_table() -> None:
    text = '[health]\nframes_stopped_after_s = 5\noutbox_deep_at = 10\n' + PIPELINE + 'health_camera_ids = "900"\n'  # fmt: skip
    settings = parse_config(text, base=Path("/site"))
    assert (settings.health.frames_stopped_after_s, settings.health.outbox_deep_at) == (5, 10)
    assert settings.warnings == ()


def test_mistakes_are_told_with_their_line() -> None:
    text = (
        "[health]\nframes_stopped_after_s = 0\noutbox_oldest_after_s = inf\noutbox_deep_at = 0\n"
        'certificate_days = -1\nsteady_for_s = "x"\ndisk = 1\n' + PIPELINE
    )
    with pytest.raises(ConfigurationError) as caught:
        parse_config(text, base=Path("/site"))
    assert str(caught.value) == (
        "configuration: 6 mistakes:\n"
        "  line 2: health.frames_stopped_after_s: 0 is too small: it must be more than 0\n"
        "  line 3: health.outbox_oldest_after_s: a finite number is expected, not inf\n"
        "  line 4: health.outbox_deep_at: 0 is too small: the least is 1\n"
        "  line 5: health.certificate_days: -1 is too small: the least is 0\n"
        '  line 6: health.steady_for_s: a number is expected, not "x"\n'
        "      Write it in digits, without quotes and in the unit of the setting.\n"
        "  line 7: health.disk: there is no such setting\n"
        "      Known: name, frames_stopped_after_s, outbox_oldest_after_s, outbox_deep_at, certificate_days, steady_for_s."
    )


def test_settings_that_are_not_used_without_health_cameras_are_warned_of_but_for_the_one_that_is() -> None:
    table = '[health]\nsteady_for_s = 20.0\ncertificate_days = 14\nname = "a"\n'
    settings = parse_config(table + PIPELINE, base=Path("/site"))
    why = "not used, because no trigger node has health_camera_ids"
    assert settings.warnings == (f"line 1: health: name, steady_for_s: {why}",)
    assert parse_config("[health]\ncertificate_days = 14\n" + PIPELINE, base=Path("/site")).warnings == ()


@pytest.mark.parametrize("blank", [None, "", " , "])
def test_without_cameras_nothing_is_reported(blank: str | None) -> None:
    assert cameras(health_camera_ids=blank) == ()
    assert cameras() == ()


def test_health_cameras_are_written_as_other_camera_ids_are() -> None:
    assert cameras(health_camera_ids=" 900, 1.17 ,900,1#4,") == ("900", "1.17", "1#4")


def test_a_node_that_is_not_enabled_sends_nothing_about_its_health_either() -> None:
    assert cameras(health_camera_ids="900", enabled=False) == ()


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        (
            900,
            'health_camera_ids: 900 is a number, and camera ids are text\n    Write health_camera_ids = "900".',
        ),
        (
            "yard",
            'health_camera_ids: "yard" is not a camera id\n    An id is made of the digits 0 to 9, dots and "#": 7, 1.17, 1#4.',
        ),
        (
            ",".join(map(str, range(65))),
            "health_camera_ids: 65 cameras are too many\n    A receiver takes at most 64 in one event.",
        ),
    ],
)
def test_mistakes_in_them_are_told_under_their_own_name(given: object, mistake: str) -> None:
    properties, mistakes = read_properties({**NODE, "health_camera_ids": given})
    assert properties is None
    assert [str(one) for one in mistakes] == [mistake]


def test_they_stand_in_the_schema() -> None:
    field = json_schema()["properties"]["health_camera_ids"]
    assert json.dumps(field["default"]) == "null"
