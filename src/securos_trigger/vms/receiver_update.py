"""Brings a receiver that is in use to the script of this version, with the settings that stand in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from securos_trigger.errors import ArgumentError
from securos_trigger.errors.wording import sentence
from securos_trigger.system.files import write_together
from securos_trigger.system.near_files import meant_file
from securos_trigger.system.output_file import identity_of
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.write_advice import advice_for
from securos_trigger.vms.bundle import receiver_script, version_in
from securos_trigger.vms.receiver_init import SETTINGS_BLOCK

_CONSTANT: Final = re.compile(r"(?ms)^const (?P<name>[A-Z_]+) = (?P<value>.*?);$(?=\n(?:\n|//|const ))")

#: Defaults of an older version: a setting that still has such a value was not edited, and takes the present default.
_OLD_DEFAULTS: Final = MappingProxyType({"RECORD_PRIORITY": "''"})


@dataclass(frozen=True, slots=True)
class ReceiverUpdate:
    """What became of a receiver script. `kept` are settings that differ from the defaults, `gone` those that ended.

    `copy` is the file as it was, if another script took its place. `is_changed` False: it was the same already.
    """

    path: Path
    copy: Path | None
    old_version: str
    version: str
    kept: tuple[str, ...]
    gone: tuple[str, ...]
    is_changed: bool


def update_script(old: Path, out: Path | None = None, *, is_forced: bool = False) -> ReceiverUpdate:
    """Write the script of this version with the settings of `old`: to `out`, or in its place, with a copy beside it.

    Where it stands there already nothing is written: the copy would be one more file with its token and key.
    ArgumentError: `old` is no script of ours, or a file cannot be read, written, or is there already.
    """
    text = _read(old)
    found, shipped = SETTINGS_BLOCK.search(text), receiver_script().read_text(encoding="utf-8")
    if found is None:
        what = f"{old} is not a receiver of securos-trigger: it lacks the marks around its settings."
        fix = "Make a new one: `securos-trigger receiver init --host HOST`; --token keeps the token of your senders."
        raise ArgumentError("old", f"{what} {fix}")
    settings = _constants(found.group())
    block = SETTINGS_BLOCK.search(shipped)
    assert block is not None, "receiver.js has marks around its settings"
    defaults = _constants(block.group())
    kept = {
        name: value
        for name, value in settings.items()
        if name in defaults and value not in (defaults[name], _OLD_DEFAULTS.get(name))
    }
    gone = tuple(name for name in settings if name not in defaults)
    script = shipped[: block.start()] + _with_values(block.group(), kept) + shipped[block.end() :]
    is_own, is_changed = out is None or identity_of(out) == identity_of(old), script != text
    copy = _write(out or old, script, is_own=is_own, is_forced=is_forced) if is_changed or not is_own else None
    versions = _version(text), _version(shipped)
    return ReceiverUpdate(out or old, copy, *versions, tuple(kept), gone, is_changed=is_changed)


def _constants(block: str) -> dict[str, str]:
    """The settings of a block by name, each as the JavaScript that stands there."""
    return {one["name"]: one["value"] for one in _CONSTANT.finditer(block)}


def _with_values(block: str, values: dict[str, str]) -> str:
    def line(one: re.Match[str]) -> str:
        return f"const {one['name']} = {values.get(one['name'], one['value'])};"

    return _CONSTANT.sub(line, block)


def _version(script: str) -> str:
    return version_in(script) or "unknown"


def _read(old: Path) -> str:
    try:
        return old.read_text(encoding="utf-8-sig")
    except OSError as error:
        fix = meant_file(old, error, ("*.js",), "the script", "Name the file that SecurOS runs, or a copy of it.")
        raise ArgumentError("old", f"{old} cannot be read: {reason_of(error)}. {fix}".rstrip()) from error
    except UnicodeDecodeError:
        raise ArgumentError("old", f"{old} is not a script: it is not UTF-8 text.") from None


def _write(path: Path, script: str, *, is_own: bool, is_forced: bool) -> Path | None:
    """Write the script; gives the copy of what stood there, if that was the script that is updated."""
    if not is_own and path.exists() and not is_forced:
        raise ArgumentError("out", f"There is a file {path} already. Choose another name, or replace it with --force.")
    names = (f"{path.name}.before{number}" for number in ("", *(f"-{count}" for count in range(2, 1000))))
    copy = next(one for name in names if not (one := path.with_name(name)).exists()) if is_own else None
    try:
        kept = {} if copy is None else {copy: path.read_bytes()}
        write_together({**kept, path: script.encode("utf-8")})
    except OSError as error:
        fix = sentence(advice_for(error, path))
        raise ArgumentError("out", f"{path} cannot be written: {reason_of(error)}. {fix}") from error
    return copy
