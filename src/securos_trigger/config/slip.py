"""Where the reader of TOML stopped in a file, as the explanations of slips need it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from securos_trigger.validation.masking import is_secret_name

#: What is wrong and how to write it; None: another slip.
Explained = tuple[str, str] | None

#: The header of a table: its opening brackets and its name.
HEADER: Final = re.compile(r"^\s*(\[\[?)\s*([^\[\]#]*?)\s*\]")
_KEY_BEFORE_VALUE: Final = re.compile(r"""(?:^|[{,])\s*["']?([\w.-]+)["']?\s*=\s*$""")
_KEY_OF_OPEN_TEXT: Final = re.compile(r"""(?:^|[{,])\s*([\w.-]+)\s*=\s*["'][^"']*$""")
#: The same behind whole values only, so that no part of a secret is taken for a key.
_KEY_IN_OPEN_TABLE: Final = re.compile(
    r"""^\s*[\w.-]+\s*=\s*{\s*(?:[\w.-]+\s*=\s*(?:"[^"\\]*"|'[^']*'|[\w.+-]+)\s*,\s*)*([\w.-]+)\s*=\s*["'][^"']*$"""
)


@dataclass(frozen=True, slots=True)
class Slip:
    """Where the reader stopped, as the explanations need it: its message, the line before and behind the place."""

    message: str
    text: str
    number: int
    before: str
    behind: str

    @property
    def line(self) -> str:
        return self.before + self.behind

    @property
    def key(self) -> str:
        """The key whose value stands at the place, or `name` when there is none to be seen."""
        inside = (_KEY_IN_OPEN_TABLE if is_secret_name(self.line) else _KEY_OF_OPEN_TEXT).search(self.before)
        found = inside or _KEY_BEFORE_VALUE.search(self.before) or re.match(r"\s*([\w.-]+)\s*=", self.line)
        return found[1] if found else "name"
