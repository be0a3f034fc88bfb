"""How the metadata stream of an ONVIF device is reached over RTSP. Imports nothing heavy."""

from __future__ import annotations

from typing import Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from securos_trigger.validation.connection import check_address, check_login_and_port
from securos_trigger.validation.mistakes import custom_mistake
from securos_trigger.validation.secret import Secret


class StreamConnection(BaseModel):
    """The address of a stream that has a metadata track."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    url: Secret = Field(
        description='rtsp://user:password@host/path, or where it is: `{ env = "NAME" }`, `{ file = "PATH" }`. '
        "Kept secret, because it may hold a password."
    )
    transport: Literal["tcp", "udp"] = Field("tcp", description="How the packets are transported: `tcp` or `udp`.")
    silent_after_s: float = Field(
        30.0, ge=3, le=3_600, description="Longest silence before the stream counts as lost and is opened again."
    )

    @field_validator("url")
    @classmethod
    def _is_rtsp(cls, url: SecretStr) -> SecretStr:
        url = SecretStr(url.get_secret_value().strip())
        try:
            parts = urlsplit(url.get_secret_value())
        except ValueError:  # brackets of an IPv6 address that do not close
            parts = SplitResult("", "", "", "", "")
        if parts.scheme not in ("rtsp", "rtsps") or not parts.hostname:
            raise custom_mistake("this is not an RTSP address", "It looks like rtsp://user:password@host:554/path.")
        check_address(parts, "rtsp://user:password@[2001:db8::1]:554/path", is_secret=True)
        check_login_and_port(parts)
        return url
