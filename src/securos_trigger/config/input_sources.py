"""Reads the source of a pipeline that is an input: one table with the settings of its kind and of its transport."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from securos_trigger.config.secrets import NO_SECRET
from securos_trigger.errors import MissingPartError, Mistake
from securos_trigger.errors.suggestions import did_you_mean, nearest
from securos_trigger.inputs.camera_map import ANY_SOURCE, names_in
from securos_trigger.inputs.device_connection import DEVICE_KINDS, POSTING_DEVICES, DeviceConnection
from securos_trigger.inputs.file_settings import FileSettings
from securos_trigger.inputs.http_settings import HttpSettings
from securos_trigger.inputs.kinds import KINDS, load_kind
from securos_trigger.inputs.mqtt_settings import MqttSettings
from securos_trigger.inputs.settings import InputSettings
from securos_trigger.inputs.source_settings import InputSourceSettings
from securos_trigger.inputs.stream_connection import StreamConnection
from securos_trigger.validation.mistakes import mistakes_from

_Model = TypeVar("_Model", bound=BaseModel)

_NO_TRANSPORT = "it does not say where its messages come from"


def input_types() -> tuple[str, ...]:
    """The kinds of inputs, as `type` of a source."""
    return tuple(KINDS)


def read_input_source(
    raw: dict[str, Any], cameras: object, where: str, mistakes: list[Mistake]
) -> InputSourceSettings | None:
    """The source that a table describes; None when it has mistakes (added to `mistakes`).

    `cameras` is the camera map of the pipeline.
    """
    try:
        kind = load_kind(raw["type"])
    except MissingPartError as error:
        what, _, fix = str(error).partition("\n")
        mistakes.append(Mistake(f"{where}.type", what.rstrip(".").replace("This", f'"{raw["type"]}"', 1), fix.strip()))
        return None
    way, needed, fix = _way_of(raw)
    own = {name: value for name, value in raw.items() if name not in way.model_fields}
    if cameras is not None:
        own["cameras"] = cameras
    transport_raw = {name: value for name, value in raw.items() if name in way.model_fields}
    before = len(mistakes)
    reads = _read(kind.settings, own, where, mistakes)
    known = (*way.model_fields, *kind.settings.model_fields)
    mistakes[before:] = [_of_way(_at_pipeline(one, where), way, known) for one in mistakes[before:]]
    if needed not in raw:
        mistakes.append(Mistake(where, _NO_TRANSPORT, fix))
        return None
    transport = _read(way, transport_raw, where, mistakes)
    if reads is None or transport is None:
        return None
    if isinstance(transport, MqttSettings) and not (transport.topics or reads.mqtt_topics):
        what = f"is required: {raw['type']} has no topics of its own"
        mistakes.append(Mistake(f"{where}.topics", what, reads.topics_example))
        return None
    mistakes += _token_mistakes(raw["type"], reads, transport, where)
    return InputSourceSettings(type=raw["type"], reads=reads, transport=transport)


def _token_mistakes(kind: str, reads: InputSettings, transport: BaseModel, where: str) -> Iterator[Mistake]:
    """Tokens that are the same, and their cameras that the camera map does not have."""
    if not isinstance(transport, HttpSettings):
        return
    written = Counter(one.get_secret_value() for one in transport.all_tokens)
    if any(count > 1 for text, count in written.items() if text != NO_SECRET):
        yield Mistake(f"{where}.tokens", "two tokens are the same", "Give each sender a token of its own.")
    rows = set(reads.cameras) | names_in(reads.cameras)
    if kind == "lumeoevent" or not rows or ANY_SOURCE in rows:
        return
    for number, one in enumerate(transport.tokens):
        for camera in one.cameras:
            if camera not in rows:
                guess = nearest(camera, rows)
                fix = f'Did you mean "{guess}"?' if guess else "Name it as the camera map does."
                place = f"{where}.tokens[{number}].cameras"
                yield Mistake(place, f'the camera map has no "{camera}"', fix)


def ways_of(kind: str) -> dict[str, type[BaseModel]]:
    """The ways in which messages of a kind may come, each with the model of its settings; the usual one first."""
    if kind == "onvif-metadata":
        return {"stream": StreamConnection, "file": FileSettings}
    usual: dict[str, type[BaseModel]] = {"device": DeviceConnection} if kind in DEVICE_KINDS else {"mqtt": MqttSettings}
    posted = {"http": HttpSettings} if kind in POSTING_DEVICES or kind not in DEVICE_KINDS else {}
    return {**usual, **posted, "file": FileSettings}


_Way = type[MqttSettings | HttpSettings | DeviceConnection | StreamConnection | FileSettings]


def _way_of(raw: dict[str, Any]) -> tuple[_Way, str, str]:
    """How the messages come: the model of its settings, the setting that is needed, and what to write."""
    if "path" in raw:
        return FileSettings, "path", ""
    if "listen" in raw and raw["type"] in POSTING_DEVICES:
        return HttpSettings, "listen", ""
    if raw["type"] in DEVICE_KINDS:
        return DeviceConnection, "url", 'Set url = "https://camera", the address of the device.'
    if raw["type"] == "onvif-metadata":
        return StreamConnection, "url", 'Set url = "rtsp://user:password@camera/path", the address of the stream.'
    if "listen" in raw:
        return HttpSettings, "listen", ""
    return MqttSettings, "broker", 'Set broker = "mqtt://host:1883", or listen = "0.0.0.0:8099" and a token.'


def _read(model: type[_Model], raw: dict[str, Any], where: str, mistakes: list[Mistake]) -> _Model | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        mistakes += mistakes_from(error, model, where)
        return None


#: What a broker's address is called elsewhere: parts of one setting here.
_OF_A_BROKER = frozenset({"host", "hostname", "server", "port", "address", "mqtt_host", "mqtt_port", "url"})


def _of_way(mistake: Mistake, way: type[BaseModel], known: tuple[str, ...]) -> Mistake:
    """The mistake of a setting that neither the kind nor the way of its messages has, with those of both."""
    if mistake.what != "there is no such setting":
        return mistake
    name = mistake.where.rpartition(".")[2]
    if way is MqttSettings and name in _OF_A_BROKER:
        return replace(mistake, fix='Write broker = "mqtt://HOST:1883": host and port together.')
    return replace(mistake, fix=did_you_mean(name, [one for one in known if one not in ("type", "cameras")]))


def _at_pipeline(mistake: Mistake, where: str) -> Mistake:
    """A mistake of the camera map at its place, which is the pipeline's table."""
    if not mistake.where.startswith(f"{where}.cameras"):
        return mistake
    return replace(mistake, where=where.removesuffix(".source") + mistake.where.removeprefix(where))
