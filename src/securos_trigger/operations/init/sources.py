"""The source of a new configuration: what kinds there are, and which cameras a source has."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from securos_trigger.errors import ArgumentError, FeedLostError, FeedRefusedError
from securos_trigger.inputs.values import number, read_json, table, text
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.stream_address import why_no_stream
from securos_trigger.validation.masking import without_login

#: The options of `init` by the settings of a source.
_OPTIONS: Final = {
    **dict.fromkeys(("url", "path"), "address"),
    "certificate_sha256": "certificate",
    "user": "user",
    "password": "password-file",
    "broker": "broker",
}
_TIMEOUT_S: Final = 10.0
_STREAM_WITHIN_S: Final = 3.0
#: What stands in the paths of cameras of every maker: it names no camera.
_USUAL_PATH: Final = re.compile(
    r"(live|stream|streaming|main|sub|av_stream|media|video|h26[45]|mpeg4|rtsp|realmonitor|channels?|ch|onvif|profile"
    r"|unicast|default|axis-media|cam)?[_-]?\d*",
    re.IGNORECASE,
)
_LONGEST_NAME: Final = 40
#: Words as people write them, in letters of both cases and with short numbers: `FrontDoor2`, but not `aBcDeF12`.
_WORDS: Final = re.compile(r"(?:[^\W\d_]?[^\W\dA-Z_]{2,}|[A-Z]+(?![^\W\dA-Z_])|(?<!\d)\d{1,4}(?!\d)|[_-])+")
_HEX: Final = re.compile(r"(?=[a-f-]*\d)[0-9a-f-]{12,}", re.IGNORECASE)
_MOST_NUMBERS: Final = 3
_NAMED_CAMERA: Final = re.compile(r"cam[_-]?\d+", re.IGNORECASE)
_MOST_CAMERAS: Final = 1_000
_MOST_BYTES: Final = 8 * 1024 * 1024


class SourceKind(StrEnum):
    """Where events or images come from."""

    FRIGATE = "frigate"
    ONVIF = "onvif"
    HIKVISION = "hikvision"
    DAHUA = "dahua"
    RTSP = "rtsp"
    FILE = "file"

    @property
    def is_video(self) -> bool:
        """True when our own analytics look at the images."""
        return self in (SourceKind.RTSP, SourceKind.FILE)

    @property
    def is_device(self) -> bool:
        """True for a camera or a recorder that is asked for its events."""
        return self in (SourceKind.ONVIF, SourceKind.HIKVISION, SourceKind.DAHUA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a person has said of the source.

    `address` is Frigate's own address, that of the device, the stream or the file. `user` and `password` are those of
    the device; of Frigate's broker, with Frigate. `certificate_sha256`: the fingerprint of the device's certificate.
    """

    kind: SourceKind
    address: str = field(repr=False)
    user: str = ""
    password: str = field(default="", repr=False)
    broker: str = ""
    certificate_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class SourceCameras:
    """The cameras of a source by the names that the camera map takes, and what else it says of itself.

    `detect_sizes`: width and height with which each of Frigate's cameras detects, where it is known.
    `broker`: the one that Frigate names.
    """

    names: tuple[str, ...]
    titles: Mapping[str, str] = field(default_factory=dict)
    detect_sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    broker: str = ""
    topic_prefix: str = ""


def source_cameras(source: Source) -> SourceCameras:
    """The cameras of a source. ArgumentError: its address is none, or it cannot be asked."""
    if source.kind is SourceKind.FRIGATE:
        _require_address(source.address)
        return _of_frigate(table(asyncio.run(_frigate_config(source.address))))
    _require_source(source)
    return _of_onvif(source) if source.kind is SourceKind.ONVIF else SourceCameras((device_name(source),))


def _require_address(address: str) -> None:
    """ArgumentError for what looks like an address and is none, as one with half of its brackets."""
    try:
        _ = urlsplit(address).port
    except ValueError as error:
        raise ArgumentError("address", f'"{without_login(address)}" is no address: {str(error).lower()}') from None


def require_broker(source: Source) -> None:
    """ArgumentError: the broker of Frigate is no address of one, or its login cannot be used."""
    _require({"type": source.kind.value, "broker": source.broker, **_login(source)})


def require_stream(source: Source) -> None:
    """ArgumentError: at the address of a stream nothing answers as a camera does. It is looked for some seconds."""
    if source.kind is SourceKind.RTSP and (why := why_no_stream(source.address, 0, _STREAM_WITHIN_S)):
        what = f"no stream can be had there: {why}. Enter keeps this address, if the camera comes later"
        raise ArgumentError("address", what)


def _require_source(source: Source) -> None:
    """ArgumentError: the address is not one of such a source, or what else is given cannot be used with it."""
    place = "path" if source.kind is SourceKind.FILE else "url"
    table = {"type": "onvif-pullpoint" if source.kind is SourceKind.ONVIF else source.kind.value, place: source.address}
    if source.kind.is_device:
        table |= {"device": "device", **_login(source)}
    _require(table)


def _require(table: dict[str, Any]) -> None:
    """ArgumentError: a setting of this source that has an option of `init` cannot be used."""
    from securos_trigger.config.pipelines import source_mistakes

    for mistake in source_mistakes(table):
        if (option := _OPTIONS.get(mistake.where.rpartition(".")[2])) is not None:
            raise ArgumentError(option, f"{mistake.what}. {mistake.fix}".rstrip(". "))


def _login(source: Source) -> dict[str, str]:
    """What a device is logged in with, and its certificate."""
    given = {"user": source.user, "password": source.password, "certificate_sha256": source.certificate_sha256}
    return {name: value for name, value in given.items() if value}


def device_name(source: Source) -> str:
    """What the source is called in the camera map and as a pipeline.

    The host of a device, the name of a file; of a stream the last word of its path, else its host, else `camera`.
    """
    if source.kind is SourceKind.FRIGATE:
        return "frigate"
    parts = urlsplit(source.address)
    if source.kind is SourceKind.RTSP:
        return _stream_name(parts.path) or _named_host(parts.hostname) or "camera"
    return parts.hostname or parts.path.rpartition("/")[2].rpartition(".")[0] or source.kind.value


def _stream_name(path: str) -> str:
    """The last part of a path that names a camera: `yard` of /live/yard, nothing of /h264/ch1/main/av_stream.

    A key that opens a stream is no name: names stand in logs.
    """
    names = [one for one in path.split("/") if re.fullmatch(r"[^\W\d_][\w-]*", one) and not _may_be_a_key(one)]
    telling = (one for one in reversed(names) if _NAMED_CAMERA.fullmatch(one) or not _USUAL_PATH.fullmatch(one))
    return next(telling, "")


def _may_be_a_key(word: str) -> bool:
    """True for what looks random, as secrets do, or is longer than a name."""
    is_mixed = word.upper() != word != word.lower()
    return (
        len(word) > _LONGEST_NAME
        or _HEX.search(word) is not None
        or len(re.findall(r"\d+", word)) > _MOST_NUMBERS
        or (is_mixed and (re.search(r"\d", word) is not None or len(word) >= 12) and not _WORDS.fullmatch(word))
    )


def _named_host(host: str | None) -> str:
    """A host that has a name; nothing of a bare address, which says nothing to a person."""
    try:
        ip_address(host or "")
    except ValueError:
        return host or ""
    return ""


async def _frigate_config(address: str) -> Any:
    """What Frigate's `/api/config` answers."""
    if urlsplit(address).scheme not in ("http", "https"):
        raise ArgumentError("address", f'"{address}" is not the address of Frigate. It looks like http://frigate:5000.')
    url = address.rstrip("/") + "/api/config"
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session, session.get(url) as response:
            if response.status in (401, 403):
                why = "Frigate asks for a login there: name its internal address, which asks for none, such as http://frigate:5000"
                raise ArgumentError("address", why)
            body = await response.content.read(_MOST_BYTES)
            while len(body) < _MOST_BYTES and (piece := await response.content.read(_MOST_BYTES - len(body))):
                body += piece
            return read_json(body)
    except (aiohttp.ClientConnectorError, TimeoutError) as error:
        why = reason_of(error.os_error) if isinstance(error, aiohttp.ClientConnectorError) else "no answer in time"
        raise ArgumentError("address", f"Frigate cannot be reached at {address}: {why}") from None
    except (aiohttp.ClientError, ValueError) as error:
        raise ArgumentError("address", f"{url} does not answer as Frigate does: {str(error)[:100]}") from None


def _of_frigate(config: Mapping[str, Any]) -> SourceCameras:
    cameras = table(config.get("cameras"))
    if not cameras:
        raise ArgumentError("address", "its answer lists no cameras: is this the address of Frigate?")
    names = tuple(cameras)[:_MOST_CAMERAS]
    sizes = {}
    for name in names:
        detect = table(table(cameras[name]).get("detect"))
        width, height = number(detect.get("width")), number(detect.get("height"))
        if width and height:
            sizes[name] = (int(width), int(height))
    mqtt = table(config.get("mqtt"))
    host, port = text(mqtt.get("host")), number(mqtt.get("port"))
    return SourceCameras(
        names=names,
        detect_sizes=sizes,
        broker=f"mqtt://{host}:{int(port or 1883)}" if host else "",
        topic_prefix=text(mqtt.get("topic_prefix")) or "",
    )


def _of_onvif(source: Source) -> SourceCameras:
    """The video sources of a device: the device itself where it has one, else `device#token`."""
    from securos_trigger.inputs.clients.onvif_device import list_profiles
    from securos_trigger.inputs.clients.session import WANTS_LOGIN
    from securos_trigger.inputs.device_connection import DeviceConnection

    connection = DeviceConnection.model_validate({"url": source.address, **_login(source)})
    try:
        profiles = asyncio.run(list_profiles(connection))
    except FeedLostError as error:
        is_of_login = isinstance(error, FeedRefusedError) or str(error) == WANTS_LOGIN
        raise ArgumentError("user" if is_of_login else "address", f"{source.address}: {error}") from None
    name = device_name(source)
    first_of = {one.source_token: one for one in reversed(profiles) if one.source_token}
    if len(first_of) < 2:
        return SourceCameras((name,), {name: profiles[0].name} if profiles else {})
    titles = {f"{name}#{token}": profile.name for token, profile in sorted(first_of.items())}
    return SourceCameras(tuple(titles), titles)
