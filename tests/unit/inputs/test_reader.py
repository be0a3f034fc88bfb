"""One input from bytes to verdicts: limits, unknown cameras, restarts, devices with several channels."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from securos_trigger.inputs.happening import Reading, Says, Verdict
from securos_trigger.inputs.kind import Kind
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.known import KnownStates
from securos_trigger.inputs.message import MAX_BODY_BYTES, Message
from securos_trigger.inputs.reader import InputReader
from securos_trigger.inputs.settings import InputSettings
from tests.unit.inputs.kinds_of_messages import NOON


class _Switches:
    """A device whose messages are `channel on` or `channel off`."""

    def __init__(self, settings: InputSettings) -> None:
        pass

    def read(self, message: Message) -> Iterable[Reading]:
        channel, word = message.body.decode().split()
        says = Says.HERE if word == "on" else Says.ENDED
        return [Reading(says=says, source="nvr", channel=channel, identity=f"nvr|{channel}")]


SWITCHES = Kind(name="switches", title="Switches", settings=InputSettings, make_parser=_Switches)


def after_restart(reader: InputReader, settings: InputSettings) -> InputReader:
    """A reader with what another one has stored."""
    stored = json.loads(json.dumps(list(reader.known.to_rows())))
    return InputReader(reader.kind, settings, KnownStates.from_rows([(name, row) for name, row in stored]))


def sent(
    reader: InputReader, body: bytes, after_s: float = 0.0, **message: Any
) -> tuple[str, str | None, tuple[str, ...]]:
    [found] = reader.take(Message(body=body, arrived_at=NOON + after_s, **message))
    return found.verdict.value, found.source, found.cameras


def test_a_message_that_is_too_large_is_malformed() -> None:
    reader = InputReader(SWITCHES, InputSettings())
    [found] = reader.take(Message(body=b" " * (MAX_BODY_BYTES + 1), arrived_at=NOON))
    assert (found.verdict, found.why) == (
        Verdict.MALFORMED,
        "the message is longer than 4,194,304 bytes, which is the most",
    )
    assert reader.counts == {Verdict.MALFORMED: 1}


def test_unknown_cameras_are_counted_by_name_and_bounded() -> None:
    kind = load_kind("ultralytics")
    reader = InputReader(kind, kind.settings.model_validate({"cameras": {"gate": "1"}}))
    for name in ("gate", "attic", "attic", *(f"camera {number}" for number in range(1_100))):
        reader.take(Message(body=b"[]", arrived_at=NOON, url=f"/metadata/{name}"))
    counts = reader.unknown.counts()
    assert counts["attic"] == 2
    assert "gate" not in counts
    assert counts["…"] == 101
    assert len(counts) == 1_001


def test_what_was_on_before_a_restart_is_not_new_after_it() -> None:
    settings = InputSettings(cameras={"nvr": "1"})
    reader = InputReader(SWITCHES, settings)
    assert sent(reader, b"1 on") == ("new", "nvr", ("1",))
    reader = after_restart(reader, settings)
    assert sent(reader, b"1 on", 60)[0] == "duplicate"
    assert sent(reader, b"1 off", 61)[0] == "end"


def test_a_device_that_has_shown_two_channels_is_no_camera_after_a_restart_either() -> None:
    settings = InputSettings(cameras={"nvr": "1"})
    reader = InputReader(SWITCHES, settings)
    assert sent(reader, b"1 on")[1:] == ("nvr", ("1",))
    assert sent(reader, b"2 on")[1:] == ("nvr#2", ())
    assert sent(reader, b"1 off")[1:] == ("nvr#1", ())
    reader = after_restart(reader, settings)
    assert sent(reader, b"1 on", 9)[1:] == ("nvr#1", ())
    assert reader.unknown.counts() == {"nvr#1": 1}
