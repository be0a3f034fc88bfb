"""The settings of video sources and sinks. Imports nothing heavy."""

from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, ValidationInfo, field_validator

from securos_trigger.system.output_file import Existing
from securos_trigger.validation.address_slips import WHAT_TO_WRITE, is_slip_of_no_file
from securos_trigger.validation.connection import check_address, check_login_and_port
from securos_trigger.validation.mistakes import custom_mistake
from securos_trigger.validation.secret import Secret

#: No camera gives one image for this long, in seconds: its sensor has noise. A generated image may.
FROZEN_AFTER_S: Final = 60.0
FrozenAfter = Annotated[
    float,
    Field(
        ge=0,
        allow_inf_nan=False,
        description="Seconds with the same image after which the source counts as frozen. 0: never.",
    ),
]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)  # a check builds only what it reads


def refuse_address(path: object, base: Path) -> object:
    """Refuse an address where a path belongs; it is not repeated, because it may hold a password.

    What only looks like one is a path where something has that name below `base`.
    """
    if isinstance(path, str) and (scheme := path.partition("://")[0]) != path:
        if scheme.lower() == "file":
            raise custom_mistake("this is an address, not a file", "Write the path alone, without file://.")
        kind = "stream" if scheme.lower() in STREAM_PROTOCOLS else "rtsp"
        raise custom_mistake("this is an address, not a file", f'Write type = "{kind}" and url = "{scheme[:20]}://…".')
    if isinstance(path, str) and is_slip_of_no_file(path, base):
        raise custom_mistake("this looks like an address, not like a file", f'{WHAT_TO_WRITE} Its type is "rtsp".')
    return path


def _parts_of(url: str) -> SplitResult:
    """The parts of an address; empty ones where it is none."""
    try:
        return urlsplit(url)
    except ValueError:  # brackets of an IPv6 address that do not close
        return urlsplit("")


def _stripped(url: SecretStr) -> SecretStr:
    """The address without space around it, as it comes from a file or a variable. FFmpeg knows small schemes only."""
    scheme, mark, rest = url.get_secret_value().strip().partition("://")
    return SecretStr(f"{scheme.lower() if mark else scheme}{mark}{rest}")


class _NamedAfterPlace(_Settings):
    """A source whose usual name, that of its file or host, other sources may have too (`config.source_names`)."""

    _distinct_name: str = PrivateAttr("")

    def called(self, name: str) -> Self:
        """The same settings, called `name`, because others have its usual name, too."""
        copy = self.model_copy()
        copy._distinct_name = name
        return copy


class FileSourceSettings(_NamedAfterPlace):
    """A video file."""

    type: Literal["file"] = "file"
    name: str = Field(
        "",
        description="Name of the source. Default: the file's name; "
        "with its folder if another source has the same name.",
    )
    path: Path = Field(description="The file, or a named pipe that a program writes into.")
    realtime: bool = Field(False, description="Read at the file's own speed, not as fast as possible.")
    loop: bool = Field(False, description="Start again at the end of the file. Media time jumps back then.")
    frames_per_s: float | None = Field(
        None,
        gt=0,
        le=1000,
        description="Frames a second of a file without time stamps (.h264, .hevc, .mjpeg). Default: the stream's.",
    )

    @field_validator("path", mode="before")
    @classmethod
    def _is_no_address(cls, path: object, info: ValidationInfo) -> object:
        return refuse_address(path, (info.context or {}).get("base", Path()))

    @property
    def source_name(self) -> str:
        """What the source is called in frames and notices."""
        return self.name or self._distinct_name or self.path.stem


class RtspSourceSettings(_NamedAfterPlace):
    """A camera's RTSP stream."""

    type: Literal["rtsp"] = "rtsp"
    name: str = Field(
        "",
        description="Name of the source. Default: the camera's host; "
        "with its port, path or channel if another source has the same name.",
    )
    url: Secret = Field(
        description='rtsp://user:password@host/path, or where it is: `{ env = "NAME" }`, `{ file = "PATH" }`. '
        "Kept secret, because it may hold a password."
    )
    transport: Literal["tcp", "udp"] = Field("tcp", description="How the video is transported: `tcp` or `udp`.")
    timeout_s: float = Field(10.0, gt=3, description="Longest silence before the stream counts as lost.")
    frozen_after_s: FrozenAfter = FROZEN_AFTER_S

    @field_validator("url")
    @classmethod
    def _is_rtsp(cls, url: SecretStr) -> SecretStr:
        url = _stripped(url)
        parts = _parts_of(url.get_secret_value())
        if parts.scheme in STREAM_PROTOCOLS:
            raise custom_mistake(
                "this is not an RTSP address", f'Write type = "stream" for an address of {parts.scheme}.'
            )
        if parts.scheme not in ("rtsp", "rtsps") or not parts.hostname:
            raise custom_mistake("this is not an RTSP address", "It looks like rtsp://user:password@host:554/path.")
        check_address(parts, "rtsp://user:password@[2001:db8::1]:554/path", is_secret=True)
        check_login_and_port(parts)
        return url

    @property
    def source_name(self) -> str:
        """What the source is called in frames and notices."""
        host = urlsplit(self.url.get_secret_value()).hostname
        return self.name or self._distinct_name or host or "rtsp"


#: Schemes of a `stream` source, and what FFmpeg may open for it: a playlist leads to no file and no other protocol.
STREAM_PROTOCOLS: Final = MappingProxyType(
    {
        "http": "http,https,tcp,tls,crypto,httpproxy",
        "https": "http,https,tcp,tls,crypto,httpproxy",
        "udp": "udp,rtp",
        "rtmp": "rtmp,tcp",
        "rtmps": "rtmps,tls,tcp",
    }
)


class StreamSourceSettings(_NamedAfterPlace):
    """A stream from an address: Motion JPEG or HLS over HTTP, MPEG-TS over UDP, RTMP."""

    type: Literal["stream"] = "stream"
    name: str = Field("", description="Name of the source. Default: the host in the address, as with `rtsp`.")
    url: Secret = Field(
        description="http, https, udp, rtmp or rtmps address, or where it is, as with `rtsp`. Kept secret: "
        "it may hold a password."
    )
    timeout_s: float = Field(10.0, gt=3, description="Longest silence before the stream counts as lost.")
    frozen_after_s: FrozenAfter = FROZEN_AFTER_S

    @field_validator("url")
    @classmethod
    def _is_stream(cls, url: SecretStr) -> SecretStr:
        url = _stripped(url)
        parts = _parts_of(url.get_secret_value())
        if parts.scheme in ("rtsp", "rtsps"):
            raise custom_mistake("this is an RTSP address", 'Write type = "rtsp".')
        if parts.scheme == "srt":
            fix = "Let the sender or a relay give MPEG-TS over UDP, or RTSP."
            raise custom_mistake("the FFmpeg in PyAV cannot read SRT", fix)
        if parts.scheme not in STREAM_PROTOCOLS or not parts.netloc:
            known = ", ".join(f"{scheme}://" for scheme in STREAM_PROTOCOLS)
            fix = f"That of a camera begins with rtsp://. This one begins with one of {known}."
            raise custom_mistake("this is not the address of a stream", fix)
        check_address(parts, f"{parts.scheme}://[2001:db8::1]:8080/path", is_secret=True)
        check_login_and_port(parts)
        if parts.scheme == "udp" and parts.port is None:
            raise custom_mistake("the port is missing", "It looks like udp://0.0.0.0:5000 or udp://239.0.0.1:5000.")
        return url

    @property
    def source_name(self) -> str:
        """What the source is called in frames and notices."""
        host = urlsplit(self.url.get_secret_value()).hostname
        return self.name or self._distinct_name or host or "stream"


class UsbSourceSettings(_Settings):
    """A camera at this machine (Video4Linux; on Windows DirectShow)."""

    type: Literal["usb"] = "usb"
    name: str = Field("", description="Name of the source. Default: the device.")
    device: Path = Field(Path("/dev/video0"), description="The device; on Windows the camera's name.")
    width: int = Field(1280, ge=16, description="Width to ask the camera for, pixels.")
    height: int = Field(720, ge=16, description="Height to ask the camera for, pixels.")
    frames_per_s: int = Field(25, ge=1, description="Frames a second to ask the camera for.")
    timeout_s: float = Field(10.0, gt=3, description="Longest silence before the camera counts as lost.")
    frozen_after_s: FrozenAfter = FROZEN_AFTER_S

    @field_validator("device", mode="before")
    @classmethod
    def _is_no_number(cls, device: object) -> object:
        if isinstance(device, int) or (isinstance(device, str) and device.isdecimal()):
            raise custom_mistake(f"{device} is a number, not a device", f'Write device = "/dev/video{device}".')
        return device

    @property
    def source_name(self) -> str:
        """What the source is called in frames and notices."""
        return self.name or self.device.name


class NullSinkSettings(_Settings):
    """Discards the frames."""

    type: Literal["null"] = "null"


class _EncodedSettings(_Settings):
    path: Path = Field(description="MP4 file to write. Its name ends in .partial until it is finished.")
    existing: Existing = Field(
        Existing.NUMBER, description="When the file exists: number (yard-2.mp4 is written), replace or refuse."
    )
    quality: int = Field(23, ge=0, le=51, description="H.264 constant rate factor: 0 is lossless, 51 is worst.")


class FileSinkSettings(_EncodedSettings):
    """Writes the images as they are."""

    type: Literal["file"] = "file"


class AnnotatedSinkSettings(_EncodedSettings):
    """Writes the images with what the nodes saw drawn over them."""

    type: Literal["annotated"] = "annotated"
    banner_s: float = Field(3.0, ge=0, description="Seconds of media time an event's text stays on the image.")


SourceSettings = Annotated[
    FileSourceSettings | RtspSourceSettings | StreamSourceSettings | UsbSourceSettings, Field(discriminator="type")
]
SinkSettings = Annotated[NullSinkSettings | FileSinkSettings | AnnotatedSinkSettings, Field(discriminator="type")]
