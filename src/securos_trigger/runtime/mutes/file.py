"""The file of mutes, beside the outbox. Commands write it, also while the service is down; the service reads it."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from securos_trigger.runtime.mutes.mute import Mute, mute_of
from securos_trigger.system.boot_clock import Instant
from securos_trigger.system.file_stamps import FileStamp
from securos_trigger.system.files import write_whole
from securos_trigger.system.locks import lock_for_change
from securos_trigger.system.platform import give_to_owner_of, replace

_VERSION: Final = 1
_MAX_BYTES: Final = 1024 * 1024


class MuteFile:
    """The mutes of one outbox. One process changes it at a time; every read finds it whole."""

    def __init__(self, outbox: Path) -> None:
        self.path = outbox.with_name(f"{outbox.stem}.mutes.json")
        self._outbox = outbox

    def stamp(self) -> FileStamp | None:
        """Another value after each change of the file; None: there is none. OSError: it cannot be looked at."""
        try:
            return FileStamp.of(self.path)
        except FileNotFoundError:
            return None

    def read(self) -> tuple[Mute, ...]:
        """Every mute in the file, over or not. ValueError: the file is damaged. OSError: it cannot be read."""
        try:
            with self.path.open("rb") as file:
                content = file.read(_MAX_BYTES + 1)
        except FileNotFoundError:
            return ()
        if len(content) > _MAX_BYTES:
            raise ValueError("it is too large")
        try:
            whole = json.loads(content)
            if whole["version"] != _VERSION:
                raise ValueError(f"it is of version {whole['version']!r:.20}")
            return tuple(mute_of(fields) for fields in whole["mutes"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"it does not hold mutes ({type(error).__name__}: {str(error)[:100]})") from None

    def change(self, now: Instant, changed: Callable[[Sequence[Mute]], Sequence[Mute]]) -> None:
        """Replace the mutes that are not over by `changed` of them. A damaged file counts as empty, and is renamed.

        TimeoutError when another process holds the lock, OSError when the disk does not take it.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with lock_for_change(self.path):
            try:
                known = self.read()
            except ValueError:
                known = ()
                replace(self.path, self.path.with_name(f"{self.path.name}.damaged"))
            going_on = tuple(mute.counted_again(now) for mute in known if mute.left_at(now) > 0)
            self._write(changed(going_on))
            self._give_to_owner()

    def _write(self, mutes: Sequence[Mute]) -> None:
        new = {"version": _VERSION, "mutes": [mute.to_json() for mute in mutes]}
        try:
            write_whole(self.path, json.dumps(new, indent=2, ensure_ascii=False))
        except OSError as error:
            if mutes or error.errno != errno.ENOSPC:
                raise
            self.path.unlink(missing_ok=True)  # no mute is left: that can be said on a full disk, too

    def _give_to_owner(self) -> None:
        """Give files that root made to the owner of the outbox, who runs the service and must read them."""
        model = self._outbox if self._outbox.exists() else self._outbox.parent
        files = self.path, self.path.with_name(f"{self.path.name}.lock")
        give_to_owner_of(model, *(file for file in files if file.exists()))
