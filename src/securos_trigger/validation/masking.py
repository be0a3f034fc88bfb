"""Keeps secrets out of what is shown: of a configuration's line, the value of every key that looks like a secret's.

It works on text that is not valid TOML, so it rather hides too much: everything behind such a key is hidden to the end
of the line, and further where the value goes on. Of an address with a login the login is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final
from urllib.parse import unquote

#: Stands for what is hidden.
MASK: Final = "***"

# Parts of names, also of misspelt ones (iss_pasword, tokn). A camera's address may hold a password.
_SECRET_PART: Final = r"(?:pas|pwd|psw|tok|secret|cred|auth|key|url|iss_p(?!ort))"
_QUOTE: Final = "[\"'`“”„‘’«»]?"
# The longest name of a setting, and the longest gap before it, that are looked for: text comes from browsers, too.
_MOST: Final = 100
_CLOSING: Final = {'"""': '"""', "'''": "'''", "[": "]", "{": "}"}


def is_secret_name(name: str) -> bool:
    """Whether a setting of this name may hold a secret: `iss_password`, `token`, `url` …"""
    return re.search(_SECRET_PART, name, re.IGNORECASE) is not None


def without_login(text: str) -> str:
    """Hide the user name and the password of an address in `text`, and what looks like a secret in its query."""
    shown, done = "", 0
    for start, end in _logins(text):
        shown, done = f"{shown}{text[done:start]}{MASK}@", end
    shown = re.sub(r"^[^\s/]*@", f"{MASK}@", shown + text[done:])
    return re.sub(r"([?&;#/])([^\s=&;?#/]+)=([^\s&;#\"'=][^\s&;#\"']*)", _shown_parameter, shown)


def _shown_parameter(found: re.Match[str]) -> str:
    before, name, value = found.groups()
    return f"{before}{name}={MASK if is_secret_parameter(name) else value}"


def is_secret_parameter(name: str) -> bool:
    """Whether a parameter of this name in the query of an address may hold a secret: `access_token`, `X-Amz-Signature`.

    A name in percent signs is read as it is meant. (The console has the same rule: `static/shared/secrets.js`; a test
    compares both, word by word.)
    """
    plain = unquote(name)
    words = re.split(r"[^A-Za-z]+|(?<=[a-z])(?=[A-Z])", plain)
    return "%" in plain or "\ufffd" in plain or any(_secret_word().search(word) for word in words)


@cache
def _secret_word() -> re.Pattern[str]:
    """A word that names a secret, also misspelt; not `author`, `compass`, `monkey`, `passive` or `signal`."""
    begins = r"^(?:pas(?!sive|sage|t$)|pwd|psw|tok|secret|cred|auth(?!ors?$)|key(?!frame|board|word)|url|sig(?!nal))"
    return re.compile(
        rf"{begins}|(?:passw?(?:or)?[dt]|pwd|token|secret|sig(?:nature)?|(?:api|access|auth|private|session|shared)key)$",
        re.I,
    )


def shown_line(text: str, number: int, column: int) -> str:
    """The line `number` of `text` with its secrets hidden, and below it a caret at `column` (both count from 1)."""
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: number - 1])
    line = lines[number - 1].rstrip("\r")
    shown, caret, done = "", None, 0
    for span_start, span_end in _joined(_secret_spans(text)):
        first, last = max(span_start - start, done), min(span_end - start, len(line))
        if first >= last:
            continue
        if caret is None and column - 1 < first:
            caret = len(shown) + max(column - 1 - done, 0)
        shown += line[done:first]
        if caret is None and column - 1 < last:
            caret = len(shown)
        shown, done = shown + MASK, last
    if caret is None:
        caret = len(shown) + max(column - 1 - done, 0)
    shown += line[done:]
    window = max(0, caret - 60)
    return f"    {shown[window : window + 100]}\n    {' ' * (caret - window)}^".replace("\t", " ")


@cache
def _secret_key() -> re.Pattern[str]:
    """A key whose value may be a secret, with what stands between them. Compiled at its first use: it takes a while."""
    gap, rest = f"{{0,{_MOST}}}", rf"[\w-]{{0,{_MOST}}}"
    return re.compile(
        rf"(?:(?:^[ \t]{gap}|[{{,.]\s{gap}){_QUOTE}{rest}{_SECRET_PART}{rest}{_QUOTE}"
        rf"|{_SECRET_PART}{rest}{_QUOTE}(?=\s{gap}[=:]))[ \t]*[=:]*[ \t]*",
        re.IGNORECASE | re.MULTILINE,
    )


def _secret_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where in `text` secrets may stand: offsets of the first character and of the one behind the last."""
    for key in _secret_key().finditer(text):
        end = _end_of_value(text, key.end())
        yield key.end(), end
        if end == len(text):
            break
    yield from _logins(text)


def _logins(text: str) -> Iterator[tuple[int, int]]:
    """Where logins of addresses stand in `text`: in each line from the first `://` to its last `@`."""
    start = 0
    for line in text.split("\n"):
        scheme, last = line.find("://"), line.rfind("@")
        if scheme >= 0 and scheme + 3 <= last:
            yield start + scheme + 3, start + last + 1
        start += len(line) + 1


def _end_of_value(text: str, start: int) -> int:
    """Where the value that starts at `start` ends: at the end of its line, or where its brackets or quotes close."""
    space = re.compile(r"\s*").match(text, start)
    value = space.end() if space else start
    end_of_line = text.find("\n", value)
    end_of_line = len(text) if end_of_line < 0 else end_of_line
    opening = next((word for word in _CLOSING if text.startswith(word, value)), None)
    if opening is None:
        return end_of_line
    closing = text.find(_CLOSING[opening], value + len(opening))
    return len(text) if closing < 0 else max(end_of_line, closing)


def _joined(spans: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same characters as spans that do not overlap, in order."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
