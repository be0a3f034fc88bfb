"""How a broker is reached: the settings of the MQTT transport. Imports nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from securos_trigger.inputs.topic_patterns import TopicFilter
from securos_trigger.validation.connection import check_address, is_placeholder, no_port, normal_fingerprint
from securos_trigger.validation.mistakes import custom_mistake
from securos_trigger.validation.secret import Secret

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
_LOOKS_LIKE: Final = "It looks like mqtt://broker:1883, or mqtts://broker:8883 with TLS."


class MqttSettings(BaseModel):
    """A broker, and the session at it."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    broker: str = Field(description="Address of the broker: `mqtt://host:1883`, or `mqtts://host:8883` with TLS.")
    user: str = Field("", description="User name at the broker.")
    password: Secret | None = Field(
        None, description='Password, or where it is: `{ env = "NAME" }`, `{ file = "PATH" }`.'
    )
    ca_file: Path | None = Field(
        None, description="PEM file with the CA that signs the broker's certificate. Default: the system's."
    )
    certificate_sha256: str | None = Field(
        None, description="SHA-256 fingerprint of the broker's own certificate. No other certificate is then accepted."
    )
    client_id: str = Field(
        "",
        max_length=128,
        description="Name of the session at the broker; two programs with the same name disconnect each other. "
        "Default: `securos-trigger-`, the names of this machine and of the pipeline, and a number for the outbox.",
    )
    protocol: Literal["5", "3.1.1"] = Field("5", description="Version of MQTT.")
    qos: Literal[0, 1] = Field(1, description="Highest QoS to subscribe with. 0: messages during an outage are lost.")
    topics: tuple[Annotated[TopicFilter, Field(min_length=1, max_length=1_000)], ...] = Field(
        (), max_length=200, description="Topics to subscribe to. Default: those of the kind."
    )
    session_expiry_s: int = Field(
        86_400,
        ge=0,
        le=604_800,
        description="How long the broker keeps the session and its messages after the connection ends (MQTT 5). "
        "0: the session ends with the connection, also with MQTT 3.1.1.",
    )
    silent_after_s: float | None = Field(
        None, ge=1, description="No message for this many seconds counts as a lost source. Default: silence is normal."
    )

    @field_validator("broker")
    @classmethod
    def _is_broker(cls, written: str) -> str:
        try:
            parts = urlsplit(written.strip())
            has_port = parts.port is None or parts.port > 0
        except ValueError:
            parts, has_port = SplitResult("", "", "", "", ""), True
        if "@" in written:  # also behind a password with /, which ends the address early
            raise custom_mistake("the address must not contain a login", "Set user and password instead.")
        if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/"):
            raise custom_mistake("this is not the address of a broker", _LOOKS_LIKE)
        check_address(parts, "mqtt://[2001:db8::1]:1883")
        if not has_port:
            raise no_port()
        if is_placeholder(parts.hostname):
            raise custom_mistake("a part of the address is a placeholder", "Give the address of the broker.")
        return written.strip()

    @field_validator("certificate_sha256")
    @classmethod
    def _fingerprint(cls, value: str | None) -> str | None:
        return normal_fingerprint(value) if value is not None and value.strip() else None

    @model_validator(mode="after")
    def _has_tls_for_certificates(self) -> MqttSettings:
        if not self.has_tls and (self.ca_file is not None or self.certificate_sha256 is not None):
            written = "ca_file" if self.ca_file is not None else "certificate_sha256"
            raise custom_mistake(
                f"{written} does nothing without TLS", f"Write mqtts:// in broker, or leave {written} out."
            )
        return self

    @property
    def host(self) -> str:
        """The host of the broker."""
        return urlsplit(self.broker).hostname or ""

    @property
    def port(self) -> int:
        """The port of the broker."""
        parts = urlsplit(self.broker)
        return parts.port or _PORTS[parts.scheme]

    @property
    def has_tls(self) -> bool:
        """True when the connection is encrypted."""
        return self.broker.startswith("mqtts:")
