"""Names of video sources: two cameras of one recorder, or two files of one name, have two names.

A source without `name` is called after its host or its file. Where others of the configuration have that name too, as
little more of the address is added as is needed: a port, the end of the path, a channel. A path may hold a login or a
key, and those look like names. So it is shown only where each of its steps is a word that cameras of many
makers have in their paths, or a short number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from securos_trigger.config.settings import PipelineSettings
from securos_trigger.video.settings import FileSourceSettings, RtspSourceSettings, StreamSourceSettings

_PORTS: Final = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443, "rtmp": 1935, "rtmps": 443}
#: Of other schemes (rtmp) the path and the query may be the stream's key.
_SHOWN: Final = ("rtsp", "rtsps", "http", "https")
_HIDDEN: Final = "…"
#: Parameters of cameras and recorders that say which channel it is. Only these are shown, with a short number.
_CHANNELS: Final = re.compile(
    "(cam|camera|ch|channel|stream)(id|num)?|chn|input|profile|streamtype|subtype|track|videoinput"
)
_SHORT: Final = re.compile(r"[0-9]{1,3}")
_WORD: Final = (
    "(?:av|axis|cam(?:era)?s?|ch(?:annel)?s?|chn|first|second|third|primary|secondary|high|low|hd|sd|index|input|live"
    "|main|media|multicast|unicast|onvif|isapi|psia|play(?:list)?|preview|profiles?|realmonitor|rtsp|hls|stream(?:s|ing)?"
    "|sub|tracks?|trackid|video|h26[45]|hevc|mpeg4?|mp4|mjpe?g|sdp|amp|smp|cgi|m3u8)"
)
_NUMBERED: Final = rf"{_WORD}(?:[_=-]?[0-9]{{1,3}}(?:_[0-9])?(?![0-9]))?"
#: A step of a path that is in the manuals of cameras: `ch1`, `h264Preview_01_main`, `media.amp`, `101`.
_STEP: Final = re.compile(
    rf"{_NUMBERED}(?:[._-]?{_NUMBERED}){{0,3}}(?:\.26[45])?|[0-9]{{1,3}}", re.IGNORECASE | re.ASCII
)
#: The channels of a large recorder have longer numbers: 1601 is the first stream of channel 16.
_CHANNEL_PATH: Final = re.compile("Streaming/(?:Unicast/)?(?:Channels|tracks)/[0-9]{1,5}", re.IGNORECASE | re.ASCII)


def with_distinct_names(pipelines: list[PipelineSettings]) -> list[PipelineSettings]:
    """The pipelines, their sources named so that two different ones of video have two names. A given name stays.

    Two pipelines that read one and the same source have one name for it.
    """
    taken: dict[str, list[int]] = {}
    for number, pipeline in enumerate(pipelines):
        taken.setdefault(getattr(pipeline.source, "source_name", ""), []).append(number)
    named = list(pipelines)
    for name, group in taken.items():
        own = [number for number in group if _may_be_renamed(pipelines[number])]
        if len(group) < 2 or not own:
            continue
        others = set(taken) - {name} | ({name} if len(own) < len(group) else set())
        for number, distinct in _distinct({number: pipelines[number] for number in own}, others).items():
            source = pipelines[number].source
            named[number] = replace(pipelines[number], source=source.called(distinct))
    return named


def _may_be_renamed(pipeline: PipelineSettings) -> bool:
    kinds = (FileSourceSettings, RtspSourceSettings, StreamSourceSettings)
    return isinstance(pipeline.source, kinds) and not pipeline.source.name


def _distinct(group: Mapping[int, PipelineSettings], taken: set[str]) -> dict[int, str]:
    """A name for each pipeline's source, by number: the first form in which all of them differ."""
    keys = {number: _read(pipeline) for number, pipeline in group.items()}
    for form in _FORMS:
        names = {number: form(pipeline) for number, pipeline in group.items()}
        pairs = {(keys[number], name) for number, name in names.items()}
        if len({name for _, name in pairs}) == len(set(keys.values())) == len(pairs) and not taken & {*names.values()}:
            return names
    first: dict[str, str] = {}  # of the pipelines that read the same
    return {
        number: f"{_usual(pipeline)} ({first.setdefault(keys[number], pipeline.name)})"
        for number, pipeline in group.items()
    }


def _read(pipeline: PipelineSettings) -> str:
    """What the source reads: equal for two pipelines of one camera, with whatever login."""
    if isinstance(pipeline.source, FileSourceSettings):
        return str(pipeline.source.path)
    parts = _parts(pipeline)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2].lower()).geturl()


def _parts(pipeline: PipelineSettings) -> SplitResult:
    return urlsplit(str(pipeline.source.url.get_secret_value()))


def _usual(pipeline: PipelineSettings) -> str:
    return str(pipeline.source.source_name)


def _with_port(pipeline: PipelineSettings) -> str:
    if isinstance(pipeline.source, FileSourceSettings):
        return _usual(pipeline)
    parts = _parts(pipeline)
    if parts.port in (None, _PORTS.get(parts.scheme)):
        return _usual(pipeline)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port}"


def _with_end(pipeline: PipelineSettings) -> str:
    """The last step of the path too: `10.0.0.9/…/101`. Of a file its folder: `north/yard`."""
    if isinstance(pipeline.source, FileSourceSettings):
        return f"{pipeline.source.path.parent.name}/{_usual(pipeline)}"
    steps = _steps(pipeline)
    return "/".join([_with_port(pipeline), *([_HIDDEN] if len(steps) > 1 else []), *steps[-1:]])


def _with_path(pipeline: PipelineSettings) -> str:
    if isinstance(pipeline.source, FileSourceSettings):
        return f"{pipeline.source.path.parent.name}/{pipeline.source.path.name}"
    return "/".join([_with_port(pipeline), *_steps(pipeline)])


def _with_channel(form: Callable[[PipelineSettings], str]) -> Callable[[PipelineSettings], str]:
    """The same form, and which channel of the recorder it is: `10.0.0.9/…/realmonitor?channel=1`."""

    def named(pipeline: PipelineSettings) -> str:
        channel = "" if isinstance(pipeline.source, FileSourceSettings) else "&".join(_channel(pipeline))
        return form(pipeline) + (f"?{channel}" if channel else "")

    return named


def _steps(pipeline: PipelineSettings) -> list[str]:
    """The steps of the path. Where one of them may be a secret none is shown: `/admin/123/ch1` is a login."""
    parts = _parts(pipeline)
    steps = list(filter(None, parts.path.split("/")))
    is_plain = all(map(_STEP.fullmatch, steps)) or _CHANNEL_PATH.fullmatch("/".join(steps)) is not None
    return steps if parts.scheme in _SHOWN and is_plain else [_HIDDEN] if steps else []


def _channel(pipeline: PipelineSettings) -> Iterator[str]:
    parts = _parts(pipeline)
    for name, value in parse_qsl(parts.query) if parts.scheme in _SHOWN else ():
        if _CHANNELS.fullmatch(re.sub("[_-]", "", name.lower())) and _SHORT.fullmatch(value):
            yield f"{name}={value}"


_FORMS: Final = (_usual, _with_port, _with_end, _with_channel(_with_end), _with_path, _with_channel(_with_path))
