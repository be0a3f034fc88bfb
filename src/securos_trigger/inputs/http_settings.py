"""Where messages are posted to: the settings of the HTTP transport. Imports nothing heavy."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from securos_trigger.inputs.sender_token import SenderToken, Token
from securos_trigger.validation.mistakes import custom_mistake


class HttpSettings(BaseModel):
    """An address that messages are posted to, and the tokens that senders must have."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    listen: str = Field(description="Address to listen on, as `127.0.0.1:8099` or `0.0.0.0:8099`.")
    token: Token | None = Field(
        None,
        description="Token of senders that may send for all cameras (`Authorization: Bearer TOKEN`), 16 characters at "
        'least, or where it is: `{ env = "NAME" }`, `{ file = "PATH" }`.',
    )
    tokens: tuple[SenderToken, ...] = Field((), description="Tokens that are limited to cameras.")
    certificate_file: Path | None = Field(None, description="PEM file with the certificate to show: then it is HTTPS.")
    key_file: Path | None = Field(None, description="PEM file with the key of the certificate.")
    silent_after_s: float | None = Field(
        None, ge=1, description="No message for this many seconds counts as a lost source. Default: silence is normal."
    )

    @field_validator("listen")
    @classmethod
    def _is_address(cls, written: str) -> str:
        host, _, port = written.strip().rpartition(":")
        if not host.strip("[] ") or not (port.isascii() and port.isdecimal() and int(port) <= 65_535):
            raise custom_mistake("this is not an address to listen on", "It looks like 127.0.0.1:8099 or 0.0.0.0:8099.")
        return written.strip()

    @model_validator(mode="after")
    def _has_token(self) -> Self:
        if self.token is None and not self.tokens:
            raise custom_mistake("a token is missing", 'Set token = { file = "sender-token" }, or tokens.')
        return self

    @model_validator(mode="after")
    def _has_both(self) -> Self:
        if (self.certificate_file is None) != (self.key_file is None):
            raise custom_mistake("certificate_file and key_file belong together", "Set both, or none.")
        return self

    @property
    def all_tokens(self) -> tuple[SecretStr, ...]:
        """The tokens of all senders."""
        limited = tuple(one.token for one in self.tokens)
        return limited if self.token is None else (self.token, *limited)

    @property
    def host(self) -> str:
        """The address of this machine to listen on."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on; 0: any free one."""
        return int(self.listen.rpartition(":")[2])
