"""The settings of the console: who may open it, from where, and what it may name (docs/console.md)."""

import ipaddress
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from securos_trigger.system.user_folders import below
from securos_trigger.validation.mistakes import checked_listening_host, custom_mistake


class ConsoleSettings(BaseModel):
    """The console in a browser, and its JSON API (docs/console_api.md)."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    host: str = Field("127.0.0.1", description="Address to listen on; by default only this machine.")
    port: int = Field(8642, ge=0, le=65535, description="Port to listen on. 0: any free one.")
    host_names: list[str] = Field(
        [], description="Host names that browsers use for it, besides `host`, `localhost` and loopback addresses."
    )
    certificate: Path | None = Field(None, description="PEM file with the certificate for HTTPS.")
    key: Path | None = Field(None, description="PEM file with the key of the certificate.")
    allow_plain_http: bool = Field(
        False, description="Listen beyond this machine without HTTPS. Passwords are then sent unencrypted."
    )
    token_file: Path | None = Field(
        None, description="File with the token for programs, made at the first start. Default: beside the outbox."
    )
    users_file: Path | None = Field(
        None, description="File with users and hashes of their passwords. Default: beside the outbox."
    )
    folders: list[Path] = Field([], description="Folders whose files may be chosen in the browser. Empty: none.")

    _host = field_validator("host")(checked_listening_host)

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise custom_mistake("certificate and key belong together", "Name both, or none.")
        if self.certificate is None and not self.is_local and not self.allow_plain_http:
            fix = "Name certificate and key, or set allow_plain_http = true in a network that you trust."
            raise custom_mistake(f'"{self.host}" is reached from other machines, and there is no HTTPS', fix)
        return self

    @property
    def is_local(self) -> bool:
        """True when only this machine reaches it."""
        return is_loopback(self.host)

    def token_path(self, outbox: Path) -> Path:
        """The file with the token; `outbox` is the outbox file."""
        return self.token_file or outbox.with_name(f"{outbox.stem}.console-token")

    def users_path(self, outbox: Path) -> Path:
        """The file with the users."""
        return self.users_file or outbox.with_name(f"{outbox.stem}.console-users.json")

    def below(self, base: Path) -> Self:
        """The same with every relative path below `base`."""
        paths = {name: below(base, value) for name, value in self if isinstance(value, Path)}
        return self.model_copy(update={**paths, "folders": [below(base, folder) for folder in self.folders]})


def is_loopback(host: str) -> bool:
    """True for `localhost` and the loopback addresses."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
