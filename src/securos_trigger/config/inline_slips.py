"""Slips inside a table `{ … }` or a list `[ … ]` of one line: a comma, a quote or a bracket too few or too many.

No text of this module repeats a value: names of settings stand in it, and only those that the reader has understood.
"""

from __future__ import annotations

import re
from typing import Final

from securos_trigger.config.slip import Explained, Slip
from securos_trigger.validation.masking import is_secret_name

_NAME: Final = r"""(?:[\w-]+|"[\w.-]+"|'[\w.-]+')"""
_TEXT: Final = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*')"""
_VALUE: Final = rf"(?:{_TEXT}|\[(?:[^\[\]]|\[[^\[\]]*\])*\]|{{[^{{}}]*}}|[^,;{{}}\[\]\s\"']+)"
_SETTING: Final = re.compile(rf"\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*=\s*({_VALUE})\s*(,?)")
_NEXT_SETTING: Final = re.compile(rf"({_NAME})\s*[=:](?![=/])")
_PIECE: Final = re.compile(rf"{_TEXT}|[\[\]{{}}]")
#: A text that took the next name along: the quote that closes it is missing.
_ATE_NAME: Final = re.compile(rf",\s*{_NAME}\s*=\s*[\"']$")
_SETTINGS: Final = re.compile(rf"[(\[]?\s*{_NAME}\s*=(?!=)")
_TABLES: Final = ("source", "sink")


def inline_slip(slip: Slip) -> Explained:
    """Explain a slip inside `{ … }` or `[ … ]`, or around it; None: the place is in none of them."""
    if slip.message == "Unclosed inline table":
        return _in_table(slip)
    if slip.message == "Unclosed array":
        return _in_list(slip)
    if slip.message.startswith("Duplicate inline table key"):
        return "a setting is there twice in this table { … }", "Keep one of them."
    if slip.message.startswith("Expected '=' after a key") and slip.behind.lstrip().startswith("{"):
        return "there is no = before the {", f"Write {slip.before.strip() or 'name'} = {{ … }}."
    if slip.message == "Invalid initial character for a key part":
        return _no_name(slip)
    return _no_value(slip) if slip.message == "Invalid value" else None


def _no_name(slip: Slip) -> Explained:
    behind, before = slip.behind.lstrip(), slip.before.rstrip()
    if behind.startswith("}"):
        return "there is a comma before the }", "Remove the last comma."
    if behind.startswith(",") and before.endswith((",", "{")):
        return "there is one comma too many", "Remove it."
    if "{" in slip.before and (not behind or behind.startswith("#")):
        return "the table { … } does not end on its line", "Write { … } on one line, or as a [table] of its own."
    return None


def _no_value(slip: Slip) -> Explained:
    behind = slip.behind.lstrip()
    opened = _opened(slip.before)
    inside = opened[0] if opened else ""
    if behind[:1] in ("}", ",", "]") and inside == "{":
        return "the value is missing", f"Write {slip.key} = value."
    if behind.startswith(",") and inside == "[":
        return "there is one comma too many", "Remove it."
    if _SETTINGS.match(behind) and _is_table(slip, behind):
        return "several settings need braces around them", f"Write {slip.key} = {{ name = value, name = value }}."
    if inside == "[" and re.match(r"[A-Za-z]", behind) and not re.match(r"(?:true|false)\b", behind, re.IGNORECASE):
        return "a value of the list is neither a number nor a text in quotes", f'Write {slip.key} = ["…", "…"].'
    return None


def _is_table(slip: Slip, behind: str) -> bool:
    has_more = behind.rstrip().endswith("}") or re.search(rf",\s*{_NAME}\s*=(?!=)", behind)
    return bool(has_more) or slip.key in _TABLES


def _in_table(slip: Slip) -> tuple[str, str]:
    behind, (key, value) = slip.behind.lstrip(), _last_setting(slip.before)
    if behind[:1] in ("]", ")"):
        return f'the table {{ … }} ends with a "{behind[0]}"', f'Write }} in place of "{behind[0]}".'
    if behind.startswith(";"):
        return 'there is a ";" between two settings', 'Write a comma in place of ";".'
    if not behind or behind.startswith("#"):
        if _goes_on(slip):
            return "the table { … } does not end on its line", "Write { … } on one line, or as a [table] of its own."
        return "the table { … } has no } at its end", "Write the } after the last value, on the same line."
    has_secret = is_secret_name(key) or (not key and is_secret_name(slip.line))  # what stands there may be a part of it
    if (following := _NEXT_SETTING.match(behind)) and has_secret:
        return "there is no comma before the next setting", "Put a comma between two settings, and a } at the end."
    if following:
        name = following[1].strip("\"'")
        return f"there is no comma before {name}", f"Write {{ {key or 'name'} = …, {name} = … }}."
    if key and _ATE_NAME.search(value):
        return f"the text of {key} has no closing quote", f'Write {key} = "…", a quote at both ends.'
    if key and value[:1] in ('"', "'") and value[0] in behind:
        kind, other = ("double", "'") if value[0] == '"' else ("single", '"')
        what = f"the text of {key} ends at its second {kind} quote"
        fix = f"{other}…{value[0]}…{value[0]}…{other}" if kind == "double" else f"{other}…{value[0]}…{other}"
        return what, f"Put the whole text in {'single' if kind == 'double' else 'double'} quotes: {key} = {fix}."
    return "the table { … } is not closed here", "Put a comma between two settings, and a } at the end."


def _in_list(slip: Slip) -> tuple[str, str]:
    behind, before = slip.behind.lstrip(), slip.before.rstrip()
    if behind[:1] in ("}", ")"):
        return f'the list [ … ] ends with a "{behind[0]}"', f'Write ] in place of "{behind[0]}".'
    if behind.startswith(";"):
        return 'there is a ";" between two values', 'Write a comma in place of ";".'
    if re.search(r""",\s*(["'])$""", before) and re.match(r"\w", behind):
        return "a text of the list has no closing quote", 'Write each text as "…", a quote at both ends.'
    return "the list [ … ] is not closed here", "Put a comma between two values, and a ] at the end."


def _goes_on(slip: Slip) -> bool:
    """Whether a line below closes what is open at the end of this one, with a setting or a brace before any header."""
    for line in slip.text.split("\n")[slip.number :]:
        code = line.partition("#")[0].strip()
        if code.startswith(("}", ",")) or (code.endswith("}") and "{" not in code):
            return True
        if code.startswith("[") or "{" in code:
            return False
    return False


def _opened(before: str) -> re.Match[str] | None:
    """The innermost bracket, `{` or `[`, that is open at the end of a part of a line; None: there is none."""
    opened: list[re.Match[str]] = []
    for piece in _PIECE.finditer(before):
        if piece[0] in "{[":
            opened.append(piece)
        elif piece[0] in "}]" and opened:
            opened.pop()
    return opened[-1] if opened else None


def _last_setting(before: str) -> tuple[str, str]:
    """Name and value of the last setting in the table that is open at the end of a part of a line; "": not found."""
    opened, found = _opened(before), ("", "")
    place = opened.end() if opened else len(before)
    while setting := _SETTING.match(before, place):
        place, found = setting.end(), (setting[1], setting[2])
    return found if not before[place:].strip() else ("", "")
