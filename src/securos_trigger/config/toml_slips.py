"""Says in plain words what is wrong with a file that is not TOML, and how to write it.

The standard library's reader says where it stopped and what it expected there; what a person did is mostly one of a
few slips: a quote too few or too many, a backslash, a missing `=`, a table that stands twice. No text of this module
repeats a value.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from securos_trigger.config.inline_slips import inline_slip
from securos_trigger.config.other_files import NO_CONFIGURATION, is_configuration, other_language
from securos_trigger.config.slip import HEADER, Explained, Slip
from securos_trigger.config.twice_slips import first_wrong_header, twice_slip
from securos_trigger.errors import Mistake
from securos_trigger.validation.masking import is_lone_secret, is_secret_name, shown_line

_CURLY_QUOTES: Final = "“”„‟‘’‚‛«»′″"
# Characters that look like an ordinary one, or like nothing: they come with text that was copied from a page.
_LOOK_ALIKES: Final = MappingProxyType(
    {
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f\u3000", ("an unusual kind of space", "Type it again.")),
        **dict.fromkeys(
            "\u200b\u200c\u200d\u2060\ufeff", ("an invisible character", "Delete it, or type the line again.")
        ),
        **dict.fromkeys("‐‑‒–—−", ("a dash that is not a minus sign", "Write -.")),
        **dict.fromkeys("＝＂，．", ("a full-width character", "Write it with the keyboard set to English.")),
    }
)
_TRUTHS: Final = MappingProxyType(dict.fromkeys(("yes", "on"), "true") | dict.fromkeys(("no", "off"), "false"))


def form_mistake(text: str, error: tomllib.TOMLDecodeError) -> Mistake:
    """Make a mistake of what is not TOML: its line with a caret and without secrets, and how to fix it."""
    found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    message = re.sub(r" \(at .*\)$", "", str(error))
    number, column = (int(found[1]), int(found[2])) if found else _last_place(text, message)
    if message == "Cannot overwrite a value" and column == 1 and number > 1:  # it stopped behind the line end
        number, column = number - 1, len(text.split("\n")[number - 2])
    if (first := first_wrong_header(text, number, message)) is not None:
        return Mistake(f"line {first[0]}", f"{first[1]}\n{shown_line(text, first[0], 1)}", first[2])
    line = text.split("\n")[number - 1].rstrip("\r")
    if is_lone_secret(line):
        what = "there is only one long word here; it is not shown, because it may be a password"
        return Mistake(f"line {number}", what, "Is this the file of a token? Then name the configuration file.")
    slip = Slip(message, text, number, line[: column - 1], line[column - 1 :])
    what, fix = next(explained for explain in _EXPLANATIONS if (explained := explain(slip)) is not None)
    if not is_configuration(text):  # each of its lines may be a secret: the file of a token, a private key
        return Mistake(f"line {number}", what, fix)
    return Mistake(f"line {number}", f"{what}\n{shown_line(text, number, column)}", fix)


def _last_place(text: str, message: str) -> tuple[int, int]:
    """Where to point when the reader came to the end of the text: at what was opened and not closed, if it is found."""
    lines = text.split("\n")
    wanted = {"Unterminated string": ('"""', '"'), 'Expected "\'"': ("'",), "Expected \"'''\"": ("'''",)}
    marks = {"Unclosed array": ("[",), "Unclosed inline table": ("{",), **wanted}.get(message, ())
    for mark in marks:
        for number in range(len(lines), 0, -1):
            line = lines[number - 1]
            if mark in line and (mark not in ('"', "'") or line.count(mark) % 2):
                is_value = re.search(rf"=\s*{re.escape(mark)}", line)
                return number, (is_value.end() if is_value else line.rindex(mark) + 1)
    number = next((number for number in range(len(lines), 0, -1) if lines[number - 1].strip()), 1)
    return number, len(lines[number - 1].rstrip()) + 1


def _curly_quotes(slip: Slip) -> Explained:
    if not any(quote in slip.line for quote in _CURLY_QUOTES):
        return None
    is_value_in_them = re.search(rf"(?:^|[={{,\[])\s*[{_CURLY_QUOTES}]", slip.line)
    if not is_value_in_them:
        return None
    return "curly quotes stand around a text", f'Write straight ones: {slip.key} = "…".'


def _look_alike(slip: Slip) -> Explained:
    sign = slip.behind[:1] or slip.before[-1:]
    if slip.message.startswith("Invalid value"):
        sign = next((one for one in slip.behind.split("#")[0] if one in _LOOK_ALIKES), sign)
    return (f"there is {_LOOK_ALIKES[sign][0]}", _LOOK_ALIKES[sign][1]) if sign in _LOOK_ALIKES else None


def _other_file(slip: Slip) -> Explained:
    return other_language(slip.text, slip.line) or (None if is_configuration(slip.text) else NO_CONFIGURATION)


def _number(slip: Slip) -> Explained:
    """A number as it is written elsewhere: 0,4 and .4 and 5 min and 007."""
    if is_secret_name(slip.line):
        return None
    value = slip.line.partition("#")[0].partition("=")[2].strip()
    if found := re.fullmatch(r"(-?\d*),(\d+)", value):
        return "a number is written with a point, not a comma", f"Write {slip.key} = {found[1] or 0}.{found[2]}."
    if found := re.fullmatch(r"([+-]?)(\d*)\.(\d*)", value):
        number = f"{found[1]}{found[2] or 0}.{found[3] or 0}"
        return "a number has digits on both sides of its point", f"Write {slip.key} = {number}."
    if found := re.fullmatch(r"0+(\d+)", value):
        text = f', or {slip.key} = "{value}" if it is a text'
        return "a number does not begin with 0", f"Write {slip.key} = {found[1]}{text}."
    if found := re.fullmatch(r"(\d[\d.]*)\s*(%|[A-Za-z]{1,7}\.?)", value):
        number = f"{float(found[1]) / 100:g}" if found[2] == "%" and found[1].count(".") < 2 else found[1]
        return "a number has no unit after it", f"Write {slip.key} = {number}, in the unit of the setting."
    return None


def _backslash(slip: Slip) -> Explained:
    if slip.message == "Invalid hex value" or slip.message.startswith("Unescaped '\\'"):
        what = "a backslash in double quotes begins a code such as \\n, and this is not one"
        return what, f"Write the text in single quotes: {slip.key} = '…'. In a path / works, too."
    return None


def _no_closing_quote(slip: Slip) -> Explained:
    if slip.message in ("Illegal character '\\n'", "Illegal character '\\r'"):
        return "the text has no closing quote", f'Write {slip.key} = "…", both quotes on one line.'
    if slip.message in ("Found invalid character '\\n'", "Found invalid character '\\r'"):
        return "the text has no closing quote", f"Write {slip.key} = '…', both quotes on one line."
    if slip.message in ("Unterminated string", 'Expected "\'"', "Expected \"'''\""):
        return (
            "the text that begins here has no closing quote",
            "Write the closing quote, the same as the opening one.",
        )
    return None


def _quotes_inside_quotes(slip: Slip) -> Explained:
    if slip.message not in ("Expected newline or end of document after a statement",):
        return None
    before = slip.before.rstrip()
    quote = before[-1:]
    is_behind_text = quote in ('"', "'") and before.count(quote) >= 2
    if not is_behind_text or not (quote in slip.behind or re.match(r"\s*\w", slip.behind)):
        return None
    if "#" in slip.behind and quote not in slip.behind.partition("#")[0]:
        return None
    if quote == '"':
        return (
            "the text ends at its second double quote",
            f"Put the whole text in single quotes: {slip.key} = '…\"…\"…'.",
        )
    return "the text ends at its second single quote", f'Put the whole text in double quotes: {slip.key} = "…\'…".'


def _behind_a_value(slip: Slip) -> Explained:
    if slip.message != "Expected newline or end of document after a statement":
        return None
    if HEADER.match(slip.line):
        return (
            "the header of a table has too few or too many brackets",
            "Write [table] or [[table]], alone on its line.",
        )
    sign = slip.behind.strip()[:1]
    if sign in (",", ";", "}", "]", ")"):
        return f'there is a "{sign}" after the value', f'Leave the "{sign}" out.'
    if re.search(r"=\s*[\d.+-]+$", slip.before):
        return "this is not a number", f'Write a number as 5 or 0.5, and a text in quotes: {slip.key} = "…".'
    return "there is more text after the value", "Write one setting on each line; a comment begins with #."


def _no_quotes(slip: Slip) -> Explained:
    if slip.message != "Invalid value":
        return None
    word = re.match(r"[\w./\\:+-]*", slip.behind)
    assert word is not None
    if word[0].lower() in ("true", "false"):
        return f"{word[0].lower()} is written in small letters", f"Write {slip.key} = {word[0].lower()}."
    if (truth := _TRUTHS.get(word[0].lower())) is not None:
        return "an on/off setting is true or false", f"Write {slip.key} = {truth}."
    if word[0].lower() in ("none", "null", "nil"):
        return "TOML has no null", "Remove the line."
    if slip.behind[:1] == "=":
        return "there is one = too many", f"Write {slip.key} = value."
    if not slip.behind.strip() or slip.behind.lstrip().startswith("#"):
        return "the value is missing", f"Write {slip.key} = value, on one line."
    return "the value is neither a number nor a text in quotes", f'Write {slip.key} = "…".'


def _no_equals_sign(slip: Slip) -> Explained:
    if not slip.message.startswith("Expected '=' after a key"):
        return None
    if slip.behind.lstrip().startswith(":"):
        return 'there is a ":" between name and value', "Write name = value."
    return "there is no = between name and value", "Write name = value; a name has no space in it."


def _head(slip: Slip) -> Explained:
    if slip.message.startswith(("Expected ']'", "Expected ']]'")) or slip.line.lstrip().startswith("["):
        return (
            "the header of a table has too few or too many brackets",
            "Write [table] or [[table]], alone on its line.",
        )
    return None


def _any(slip: Slip) -> tuple[str, str]:
    if slip.message in ("Invalid statement", "Invalid initial character for a key part"):
        return (
            "the name of a setting cannot begin like this",
            "Write name = value. A name has the letters a to z, digits, - and _.",
        )
    if slip.message.startswith("Illegal character"):
        return "there is a character that cannot be shown", "Remove it."
    return slip.message[:1].lower() + slip.message[1:], ""


_EXPLANATIONS: Final[tuple[Callable[[Slip], Explained], ...]] = (
    _other_file,
    _curly_quotes,
    _look_alike,
    _number,
    _backslash,
    inline_slip,
    _no_closing_quote,
    _quotes_inside_quotes,
    _behind_a_value,
    _no_quotes,
    _no_equals_sign,
    twice_slip,
    _head,
    _any,
)
