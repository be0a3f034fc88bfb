"""Names of video sources: two cameras of one recorder, or two files of one name, have two names.

A source without `name` is called after its host or its file. Where others of the configuration have that name too, as
little more of the address is added as is needed: a port, the end of the path, a channel; never a login or a key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from securos_trigger.config.settings import PipelineSettings
from securos_trigger.validation.masking import MASK, without_keys, without_login
from securos_trigger.video.settings import FileSourceSettings, RtspSourceSettings, StreamSourceSettings

_PORTS: Final = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443, "rtmp": 1935, "rtmps": 443}
#: Parameters of cameras and recorders that say which channel it is. No other one is shown: it may be a key.
_CHANNELS: Final = re.compile(
    "(cam|camera|ch|channel|stream)(id|num)?|chn|input|profile|source|streamtype|subtype|track|videoinput"
)
#: A part of a path that is rather a name than a key.
_PLAIN: Final = re.compile(r"(?!.*[A-Za-z0-9]{16})[\w.~-]{1,24}", re.ASCII)
_PLAIN_VALUE: Final = re.compile(r"[\w.-]{1,12}", re.ASCII)


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
    steps = list(_steps(pipeline))
    return "/".join([_with_port(pipeline), *(["…"] if len(steps) > 1 else []), *steps[-1:]])


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


def _steps(pipeline: PipelineSettings) -> Iterator[str]:
    """The steps of the path; one that may be a key is `MASK`."""
    path = _parts(pipeline)._replace(query="", fragment="").geturl()
    shown = without_keys(urlsplit(without_login(path)).path)
    for step in shown.strip("/").split("/") if shown.strip("/") else ():
        yield step if _PLAIN.fullmatch(step) else MASK


def _channel(pipeline: PipelineSettings) -> Iterator[str]:
    for name, value in parse_qsl(_parts(pipeline).query):
        if _CHANNELS.fullmatch(re.sub("[_-]", "", name.lower())) and _PLAIN_VALUE.fullmatch(value):
            yield f"{name}={without_keys(value)}"


_FORMS: Final = (_usual, _with_port, _with_end, _with_channel(_with_end), _with_path, _with_channel(_with_path))
