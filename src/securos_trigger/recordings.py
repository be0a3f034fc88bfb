"""Deprecated: the address of `securos_trigger.metadata` before version 0.2.0, kept so that older programs go on."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if not TYPE_CHECKING:  # a type checker shows the new address

    def __getattr__(name: str) -> object:
        from securos_trigger.metadata import recordings

        found = getattr(recordings, name)
        if not name.startswith("_"):
            moved = f"securos_trigger.recordings has moved: import {name} from securos_trigger.metadata.recordings"
            warnings.warn(moved, DeprecationWarning, stacklevel=2)
        return found
