"""One input without its network: messages in, happenings out. Bytes become readings, readings become verdicts."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from securos_trigger.errors import MessageError
from securos_trigger.inputs.camera_map import CameraMap, Mapped
from securos_trigger.inputs.happening import Happening, Reading, Says, Verdict
from securos_trigger.inputs.kind import Kind
from securos_trigger.inputs.known import KnownStates
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.reducer import reduce
from securos_trigger.inputs.sender_limits import refusal_of
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.unknown_cameras import UnknownCameras


class InputReader:
    """Reads the messages of one input. `known` is what it knew before a restart.

    `counts` has the verdicts; `unknown` the messages of cameras that the camera map does not have.
    """

    def __init__(self, kind: Kind, settings: InputSettings, known: KnownStates | None = None) -> None:
        self.kind = kind
        self.known = known if known is not None else KnownStates()
        self.counts: Counter[Verdict] = Counter()
        self.unknown = UnknownCameras()
        self._age_limit_s = settings.age_limit_s
        self._cameras = CameraMap(settings.cameras)
        self._parser = kind.make_parser(settings)
        for device, channel, channel_kind in self.known.channels():
            self._cameras.show(device, channel, channel_kind)

    def take(self, message: Message) -> list[Happening]:
        """What a message is to us, part by part; empty for a piece of a document that goes on. Never raises."""
        try:
            readings = self._readings(message)
            if message.only_cameras is not None and (refusal := refusal_of(readings, message.only_cameras)):
                found = [Happening(verdict=Verdict.REFUSED, reading=Reading(says=Says.NOT_FOR_US, why=refusal))]
            else:
                found = [self._judge(reading, message) for reading in readings]
        except MessageError as error:
            found = [Happening(verdict=Verdict.MALFORMED, reading=Reading(says=Says.UNREADABLE, why=str(error)))]
        for one in found:
            self.counts[one.verdict] += 1
        return found

    def mapped_name(self, camera: str, prefix: str = "") -> str | None:
        """The name that stands for a camera in the camera map; None: the map has no row for it."""
        mapped = self._cameras.find(camera, prefix=prefix)
        return None if mapped.is_unknown else mapped.name

    def _readings(self, message: Message) -> list[Reading]:
        most = self.kind.max_body_bytes
        if len(message.body) > most:
            raise MessageError(f"the message is longer than {most:,} bytes, which is the most")
        return list(self._parser.read(message))

    def _judge(self, reading: Reading, message: Message) -> Happening:
        identity = reading.identity
        known = self.known.get(identity) if identity else None
        verdict, changes, row = reduce(self.kind.rules, known, reading, message, age_limit_s=self._age_limit_s)
        if identity and row is not None and row is not known:
            self.known.put(identity, row, message.arrived_at)
        if reading.forgets:
            self.known.forget(reading.forgets)
        if verdict is Verdict.DUPLICATE and reading.objects:
            reading = replace(reading, objects=())  # nothing new comes of them
        mapped = self._mapped(reading, message)
        return Happening(
            verdict=verdict,
            reading=reading,
            source=mapped.name,
            cameras=mapped.cameras,
            changes=changes,
            is_unknown=mapped.is_unknown,
        )

    def _mapped(self, reading: Reading, message: Message) -> Mapped:
        if reading.direct_cameras is not None:
            return Mapped(reading.source, reading.direct_cameras, False)
        if reading.source is not None and reading.channel:
            self.known.put_channel(reading.source, reading.channel, message.arrived_at, reading.channel_kind)
        mapped = self._cameras.find(reading.source, reading.channel, reading.prefix, reading.channel_kind)
        if mapped.is_unknown and mapped.name is not None:
            self.unknown.note(mapped.name, message.arrived_at)
        return mapped
