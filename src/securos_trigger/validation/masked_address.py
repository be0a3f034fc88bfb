"""The address of a camera or a broker for a page: without its secrets, and with them again when it is saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit

from securos_trigger.validation.masking import MASK, is_secret_name, is_secret_parameter, without_keys, without_login

#: More hidden parts than this make no readable address.
_MOST_HIDDEN: Final = 4
_LOGIN_IN_PERCENT: Final = re.compile(r"%(?:25)*40")


def masked_address(address: str) -> str:
    """The address with `MASK` for its login, for values of parameters that may be secrets, and for keys in its path.

    `MASK` alone, where it is not clear which part is secret: the address is none, or its login would end it early.
    """
    try:
        parts = urlsplit(address)
        is_address = bool(parts.scheme and parts.hostname) and parts.port != 0
    except ValueError:  # the port is none, or brackets do not close
        return MASK
    shown = without_login(address)
    host = parts.netloc.rpartition("@")[2]
    begin = f"{parts.scheme}://{MASK}@{host}" if "@" in parts.netloc else f"{parts.scheme}://{host}"
    if not is_address or not shown.lower().startswith(begin.lower()) or not re.match(r"[/?#]|$", shown[len(begin) :]):
        return MASK
    shown = shown[: len(begin)] + without_keys(shown[len(begin) :])
    is_clear = "%" in host or _LOGIN_IN_PERCENT.search(shown) is not None or MASK in address
    return MASK if is_clear or shown.count(MASK) > _MOST_HIDDEN else shown


def without_secrets(name: str, text: str) -> str:
    """A text of the setting `name` for a page: an address of `url` may have keys in it, in any other it has a login."""
    return masked_address(text) if name == "url" else without_login(text)


def own_table_without_secrets(value: Any) -> Any:
    """A table of a person's own keys for a page, with lists and tables in it: without what its keys call a secret.

    Of all other texts as of an address: without a login, and without parameters that may be secrets.
    """
    match value:
        case Mapping():
            return {
                str(key): MASK if is_secret_of(str(key), one) else own_table_without_secrets(one)
                for key, one in value.items()
            }
        case list() | tuple():
            return [own_table_without_secrets(one) for one in value]
        case str():
            return without_login(value)
    return value


def is_secret_of(name: str, value: object) -> bool:
    """Whether a value of a person's own key may be a secret: texts and numbers; not a zone's points, and no reference.

    `{ file = … }` and `{ env = … }` say where a secret is.
    """
    return (is_secret_name(name) or is_secret_parameter(name)) and (_is_number(value) or _has_text(value))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _has_text(value: object) -> bool:
    match value:
        case str():
            return bool(value)
        case Mapping():
            is_reference = set(value) <= {"file", "env"}
            return not is_reference and any(_is_number(one) or _has_text(one) for one in value.values())
        case list() | tuple():
            return any(map(_has_text, value))
    return False


def with_hidden(typed: str, address: str, shown: str) -> str:
    """The typed address with the secrets of `address` in the place of `MASK`; `shown` is how a page has shown it.

    A secret goes to the same server and stands behind the same name only: where it cannot, `MASK` stays.
    """
    pieces = shown.split(MASK)
    found = re.fullmatch("(.+?)".join(map(re.escape, pieces)), address, re.DOTALL)
    if found is None or _server(typed) != _server(shown):
        return typed
    secrets: dict[tuple[str, bool], list[str]] = {}
    for place, secret in zip(_places(pieces), found.groups(), strict=True):
        secrets.setdefault(place, []).append(secret)
    first, *others = typed.split(MASK)
    places = _places([first, *others])
    known = {place: iter(some) for place, some in secrets.items() if len(some) == places.count(place)}
    filled = [next(known[place], MASK) if place in known else MASK for place in places]
    return first + "".join(secret + piece for secret, piece in zip(filled, others, strict=True))


def _server(address: str) -> tuple[str, str]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ("", address)
    return (parts.scheme, parts.netloc)


def _places(pieces: list[str]) -> list[tuple[str, bool]]:
    """For each hidden part the name before it, and whether it is the login."""
    return [
        (re.split(r"[\s?&;#/]", before)[-1], number == 0 and before.endswith("://") and after.startswith("@"))
        for number, (before, after) in enumerate(pairwise(pieces))
    ]
