"""Keeps secrets out of what is shown: of a configuration's line, the value of every key that looks like a secret's.

It works on text that is not valid TOML, so it rather hides too much: everything behind such a key is hidden to the end
of the line, and further where the value goes on. Of an address with a login the login is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final
from urllib.parse import unquote

#: Stands for what is hidden.
MASK: Final = "***"

# Parts of names, also of misspelt ones (iss_pasword, tokn). A camera's address may hold a password.
_SECRET_PART: Final = r"(?:pas|pwd|psw|tok|secret|cred|auth|key|url|iss_p(?!ort))"
_QUOTE: Final = "[\"'`“”„‘’«»]?"
#: A part of a path of 12 characters or more, letters and digits, is rather a key than a name (`/live/Ab3dE5gH7jK9`).
_KEY: Final = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{12,}(?![A-Za-z0-9])")
# The longest name of a setting, and the longest gap before it, that are looked for: text comes from browsers, too.
_MOST: Final = 100
# One long word, bare or in quotes, then with a digit or a capital: in quotes it may be a text of a list.
_LONE: Final = re.compile(r"""[^\s=\[\]{}"'#,:]{12,}={0,2}|["'](?=.*[A-Z0-9])[\w+/.-]{16,}=*["']?""")
# Words for a password in other languages, in a name; English ones stand in `_secret_word`.
_OTHER_LANGUAGES: Final = (
    "contrase(?:n|ñ)|senha|motdepasse|kennwort|wachtwoord|hasło|haslo(?![a-z])|heslo|geslo|lozinka|jelsz[oó]|salasana"
    "|l[oö]senord|adgangskode|[sş]ifre|parool|parol|парол|密码|密碼|パスワード|비밀번호"
)
# Words for a secret, each a whole name.
_PLAIN_WORD: Final = (
    "pass(?:word|wd|wort|phrase|code)?|pwd|psw|secret|psk|bearer|otp|authorization|session(?:id)?"
    f"|(?:access[_-]?)?token|(?:x[_-])?(?:api[_-]?key|auth[_-]?token)|{_OTHER_LANGUAGES}"
)
_CLOSING: Final = {'"""': '"""', "'''": "'''", "[": "]", "{": "}"}


def is_secret_name(name: str) -> bool:
    """Whether a setting of this name may hold a secret: `iss_password`, `token`, `url` …"""
    return re.search(_SECRET_PART, name, re.IGNORECASE) is not None


def is_lone_secret(line: str) -> bool:
    """Whether a line is one long word, as a token that stands without the name of its setting."""
    return _LONE.fullmatch(line.strip()) is not None


def without_keys(path: str) -> str:
    """Hide each part of an address's path that is rather a key than a name."""
    return _KEY.sub(MASK, path)


def without_login(text: str) -> str:
    """Hide the user name and the password of an address in `text`, and each value of a parameter that may be a secret.

    A parameter is a name before `=`: in the query, the fragment or the path, in an address within an address, also in
    percent signs (`%3D`), and behind another value, as video recorders have it (`user=admin_password=…_channel=1`).
    A plain word for a secret counts before `:` and as a part of an address's path, too: `password: …`, `/password/…`.
    """
    shown = _hidden(text, _logins(text), f"{MASK}@")
    shown = re.sub(r"^[^\s/]*@", f"{MASK}@", shown)
    return _hidden(shown, _joined([*_secret_values(shown), *_behind_colons(shown)]), MASK)


def _hidden(text: str, spans: Iterable[tuple[int, int]], mask: str) -> str:
    """Put `mask` in the place of each span of `text`; they stand in order and do not overlap."""
    shown, done = [], 0
    for start, end in spans:
        shown += [text[done:start], mask]
        done = end
    return "".join([*shown, text[done:]])


def _secret_values(text: str) -> Iterator[tuple[int, int]]:
    """Where values of parameters that may be secrets stand in `text`. (The console: `secrets.js`, with one test.)"""
    before, start, done, is_address = "", 0, 0, False
    for found in _separator().finditer(text):
        begin, was_before = start, before
        name = text[max(begin, done) : found.start()]
        before, start = found[0], found.end()
        is_address = not before.isspace() and (is_address or text[max(begin - 3, 0) : begin] == "://")
        if found.start() < done or not name:
            continue
        # The value only of a secret's name: to look for the end of each takes the square of the time.
        if found[1] is not None:
            is_compared = _is_comparison(was_before, name, text[start : start + 1])
            is_secret = not is_compared and (is_secret_parameter(name) or is_secret_parameter(_last_part(name)))
            value = _parameter_value().match(text, start) if is_secret else None
        else:  # a part of an address's path; the host behind `//` is none
            is_part = is_address and before == was_before == "/" and text[begin - 2 : begin] != "//"
            value = _part_of_path().match(text, start) if is_part and _plain_word().fullmatch(name) else None
        if value is not None:
            done = value.end()
            yield start, done


def _last_part(name: str) -> str:
    """`pin` of `user:admin,pin`."""
    return re.split("[:,]", name)[-1]


def _behind_colons(text: str) -> Iterator[tuple[int, int]]:
    """Where values stand in `text` behind a plain word for a secret and `:`."""
    for found in _colon().finditer(text):
        yield found.start("near") if found["near"] else found.start("far"), found.end()


@cache
def _colon() -> re.Pattern[str]:
    """A plain word, `:` and its value: near it; or behind a space, to the closing quote or the end of the line.

    Behind a space only where a name stands, as in YAML, JSON and HTTP: not in "The password: it is wrong".
    """
    word, part = rf"(?:{_PLAIN_WORD})[\"']?", r"[^\s&;#\"']"
    near = rf"(?<![^\s?&;#/:,])(?<!//)[{{\[(\"']*{word}:(?P<near>[\"']?{part}+(?:[&;#](?![^\s=&;?#/\"']+=){part}*)*)"
    far = rf"(?:^|[{{\[(,;])[ \t]*[\"']?{word}[ \t]*:[ \t]+(?P<far>\"[^\"\n]+|'[^'\n]+|[^\s\"'][^\n]*)"
    return re.compile(f"{near}|{far}", re.IGNORECASE | re.MULTILINE)


def _is_comparison(before: str, name: str, after: str) -> bool:
    """Whether `name=` with this `after` it compares, as in a condition: `key==1`, `key>=1`; in an address it does not.

    `before` is what separates the name from what stands before it; empty at the start.
    """
    return not before.strip() and (name[-1] in "!<>" or after == "=")


@cache
def _separator() -> re.Pattern[str]:
    """What separates names and values in an address, also in percent signs, once or more often; group 1: it is `=`."""
    return re.compile(r"(=|%(?:25)*3d)|[\s?&;#/]|%(?:25)*(?:3f|26|3b|23|2f)", re.IGNORECASE)


@cache
def _parameter_value() -> re.Pattern[str]:
    """A secret up to the next parameter: `&`, `;` and `#` may be part of it, where no name and `=` come next."""
    part = r"[^\s&;#\"']"
    return re.compile(rf"[\"']?{part}+(?:[&;#](?![^\s=&;?#/\"']+=){part}*)*")


@cache
def _part_of_path() -> re.Pattern[str]:
    return re.compile(r"[^\s/?&;#\"']+")


@cache
def _plain_word() -> re.Pattern[str]:
    """A name that is a word for a secret and nothing else, so that `:` or `/` behind it is enough."""
    return re.compile(f"[{{\\[(\"']*(?:{_PLAIN_WORD})[\"']?", re.IGNORECASE)


def is_secret_parameter(name: str) -> bool:
    """Whether a parameter of this name in an address may hold a secret: `access_token`, `X-Amz-Signature`, `loginpas`.

    A name in percent signs is read as it is meant. (The console has the same rule: `static/shared/secrets.js`; a test
    compares both, word by word.)
    """
    plain = unquote(name)
    words = re.split(r"[^A-Za-z]+|(?<=[a-z])(?=[A-Z])", plain)
    is_whole = _secret_name().fullmatch(re.sub("[^a-z]", "", plain.lower())) is not None
    is_foreign = re.search(_OTHER_LANGUAGES, plain, re.IGNORECASE) is not None
    return is_whole or is_foreign or "%" in plain or "\ufffd" in plain or any(map(_secret_word().search, words))


@cache
def _secret_name() -> re.Pattern[str]:
    """A whole name, of which the words alone are harmless: `pin`, not `gpio_pin`; `code`, not `zip_code`."""
    session = "(?:(?:php|j)?sess(?:ion)?|s)id|session"
    codes = "(?:access|verification|security|login|unlock|pin|door)?code"
    return re.compile(rf"{session}|{codes}|(?:my|user|login|admin)?pin|hash")


@cache
def _secret_word() -> re.Pattern[str]:
    """A word that names a secret, also misspelt; not `author`, `compass`, `monkey`, `passive` or `signal`."""
    harmless = "s(?:ive|age|enger|ed|ing|through)|t$"
    begins = rf"^(?:pas(?!{harmless})|pwd|psw|tok|secret|cred|auth(?!ors?$)|key(?!frame|board|word|int|point)|url)"
    sign = r"^(?:sig(?!nal)|pw$|jwt|hmac|bearer$|[th]?otp$|psk$)"
    inside = "pass?w|passphrase|pwd|token|secret|credential|signature"
    keys = "(?:api|access|auth|private|session|shared|stream|user|client|master|account|license)key"
    ends = "(?:pass[dt]|sig|(?:login|user|usr|admin|my)pas)$"
    no_pass = "(?:en)?com|by|tres|over|under|sur|im|(?:band|low|high|all)"
    return re.compile(rf"{begins}|{sign}|{inside}|{keys}|{ends}|^(?!(?:{no_pass})pass$)[a-z]+pass$", re.IGNORECASE)


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
    known: dict[str, int] = {}
    for key in _secret_key().finditer(text):
        end = _end_of_value(text, key.end(), known)
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


def _end_of_value(text: str, start: int, known: dict[str, int]) -> int:
    """Where the value that starts at `start` ends: at the end of its line, or where its brackets or quotes close."""
    space = re.compile(r"\s*").match(text, start)
    value = space.end() if space else start
    end_of_line = _next(text, "\n", value, known)
    opening = next((word for word in _CLOSING if text.startswith(word, value)), None)
    if opening is None:
        return end_of_line
    return max(end_of_line, _next(text, _CLOSING[opening], value + len(opening), known))


def _next(text: str, word: str, start: int, known: dict[str, int]) -> int:
    """Where `word` stands next from `start` on, else the end of `text`.

    `known` keeps the last answer for each word. Asked in the order of the text, no character is read twice.
    """
    if known.get(word, -1) < start:
        found = text.find(word, start)
        known[word] = len(text) if found < 0 else found
    return known[word]


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same characters as spans that do not overlap, in order."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
