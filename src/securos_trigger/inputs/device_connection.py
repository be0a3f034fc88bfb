"""How the network client of a camera or a recorder reaches its device: address, login, TLS. Imports nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from securos_trigger.validation.connection import check_address, is_placeholder, no_port, normal_fingerprint
from securos_trigger.validation.mistakes import custom_mistake
from securos_trigger.validation.secret import Secret

#: The kinds whose messages a client of ours fetches from the device.
DEVICE_KINDS: Final = ("dahua", "hikvision", "onvif-pullpoint")
#: Those of them that can post as well, so that no connection to the device is needed.
POSTING_DEVICES: Final = ("hikvision",)
_LOOKS_LIKE: Final = "It looks like https://camera, or http://192.0.2.7:8080."


class DeviceConnection(BaseModel):
    """The address of a camera or a recorder, and the login there."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    url: str = Field(
        description="Address of the device: `https://camera`, or `http://…` without encryption. "
        "A path replaces the usual one."
    )
    user: str = Field("", description="User name in the device.")
    password: Secret | None = Field(
        None, description='Password, or where it is: `{ env = "NAME" }`, `{ file = "PATH" }`.'
    )
    login: Literal["digest", "basic"] = Field(
        "digest",
        description="How to log in. `basic`, for old devices, sends the password unencrypted: use it with https only.",
    )
    ca_file: Path | None = Field(
        None, description="PEM file with the CA that signs the device's certificate. Default: the system's."
    )
    certificate_sha256: str | None = Field(
        None, description="SHA-256 fingerprint of the device's own certificate. No other certificate is then accepted."
    )
    silent_after_s: float = Field(
        30.0,
        ge=2,
        le=3_600,
        description="Longest silence before the connection counts as lost; devices send heartbeats.",
    )

    @field_validator("url")
    @classmethod
    def _is_device(cls, written: str) -> str:
        try:
            parts = urlsplit(written.strip())
        except ValueError:  # brackets of an IPv6 address that do not close
            parts = SplitResult("", "", "", "", "")
        try:
            has_port = parts.port is None or parts.port > 0
        except ValueError:
            has_port = False
        if "@" in parts.netloc or ("@" in written and not has_port):  # a password with / ends the address early
            raise custom_mistake("the address must not contain a login", "Set user and password instead.")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise custom_mistake("this is not the address of a device", _LOOKS_LIKE)
        check_address(parts, "https://[2001:db8::1]")
        if not has_port:
            raise no_port()
        if is_placeholder(parts.hostname):
            raise custom_mistake("a part of the address is a placeholder", "Give the address of the device.")
        return written.strip()

    @field_validator("certificate_sha256")
    @classmethod
    def _fingerprint(cls, value: str | None) -> str | None:
        return normal_fingerprint(value) if value is not None and value.strip() else None

    def at(self, usual: str) -> str:
        """The address with its own path, or with the usual one where it has none."""
        parts = urlsplit(self.url)
        return self.url if parts.path.strip("/") or parts.query else f"{parts.scheme}://{parts.netloc}{usual}"
