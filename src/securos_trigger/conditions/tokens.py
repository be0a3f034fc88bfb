"""Stage one: from text to tokens.

A token knows where it stands, so that every later message can point at it. The words of the field are kept apart
from keys: after a dot everything is a key (`nodes.event1.in` reads the key `in`).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from securos_trigger.conditions.habits import HABITS
from securos_trigger.conditions.limits import MAX_NUMBER_CHARS, MAX_SOURCE_CHARS
from securos_trigger.errors import ConditionError


class Kind(StrEnum):
    """What a token is. The value is the word used in messages."""

    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    KEY = "key"
    KEYWORD = "keyword"
    OPERATOR = "operator"
    END = "end of the condition"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text, from `start` to `end` (offsets in characters).

    `text` is the canonical spelling (`AND` is `and`, `=` is `==`); `value` is what a number or a text stands for.
    """

    kind: Kind
    text: str
    start: int
    end: int
    value: int | float | str | None = None

    def is_(self, *texts: str) -> bool:
        """True for an operator or a keyword that is spelt like one of `texts`."""
        return self.kind in (Kind.OPERATOR, Kind.KEYWORD) and self.text in texts


_KEYWORDS: Final = {
    **{word: word for word in ("and", "or", "not", "in", "for", "if")},
    **{word.upper(): word for word in ("and", "or", "not", "in")},
    **dict.fromkeys(("true", "True", "TRUE"), "true"),
    **dict.fromkeys(("false", "False", "FALSE"), "false"),
    **dict.fromkeys(("null", "None", "NULL"), "null"),
}

_BLANK: Final = re.compile(r"\s*")
_NUMBER: Final = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NAME: Final = re.compile(r"[^\W\d]\w*")
# `*`, `*_count`, `presence*` when another step follows, or a plain key, which may start with a digit.
_KEY: Final = re.compile(r"\*\w*|\w+\*(?=\[|\.[^\W\d]|\.\*)|\w+")
_TEXT: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|' + r"'(?:[^'\\\n]|\\.)*'")
_OPERATOR: Final = re.compile(r"==|!=|<=|>=|[<>=+\-*/().,\[\]]")
_ARROW: Final = re.compile(r"\((?:[^()]*,)?\s*\w+\s*$")
_AFTER_IN: Final = re.compile(r"\bin\s*$", re.IGNORECASE)
_LOOP: Final = 'a loop is written any(o.label == "car" for o in objects), without'
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL)
# Two escapes that stand for one character, as JSON writes emoji.
_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "'": "'", "/": "/"}

# Filters of templates, and what a condition has for them; `{}` stands for the path before the filter.
_FILTERS: Final = {
    **dict.fromkeys(("length", "count"), "write len({})"),
    **{name: f"write {name}({{}})" for name in ("lower", "upper", "abs", "round", "sum", "min", "max")},
    **dict.fromkeys(("int", "float"), "write number({})"),
    "default": "a path that is missing is unknown, and no other value can stand in for it",
    "first": "write {}[0]",
    **dict.fromkeys(("join", "last", "list", "map", "sort", "string", "unique"), "write a function such as len({})"),
}
_FILTER: Final = re.compile(r"\|\s*(\w+)")
_FILTERED: Final = re.compile(r"[\w.\[\]]+(?=\s*$)")
_UNITS: Final = frozenset(("m", "px", "km", "kmh"))
# Units of time, with their seconds.
_SECONDS: Final = {
    **dict.fromkeys(("ms", "msec", "msecs", "milliseconds"), 0.001),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
}
_KEY_BEFORE_MINUS: Final = re.compile(r"(?<=\.)\w+-$")
_SLICE: Final = re.compile(r"\[\s*[+-]?[0-9]*\s*$")
_CURLY_QUOTES: Final = "“”„‟‘’‚‛«»‹›"


def tokenize(source: str) -> list[Token]:
    """All tokens of `source`, closed by one `Kind.END`. Raises `ConditionError` at the first thing that is none."""
    if len(source) > MAX_SOURCE_CHARS:
        raise ConditionError(
            f"the condition is too long: {len(source):,} characters, and {MAX_SOURCE_CHARS:,} are allowed",
            source,
            MAX_SOURCE_CHARS,
        )
    return list(_tokens(source))


def _tokens(source: str) -> Iterator[Token]:
    position = _skip_blanks(source, 0)
    before: Token | None = None
    while position < len(source):
        before = _token_at(source, position, before)
        yield before
        position = _skip_blanks(source, before.end)
    yield Token(Kind.END, "", len(source), len(source))


def _skip_blanks(source: str, position: int) -> int:
    match = _BLANK.match(source, position)
    return match.end() if match else position


def _token_at(source: str, position: int, before: Token | None) -> Token:
    if before is not None and before.is_(".") and (match := _KEY.match(source, position)):
        return Token(Kind.KEY, match.group(), position, match.end())
    if match := _NAME.match(source, position):
        return _word(match.group(), position)
    if not _is_path_dot(source, position, before) and (match := _NUMBER.match(source, position)):
        return _number(source, match, before)
    if source[position] in "\"'":
        return _text(source, position)
    _refuse_habits(source, position)
    if match := _OPERATOR.match(source, position):
        text = "==" if match.group() == "=" else match.group()
        return Token(Kind.OPERATOR, text, position, match.end())
    sign = source[position]
    if before is not None and before.is_(".") and unicodedata.category(sign)[0] in "SC":
        message = f'a key with other signs than letters and digits needs quotes: ["{sign}"]'
        raise ConditionError(message, source, position)
    if unicodedata.category(sign).startswith("M") and before is not None:
        message = 'a name with combining signs, such as vowel signs and accents, needs quotes: nodes["…"].count'
        raise ConditionError(message, source, before.start, position + 1)
    plain = unicodedata.normalize("NFKC", sign)
    if plain != sign and (_OPERATOR.fullmatch(plain) or plain.isdecimal() or plain in "\"'"):
        raise ConditionError(f'write the plain "{plain}" instead of "{sign}"', source, position)
    if sign.isdecimal():
        raise ConditionError(f"write the number with the digits 0 to 9: {unicodedata.decimal(sign)}", source, position)
    raise ConditionError(f"{sign!r} has no meaning in a condition", source, position)


def _is_path_dot(source: str, position: int, before: Token | None) -> bool:
    """True where `.5` is a step of a path and not a number: `rois.5`, but `2 * .5`."""
    if source[position] != "." or before is None:
        return False
    return before.kind in (Kind.NAME, Kind.KEY, Kind.TEXT) or before.is_("]", ")")


def _word(text: str, start: int) -> Token:
    keyword = _KEYWORDS.get(text)
    if keyword is not None:
        return Token(Kind.KEYWORD, keyword, start, start + len(text))
    return Token(Kind.NAME, text, start, start + len(text))


def _number(source: str, match: re.Match[str], before: Token | None) -> Token:
    text, start, end = match.group(), match.start(), match.end()
    if text.endswith(".") and source.startswith(".", end):
        raise ConditionError("a range is written 1 <= path <= 5", source, end - 1, end + 1)
    if len(text) > MAX_NUMBER_CHARS:
        raise ConditionError(f"this number is too long: {MAX_NUMBER_CHARS} characters are allowed", source, start, end)
    follower = _NAME.match(source, end)
    if follower and before is not None and before.kind is Kind.KEY:
        key = source[before.start : start] + text.rstrip(".")
        raise ConditionError(f'a key with a space in it needs quotes: ["{key}"]', source, before.start, end)
    if follower and (sentence := _odd_number(text, follower.group())):
        raise ConditionError(sentence, source, start, follower.end())
    if follower and before is not None and before.is_("-") and (name := _KEY_BEFORE_MINUS.search(source, 0, start)):
        key = name[0] + text.rstrip(".")
        raise ConditionError(f'a key with a "-" in it needs quotes: ["{key}"]', source, name.start(), end)
    if follower:
        raise ConditionError(
            "a number ends here and a word follows without a space; "
            'a key that starts with a digit stands after a dot (lines.1st) or in quotes (lines["1st"])',
            source,
            end,
            follower.end(),
        )
    value = int(text) if text.isdecimal() else float(text)
    if not math.isfinite(value):
        raise ConditionError("this number is too large", source, start, end)
    return Token(Kind.NUMBER, text, start, end, value)


def _odd_number(digits: str, follower: str) -> str:
    """What to write instead of a number as programs have it: `1_000`, `0x1F`; empty for any other."""
    if re.fullmatch(r"(_[0-9]+)+", follower):
        return f'write {digits}{follower.replace("_", "")}, without "_"'
    seconds = float(digits) * _SECONDS.get(follower.lower(), math.inf)
    if math.isfinite(seconds):
        return f"a number has no unit: write {seconds:.12g}, in seconds"
    if follower.lower() in _UNITS:
        return f"a number has no unit: write {digits}"
    if digits == "0" and re.fullmatch(r"[xX][0-9a-fA-F]+|[bB][01]+|[oO][0-7]+", follower):
        return f"write the number with ten digits: {int(digits + follower, 0)}"
    return ""


def _text(source: str, start: int) -> Token:
    match = _TEXT.match(source, start)
    if match is None:
        quote = source[start]
        raise ConditionError(f"the text that starts here is never closed: a {quote} is missing", source, start)

    def unescaped(escape: re.Match[str]) -> str:
        digits, letter = escape.group(1) or escape.group(2), escape.group(3)
        if digits:
            return chr(int(digits, 16))
        if letter not in _ESCAPED:
            place = start + 1 + escape.start()
            message = f'"\\{letter}" is not an escape: write "\\\\" for a backslash'
            raise ConditionError(message, source, place, place + 2)
        return _ESCAPED[letter]

    value = _PAIR.sub(_joined_pair, _ESCAPE.sub(unescaped, match.group()[1:-1]))
    return Token(Kind.TEXT, match.group(), start, match.end(), value)


def _joined_pair(pair: re.Match[str]) -> str:
    return pair.group().encode("utf-16", "surrogatepass").decode("utf-16")


def _refuse_habits(source: str, position: int) -> None:
    for spelling, sentence in HABITS:
        if source.startswith(spelling, position):
            if spelling == "=>" and _ARROW.search(source, 0, position):
                sentence = f'{_LOOP} "=>"'
            if spelling == "?" and source[:position].endswith("["):
                sentence = f'{_LOOP} "[?"'
            if spelling == "{" and _AFTER_IN.search(source, 0, position):
                sentence = 'a list has square brackets: path in ["car", "bus"]'
            if spelling == "|" and (found := _FILTER.match(source, position)) and found[1] in _FILTERS:
                path = _FILTERED.search(source[:position])
                sentence = f"filters are of templates: {_FILTERS[found[1]].format(path[0] if path else 'path')}"
            if spelling == ":" and _SLICE.search(source, 0, position):
                sentence = "there are no slices: objects[0] is the first item of a list"
            raise ConditionError(sentence, source, position, position + len(spelling))
    if source[position] in _CURLY_QUOTES:
        raise ConditionError('this is a typographic quote: put text in straight quotes, "car"', source, position)
    if re.match(r"!\s+=", source[position:]):
        raise ConditionError('write "!=" without a space', source, position, source.index("=", position) + 1)
    if source[position] == "!" and not source.startswith("!=", position):
        raise ConditionError('write "not" instead of "!"', source, position)
