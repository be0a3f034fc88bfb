"""Recognises a file that is no configuration: JSON, YAML, a merge conflict, or the file of a token named by mistake."""

from __future__ import annotations

import re
from typing import Final

#: What is said of a file in which nothing looks like a setting or a table, and how to go on.
NO_CONFIGURATION: Final = (
    "this is not a configuration: it has no setting and no table. Its lines are not shown, because one may be a secret",
    "Name the configuration file. docs/configuration.md shows how it is written.",
)
_TABLE_OR_SETTING: Final = re.compile(r"^\s*\[+\s*[\w\"'][^\]\n]*\]|^\s*[\w.\"'-]+[ \t]+=|[\w\"'][ \t]*=[ \t]+\S", re.M)


def is_configuration(text: str) -> bool:
    """Whether anything in the text looks like TOML: a table, or a setting with a space beside its `=`.

    A secret has no spaces, and one in Base64 ends with `=`: without the space it would look like the name of a setting.
    """
    return _TABLE_OR_SETTING.search(text) is not None


def other_language(text: str, line: str) -> tuple[str, str] | None:
    """What is wrong and how to fix it, where `line` of the text is of another language; None: it is not."""
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "two versions of the file were merged, and the conflict is not resolved", "Keep one of the two parts."
    if re.match(r"\s*(//|;|--(?!-)|/\*|REM\b)", line):
        return "a comment does not begin like this", "A comment begins with #."
    first = next((one for one in text.split("\n") if one.strip()), "")
    if line == first and re.match(r"\s*(\{|\[\s*$|\[\s*\{)", first):
        return "this is JSON, and TOML is expected", "docs/configuration.md shows how it is written."
    if line == first and re.match(r"\s*(---\s*$|[\w-]+:\s*$)", first):
        return "this is YAML, and TOML is expected", "docs/configuration.md shows how it is written."
    return None
