"""Reads a configuration file: TOML in, settings out, or every mistake at once with its line. And writes it back.

Read `settings` first: the values that the rest gets. Then `reader` (the tables), `pipelines` (their parts), `places`
(lines and words for a mistake), and `editing` (a change that keeps comments and layout). `hot_reload` lists what needs
a restart. Knows the settings of every part, and runs none of them: a check takes a fraction of a second.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

__all__: list[str] = []

if not TYPE_CHECKING:  # a type checker shows the new address

    def __getattr__(name: str) -> object:
        """Give `read_config` at its address before version 0.2.0, with a warning."""
        if name != "read_config":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from securos_trigger.config.reader import read_config

        moved = "securos_trigger.config.read_config has moved: import read_config from securos_trigger.config.reader"
        warnings.warn(moved, DeprecationWarning, stacklevel=2)
        return read_config
