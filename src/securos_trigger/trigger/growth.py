"""How long a text gets that a filter, a method or an operator is about to make, before it is made.

Only what can grow beyond the size of its inputs stands here. All other filters and methods make at most a few times
as many characters as they read, and their results are counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from jinja2.exceptions import SecurityError

from securos_trigger.trigger.budget import Budget

#: Filters that read a text slowly: it may have this many characters.
MAX_SLOWLY_READ_CHARACTERS: Final = 16_384
SLOW_FILTERS: Final = frozenset(("striptags", "urlize", "wordwrap", "pprint", "tojson", "xmlattr", "title"))
#: Filters that do not read all of their text.
QUICK_FILTERS: Final = frozenset(("length", "count", "truncate", "first", "last", "default", "d", "attr", "string"))
#: Filters that go through a list once and do not look into its items.
SHALLOW_FILTERS: Final = QUICK_FILTERS | {
    *("map", "select", "reject", "selectattr", "rejectattr", "list", "reverse", "items", "random", "sum", "groupby"),
}
#: Filters that make one text of all that they are given.
PRINTING_FILTERS: Final = frozenset(("string", "tojson", "pprint", "format", "upper", "lower", "trim", "title"))
_MAX_ROUND_DIGITS: Final = 20
_SLOW_CODECS: Final = ("punycode", "idna")
_WIDEST_DIGIT: Final = re.compile(r"\d+")
_PERCENT_FIELD: Final = re.compile(r"%(?:\([^)]*\))?([-#0 +]*[\d*]*(?:\.[\d*]*)?)[a-zA-Z%]")
_BRACE_FIELD: Final = re.compile(r"\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")

Arguments = Sequence[Any]
Keywords = dict[str, Any]
Forecast = Callable[[Budget, Arguments, Keywords], int]


def _argument(arguments: Arguments, keywords: Keywords, index: int, name: str, default: Any) -> Any:
    return arguments[index] if index < len(arguments) else keywords.get(name, default)


def _width(value: Any) -> int:
    """A width as a number; what is none fails later, with the filter's own words."""
    return value if isinstance(value, int) and value > 0 else 0


def _padded(index: int, name: str = "width", default: int = 0) -> Forecast:
    def forecast(budget: Budget, arguments: Arguments, keywords: Keywords) -> int:
        return max(budget.printed_size(arguments[0]), _width(_argument(arguments, keywords, index, name, default)))

    return forecast


def _indented(budget: Budget, arguments: Arguments, keywords: Keywords) -> int:
    text, width = str(arguments[0]), _argument(arguments, keywords, 1, "width", 4)
    return len(text) + (text.count("\n") + 1) * (len(width) if isinstance(width, str) else _width(width))


def _replaced(budget: Budget, arguments: Arguments, keywords: Keywords) -> int:
    text = str(arguments[0])
    old, new = (str(_argument(arguments, keywords, index, name, "")) for index, name in ((1, "old"), (2, "new")))
    times = text.count(old) if old else len(text) + 1
    count = _argument(arguments, keywords, 3, "count", None)
    if isinstance(count, int) and count >= 0:
        times = min(times, count)
    return len(text) + times * len(new)


def joined_size(budget: Budget, separator: object, parts: Sequence[Any]) -> int:
    """The length of `parts` printed one after the other."""
    between = budget.printed_size(separator) * max(len(parts) - 1, 0)
    return between + sum(budget.printed_size(part) for part in parts)


def _joined(budget: Budget, arguments: Arguments, keywords: Keywords) -> int:
    parts = arguments[0]
    separator = _argument(arguments, keywords, 1, "d", "")
    return joined_size(budget, separator, list(parts) if isinstance(parts, list | tuple | set | dict | str) else ())


def _joined_by_text(budget: Budget, arguments: Arguments, keywords: Keywords) -> int:
    parts = arguments[1] if len(arguments) > 1 else ()
    return joined_size(budget, arguments[0], list(parts) if isinstance(parts, list | tuple | set | dict | str) else ())


def _formatted(fields: Callable[[str], list[str]], width_from_a_value: str) -> Forecast:
    def forecast(budget: Budget, arguments: Arguments, keywords: Keywords) -> int:
        text, values = str(arguments[0]), [*arguments[1:], *keywords.values()]
        found = fields(text)
        size = len(text) + sum(int(digits[:12]) for field in found for digits in _WIDEST_DIGIT.findall(field))
        if any(width_from_a_value in field for field in found):
            size += len(found) * max((_width(value) for value in _flat(values)), default=0)
        return size + len(found) * max(map(budget.printed_size, values), default=0)

    return forecast


def _flat(values: list[Any]) -> list[Any]:
    """The values, and those inside a tuple or an object: `"%*d" % (9, 1)` and `format_map` give them so."""
    inner = [item for value in values if isinstance(value, list | tuple) for item in value]
    return values + inner + [item for value in values if isinstance(value, dict) for item in value.values()]


def _as_time(budget: Budget, arguments: Arguments, keywords: Keywords) -> int:
    return format_with_percent(budget, [_argument(arguments, keywords, 1, "format", "")], {})


def _wrapped(budget: Budget, arguments: Arguments, keywords: Keywords) -> int:
    text = str(arguments[0])
    return len(text) * (1 + len(str(_argument(arguments, keywords, 3, "wrapstring", None) or "\n")))


def _linked(budget: Budget, arguments: Arguments, keywords: Keywords) -> int:
    words = len(str(arguments[0]).split())
    extra = sum(budget.printed_size(value) for value in (*arguments[1:], *keywords.values()))
    return 4 * len(str(arguments[0])) + words * (40 + extra)


def _as_json(budget: Budget, arguments: Arguments, keywords: Keywords) -> int:
    size = budget.printed_size(arguments[0])
    return size + size * _width(_argument(arguments, keywords, 1, "indent", 0))


def _filled(budget: Budget, arguments: Arguments, keywords: Keywords) -> int:
    fill = _argument(arguments, keywords, 2, "fill_with", None)
    count = _width(_argument(arguments, keywords, 1, "linecount", keywords.get("slices", 0)))
    return budget.printed_size(arguments[0]) + count * (budget.printed_size(fill) + 1)


def _rounded(budget: Budget, arguments: Arguments, keywords: Keywords) -> int:
    if abs(_argument(arguments, keywords, 1, "precision", 0)) > _MAX_ROUND_DIGITS:
        raise SecurityError(f'"round" takes at most {_MAX_ROUND_DIGITS} digits')
    return 0


def _tabs(budget: Budget, arguments: Arguments, keywords: Keywords) -> int:
    text = str(arguments[0])
    return len(text) + text.count("\t") * _width(_argument(arguments, keywords, 1, "tabsize", 8))


def _translated(budget: Budget, arguments: Arguments, keywords: Keywords) -> int:
    table = arguments[1] if len(arguments) > 1 else None
    longest = max(map(budget.printed_size, table.values()), default=1) if isinstance(table, dict) else 1
    return len(str(arguments[0])) * max(longest, 1)


def _encoded(budget: Budget, arguments: Arguments, keywords: Keywords) -> int:
    codec = str(_argument(arguments, keywords, 1, "encoding", "utf-8"))
    codec = re.sub(r"[^a-z0-9]", "", codec.lower())  # " Idna" is idna to Python, too
    if codec in _SLOW_CODECS:  # 13 s for 4,000 Chinese characters
        raise SecurityError(f'"encode" does not know "{codec}"')
    return 4 * len(str(arguments[0]))


format_with_percent: Final[Forecast] = _formatted(_PERCENT_FIELD.findall, "*")
format_with_braces: Final[Forecast] = _formatted(_BRACE_FIELD.findall, "{")

#: Filter -> how long its result can get. The arguments begin with the value before the `|`.
FILTERS: Final[dict[str, Forecast]] = {
    "center": _padded(1, default=80),
    "indent": _indented,
    "format": format_with_percent,
    "replace": _replaced,
    "join": _joined,
    "wordwrap": _wrapped,
    "urlize": _linked,
    "tojson": _as_json,
    "batch": _filled,
    "slice": _filled,
    "round": _rounded,
}

#: Method of a text, a number or a time -> the same. The arguments begin with the value before the dot.
METHODS: Final[dict[str, Forecast]] = {
    "center": _padded(1),
    "ljust": _padded(1),
    "rjust": _padded(1),
    "zfill": _padded(1),
    "replace": _replaced,
    "join": _joined_by_text,
    "expandtabs": _tabs,
    "translate": _translated,
    "to_bytes": _padded(1, "length"),
    "strftime": _as_time,
    "encode": _encoded,
    "format": format_with_braces,
    "format_map": format_with_braces,
}
