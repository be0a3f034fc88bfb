"""The tokens of senders: what a sender shows, and for which cameras it may send. Imports nothing heavy."""

import hmac
from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from securos_trigger.validation.mistakes import custom_mistake
from securos_trigger.validation.secret import Secret

_LEAST_LENGTH: Final = 16


def _is_long(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if len(text) < _LEAST_LENGTH or not text.isascii() or not text.isprintable():
        fix = 'Make one: python3 -c "import secrets; print(secrets.token_urlsafe())".'
        raise custom_mistake(f"a token has {_LEAST_LENGTH} characters of ASCII at least", fix)
    return token


def _as_name(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


#: A token: 16 characters of ASCII at least.
Token = Annotated[Secret, AfterValidator(_is_long)]
_CameraName = Annotated[str, BeforeValidator(_as_name), Field(min_length=1)]


class SenderToken(BaseModel):
    """A token that is limited to cameras."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    token: Token = Field(description='The token, or where it is: `{ env = "NAME" }`, `{ file = "PATH" }`.')
    cameras: tuple[_CameraName, ...] = Field(
        min_length=1,
        description="The cameras that its sender may send for, as the camera map names them; of `lumeoevent` their ids "
        "in SecurOS. A device without a channel is all its channels.",
    )


class KnownTokens:
    """The tokens of one address, each with its cameras (None: all)."""

    def __init__(self, whole: SecretStr | None, limited: Iterable[SenderToken]) -> None:
        self._known: list[tuple[bytes, frozenset[str] | None]] = [
            (one.token.get_secret_value().encode(), frozenset(one.cameras)) for one in limited
        ]
        if whole is not None:
            self._known.append((whole.get_secret_value().encode(), None))

    def find(self, authorization: str) -> tuple[bool, frozenset[str] | None]:
        """Whether the token of a header `Authorization` is known, and its cameras (None: all).

        All tokens are compared each time, so that the answer's time says nothing about them.
        """
        scheme, _, shown = authorization.partition(" ")
        found = [
            cameras
            for token, cameras in self._known
            if hmac.compare_digest(shown.strip().encode(errors="surrogateescape"), token)
        ]
        if scheme.lower() != "bearer" or not found:
            return False, frozenset()
        return True, found[0]
