"""What may be changed in a browser, and what only in the file itself. Pure: values in, mistakes out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

from securos_trigger.config.part_models import part_models
from securos_trigger.config.pipelines import TRIGGER_TYPE
from securos_trigger.errors import Mistake
from securos_trigger.errors.wording import printable
from securos_trigger.system.real_paths import real_path
from securos_trigger.trigger.properties import json_schema
from securos_trigger.validation.address_slips import WHAT_TO_WRITE, is_slip_of_no_file
from securos_trigger.validation.masked_address import (
    is_secret_of,
    own_table_without_secrets,
    with_hidden,
    without_secrets,
)
from securos_trigger.validation.masking import MASK
from securos_trigger.validation.mistakes import new_name_problem

IS_CODE: Final = "it is Python code: change it in the configuration file"
IS_REFERENCE: Final = "it is read from a file or from the environment: change it in the configuration file"
CODE_TYPES: Final = frozenset({"function"})
#: Keys that hold a secret; `url` may hold a password.
SECRET_KEYS: Final = frozenset({"iss_password", "password", "token", "tokens", "url"})
#: Keys that look like those of a secret, and hold none.
NO_SECRETS: Final = frozenset({"camera_key", "frame_key", "iss_path", "key_file", "time_key"})
#: Tables whose keys and texts are names of fields and topics.
_TABLES_OF_NAMES: Final = frozenset({"mapping"})
#: Keys that say where a secret is sent, and the keys of such secrets.
_ADDRESSES: Final = (
    (("iss_ip", "iss_port", "iss_scheme", "iss_path"), ("iss_password",), "receiver"),
    (("url", "broker", "host", "address"), ("password", "token"), "device"),
)
#: Keys of a trigger node that say which receiver it sends to, and how that is reached.
RECEIVER_KEYS: Final = frozenset(
    {*_ADDRESSES[0][0], "iss_password", "iss_certificate_sha256", "iss_ca_file", "record_max_lateness"}
)

#: Settings of the whole site that may be changed in a browser, and where they stand.
SITE_SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "time_zone": ("time_zone",),
    "max_size_mb": ("outbox", "max_size_mb"),
}
_CAMERA_DEVICE: Final = re.compile(r"/dev/video\d{1,3}")
_NO_PATHS: Final = frozenset({"iss_path"})
_TYPE_AGAIN: Final = f"Type it again in the place of {MASK}."
_PATH_ENDINGS: Final = ("path", "file", "folder", "model")


def edit_mistakes(
    old: Mapping[str, Any], values: Mapping[str, Any], removes: Iterable[str], *, base: Path, folders: Sequence[Path]
) -> list[Mistake]:
    """Why these values may not be put into a part of the file; `old` is the part as it stands there (empty: new).

    A path must lie in one of `folders`, with relative paths below `base`. Values that stay as they are may be anything.
    """
    kinds = {str(old.get("type", "")), str(values.get("type", ""))}
    if kinds & CODE_TYPES:
        return [Mistake("type", IS_CODE)]
    changed = {key: value for key, value in values.items() if old.get(key) != value or key not in old}
    found = [Mistake(key, IS_REFERENCE) for key, value in changed.items() if _has_reference(value)]
    found += [Mistake(key, IS_REFERENCE) for key in (*changed, *removes) if is_reference(old.get(key))]
    found += _path_mistakes(changed, str(values.get("type", old.get("type", ""))), base, folders)
    found += [
        Mistake(key, f"the secret behind {MASK} is not kept for another server or another name", _TYPE_AGAIN)
        for key, value in changed.items()
        if _is_masked(key, value, old)
    ]
    found += _address_mistakes(old, {**values, **dict.fromkeys(removes)})
    found += _name_mistakes(old, changed)
    return found


def _name_mistakes(old: Mapping[str, Any], changed: Mapping[str, Any]) -> Iterator[Mistake]:
    """The names that are new in a part: its own, and those of its lines and zones. Those of the file may be any."""
    for key in ("id", "name"):
        if isinstance(name := changed.get(key), str):
            yield from name_mistakes(key, [name], is_address=key == "id")
    for key in ("lines", "rois"):
        if isinstance(drawn := changed.get(key), dict):
            yield from new_key_mistakes(key, old.get(key), drawn)


def name_mistakes(place: str, names: Iterable[str], *, is_address: bool) -> Iterator[Mistake]:
    """The mistakes of names that a person gives now, at a place of the part."""
    for name in names:
        if problem := new_name_problem(name, is_address=is_address):
            yield Mistake(place, f'the name "{printable(name[:80])}" {problem}', "Choose another name.")


def new_key_mistakes(place: str, old: object, new: Mapping[str, Any]) -> Iterator[Mistake]:
    """The mistakes of the names in a table that it does not have in the file yet."""
    known = old if isinstance(old, dict) else {}
    yield from name_mistakes(place, [name for name in new if name not in known], is_address=False)


def without_masks(values: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """The values without what stays as it is, as `shown` gave it for the `old` part; a changed address has its secrets.

    Where a secret may not go to the changed address, `MASK` stays in it.
    """
    return {
        key: _with_hidden(value, key, old)
        for key, value in values.items()
        if value == old.get(key) or value != shown(key, old.get(key, MASK))
    }


def _with_hidden(value: Any, key: str, old: Mapping[str, Any]) -> Any:
    before = old.get(key)
    if not (isinstance(value, str) and isinstance(before, str) and MASK in value) or value == before:
        return value
    return with_hidden(value, before, shown(key, before))


def shown(key: str, value: Any) -> Any:
    """A value of the file for a page: a secret as `MASK`, also behind a misspelt key; an address without its own."""
    is_address = isinstance(value, str) and "://" in value
    if key in SECRET_KEYS and not (key == "url" and is_address):
        return MASK if value else value
    if key in _TABLES_OF_NAMES or is_reference(value):
        return value
    if key not in SECRET_KEYS | NO_SECRETS and is_secret_of(key, value):
        return MASK
    match value:
        case dict():
            return own_table_without_secrets(value)
        case list():
            return [shown(key, one) for one in value]
    return without_secrets(key, value) if key == "url" or is_address else value


def _is_masked(key: str, value: Any, old: Mapping[str, Any]) -> bool:
    """Whether a changed address or table has `MASK` in it, and so no secret."""
    if isinstance(value, list | dict):
        return MASK in str(value) and MASK in str(shown(key, old.get(key)))
    if not isinstance(value, str) or MASK not in value:
        return False
    return key == "url" or ("://" in value and MASK in str(shown(key, old.get(key))))


def is_reference(value: object) -> bool:
    """True for `{ file = … }` and `{ env = … }`."""
    if not isinstance(value, dict) or not value:
        return False
    return set(value) <= {"file", "env"} and all(isinstance(one, str) for one in value.values())


def receiver_of(raw: object) -> tuple[str, ...] | None:
    """What names the receiver of a trigger node as it stands in the file; None: it is no such node."""
    if not isinstance(raw, Mapping) or raw.get("type") != TRIGGER_TYPE:
        return None
    return tuple(str(raw.get(key, default)) for key, default in _receiver_defaults().items())


@cache
def _receiver_defaults() -> dict[str, Any]:
    """What names a receiver, with the defaults: the schema takes milliseconds, and a file may have many nodes."""
    known = json_schema()["properties"]
    return {key: known[key].get("default") for key in _ADDRESSES[0][0]}


def is_path_key(key: str, part_type: str = "") -> bool:
    """True for a key that names a file or a folder of this machine, in a part of this type; empty: of any.

    Another part may have a name in a key that is a path elsewhere, as the `device` of an input.
    """
    return key not in _NO_PATHS and (key.endswith(_PATH_ENDINGS) or (key, part_type) in _PATH_KEYS)


def _has_reference(value: object) -> bool:
    if isinstance(value, list):
        return any(map(_has_reference, value))
    return is_reference(value) or (isinstance(value, dict) and any(map(_has_reference, value.values())))


def _path_mistakes(
    changed: Mapping[str, Any], part_type: str, base: Path, folders: Sequence[Path]
) -> Iterator[Mistake]:
    if isinstance(path := changed.get("path"), str) and is_slip_of_no_file(path, base):
        yield Mistake("path", "this looks like an address, not like a file", WHAT_TO_WRITE)
        return
    for key, value in changed.items():
        for name, inner in [(key, value), *(value.items() if isinstance(value, dict) else ())]:
            if (
                is_path_key(name, part_type)
                and not isinstance(inner, list | dict)
                and not _is_allowed(inner, base, folders)
            ):
                fix = "Add its folder to folders in [console]." if not folders else f"Known: {_names(folders)}."
                yield Mistake(key, "a file may be named in the folders of the console only", fix)


def _is_allowed(value: object, base: Path, folders: Sequence[Path]) -> bool:
    if not isinstance(value, str) or "\0" in value or value.startswith("~"):
        return False
    if not value or _CAMERA_DEVICE.fullmatch(value):
        return True
    path = real_path(base / value)
    return any(path.is_relative_to(folder) for folder in folders)


def _names(folders: Sequence[Path]) -> str:
    return ", ".join(map(str, folders))


def _address_mistakes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Mistake]:
    """The secret of one receiver, device or broker must not be sent to another that an editor names."""
    for address_keys, secret_keys, what in _ADDRESSES:
        moved = [key for key in address_keys if old and key in new and not _is_same(new[key], old.get(key))]
        is_kept = any(key in old and not isinstance(new.get(key), str) for key in secret_keys)
        if moved and is_kept:
            yield Mistake(moved[0], f"the {what} is another one now", "Type its password again.")


def _is_same(new: object, old: object) -> bool:
    """True also for a number and its text: a port may stand in the file as either."""
    return new == old or (type(new) in (int, str) and type(old) in (int, str) and str(new) == str(old))


def _path_keys() -> frozenset[tuple[str, str]]:
    """The keys that are paths, each with the type of its part, and with no type."""
    return frozenset(
        (name, of)
        for models in part_models().values()
        for part_type, model in models.items()
        for name, field in model.model_fields.items()
        if field.annotation is Path or Path in get_args(field.annotation)
        for of in (part_type, "")
    )


_PATH_KEYS: Final = _path_keys()


def site_settings(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `SITE_SETTINGS` that a file has, by name; `tables` is what it says as plain data."""
    found = {}
    for key, (*table, last) in SITE_SETTINGS.items():
        inner = tables.get(table[0]) if table else tables
        if isinstance(inner, Mapping) and last in inner:
            found[key] = inner[last]
    return found
