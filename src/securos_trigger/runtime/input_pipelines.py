"""Puts a pipeline together whose source is an input: transport, reducer, lanes."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from securos_trigger.config.settings import PipelineSettings
from securos_trigger.errors import extra_of, missing_part
from securos_trigger.inputs.camera_map import ids_in
from securos_trigger.inputs.client_feed import ClientFeed
from securos_trigger.inputs.device_connection import DeviceConnection
from securos_trigger.inputs.feed import Feed, Position
from securos_trigger.inputs.file_feed import FileFeed
from securos_trigger.inputs.file_settings import FileSettings
from securos_trigger.inputs.http_settings import HttpSettings
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.mqtt_settings import MqttSettings
from securos_trigger.inputs.source import InputParts, InputSource
from securos_trigger.inputs.source_settings import InputSourceSettings
from securos_trigger.inputs.stream_connection import StreamConnection
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.notices import Announcer
from securos_trigger.runtime.lanes import PipelineLanes


def open_input(
    settings: PipelineSettings, lanes: PipelineLanes, heartbeat: Heartbeat, announcer: Announcer
) -> InputSource:
    """The source of a pipeline with an input. Nothing is opened before the first frame is asked for.

    Raises `MissingPartError` when the extra `inputs` is not installed.
    """
    source: InputSourceSettings = settings.source
    is_recorded = isinstance(source.transport, FileSettings)
    kind = load_kind(source.type)
    parts = InputParts(
        kind=replace(kind, rules=replace(kind.rules, is_stored=False)) if is_recorded else kind,
        settings=source.reads,
        host=lanes,
        open_feed=feed_opener(lanes.session_name, source, announcer),
        silent_after_s=_silent_after_s(source),
        always_speaks=_always_speaks(source),
        is_recorded=is_recorded,
    )
    heartbeat.is_of_messages, heartbeat.mapped_cameras = True, ids_in(source.reads.cameras)
    return InputSource(source.source_name, parts, heartbeat, announcer)


def _silent_after_s(source: InputSourceSettings) -> float | None:
    """How long a source may say nothing; None: as long as it likes, or its client takes care of it."""
    transport = source.transport
    return transport.silent_after_s if isinstance(transport, MqttSettings | HttpSettings) else None


def _always_speaks(source: InputSourceSettings) -> bool:
    """True when the topics of a kind that has always something to say are those of the kind."""
    is_at_broker = isinstance(source.transport, MqttSettings) and not source.transport.topics
    return is_at_broker and load_kind(source.type).always_speaks


def has_input(settings: PipelineSettings) -> bool:
    """True when the source of a pipeline is an input."""
    return isinstance(settings.source, InputSourceSettings)


def feed_opener(
    session_name: str, source: InputSourceSettings, announcer: Announcer
) -> Callable[[Position | None], Feed]:
    """What makes the transport of an input, not started; it gets the position after which a file is read on.

    `session_name` is for the session at a broker: of all programs with the name, the broker keeps the newest connected.

    MissingPartError: the extra `inputs` is not installed.
    """
    transport = source.transport
    if isinstance(transport, FileSettings):
        cut = load_kind(source.type).cut_list
        cut_list = None if cut is None else partial(cut, source.reads)
        return lambda position: FileFeed(source.source_name, transport, announcer, cut_list=cut_list, position=position)
    try:
        if isinstance(transport, HttpSettings):
            from securos_trigger.inputs.http_server import HttpFeed
        elif isinstance(transport, MqttSettings):
            from securos_trigger.inputs.mqtt_client import MqttFeed
        elif isinstance(transport, StreamConnection):
            from securos_trigger.runtime.metadata_feed import MetadataFeed
        else:
            from securos_trigger.inputs.clients.by_kind import make_client
    except ModuleNotFoundError as error:
        if (extra := extra_of(error.name.partition(".")[0] if error.name else None)) is None:
            raise
        raise missing_part(extra, str(error.name)) from error
    name = source.source_name
    if isinstance(transport, HttpSettings):
        return lambda _position: HttpFeed(name, source.type, transport, announcer)
    if isinstance(transport, StreamConnection):
        return lambda _position: MetadataFeed(name, transport, announcer)
    if isinstance(transport, DeviceConnection):
        make = partial(make_client, source.type, transport)
        return lambda _position: ClientFeed(name, make, announcer)
    topics = transport.topics or source.reads.mqtt_topics
    client_id = transport.client_id or f"securos-trigger-{socket.gethostname()}-{session_name}"
    return lambda _position: MqttFeed(name, transport, topics, client_id, announcer)


def as_visitor(source: InputSourceSettings, **changes: Any) -> InputSourceSettings:
    """The source with a session of its own at the broker, which is not kept: that of the service is not disturbed."""
    if not isinstance(source.transport, MqttSettings):
        return source
    own = source.transport.model_copy(update={"client_id": "", "session_expiry_s": 0, **changes})
    return source.model_copy(update={"transport": own})
