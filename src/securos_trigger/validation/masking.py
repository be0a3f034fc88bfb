"""Keeps secrets out of what is shown: of a configuration's line, the value of every key that looks like a secret's.

It works on text that is not valid TOML, so it rather hides too much: everything behind such a key is hidden to the end
of the line, and further where the value goes on. Of an address with a login the login is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

#: Stands for what is hidden.
MASK: Final = "***"

# Parts of names, also of misspelt ones (iss_pasword, tokn). A camera's address may hold a password.
_SECRET_PART: Final = r"(?:pas|pwd|psw|tok|secret|cred|auth|key|url|iss_p(?!ort))"
_QUOTE: Final = "[\"'`“”„‘’«»]?"
_LOGIN: Final = r"(?<=://)[^\n]*@"
_CLOSING: Final = {'"""': '"""', "'''": "'''", "[": "]", "{": "}"}


def is_secret_name(name: str) -> bool:
    """Whether a setting of this name may hold a secret: `iss_password`, `token`, `url` …"""
    return re.search(_SECRET_PART, name, re.IGNORECASE) is not None


def without_login(text: str) -> str:
    """Hide the user name and the password of an address in `text`, and what looks like a secret in its query."""
    return _secret_parameter().sub(rf"\g<1>{MASK}", re.sub(r"(?<=://)[^\n]*@|^[^\s/]*@", f"{MASK}@", text))


@cache
def _secret_parameter() -> re.Pattern[str]:
    """A parameter in the query of an address whose value may be a secret, also one with a name in percent signs."""
    name = rf"[^\s=&;?#]*(?:{_SECRET_PART}|sig|%)[^\s=&;?#]*"
    return re.compile(rf"([?&;#]{name}=)[^\s&;#\"']+", re.IGNORECASE)


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
    return re.compile(
        rf"(?:(?:^\s*|[{{,.]\s*){_QUOTE}[\w-]*{_SECRET_PART}[\w-]*{_QUOTE}|{_SECRET_PART}[\w-]*{_QUOTE}(?=\s*[=:]))"
        r"[ \t]*[=:]*[ \t]*",
        re.IGNORECASE | re.MULTILINE,
    )


def _secret_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where in `text` secrets may stand: offsets of the first character and of the one behind the last."""
    for key in _secret_key().finditer(text):
        yield key.end(), _end_of_value(text, key.end())
    for login in re.finditer(_LOGIN, text):
        yield login.span()


def _end_of_value(text: str, start: int) -> int:
    """Where the value that starts at `start` ends: at the end of its line, or where its brackets or quotes close."""
    value = start + len(text[start:]) - len(text[start:].lstrip())
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
