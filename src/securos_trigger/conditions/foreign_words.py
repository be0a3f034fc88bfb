"""What people write who know SQL, JavaScript, C#, Excel, Jinja2 or Python, and what it is called here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from securos_trigger.conditions.tokens import Kind, Token

_ANY: Final = 'any(o.label == "car" for o in objects)'
_COUNT: Final = 'sum(1 for o in objects if o.label == "car")'
_KEYS: Final = 'nodes.gate.count, nodes["gate 1"].count'
#: The sentence for `if` and its relatives.
NO_IF: Final = '"if" and "else" are not part of conditions: join clauses with "and" and "or"'
_NO_TIME: Final = "a condition reads the frame's metadata alone and knows no time of day"
_NO_NULL: Final = "a path that is missing is unknown, and no condition can ask for it"

#: Operators that are words there, in lower case.
_OPERATORS: Final[dict[str, str]] = {
    **dict.fromkeys(("eq", "equals", "equal", "equalto"), 'write "==" (or "=") instead of "{word}"'),
    **dict.fromkeys(("ne", "neq", "noteq", "notequals"), 'write "!=" instead of "{word}"'),
    **dict.fromkeys(("gt", "greater", "above", "over", "exceeds"), 'write ">" instead of "{word}"'),
    **dict.fromkeys(("ge", "gte"), 'write ">=" instead of "{word}"'),
    **dict.fromkeys(("lt", "less", "below", "under"), 'write "<" instead of "{word}"'),
    **dict.fromkeys(("le", "lte"), 'write "<=" instead of "{word}"'),
    "between": "write 1 <= path <= 5",
    "like": 'write startswith(path, "part"), endswith(path, "part") or "part" in path; "%" is not a placeholder here',
    **dict.fromkeys(("ilike", "glob"), 'write "part" in lower(path)'),
    **dict.fromkeys(
        ("regexp", "rlike", "matches", "match"),
        'there are no patterns here: write "part" in path, startswith(path, "part") or endswith(path, "part")',
    ),
    **dict.fromkeys(("contains", "includes", "has"), 'write the part first: "part" in path'),
    "startswith": 'write startswith(path, "part")',
    "endswith": 'write endswith(path, "part")',
    "instanceof": "values have no type to ask for here: compare them",
    "div": 'write "/" instead of "div"',
    "mod": '"mod" is not part of conditions',
    "xor": '"xor" is not part of conditions: write "!=" between two clauses in parentheses',
    "and": 'write "and", in lower or upper case',
    "or": 'write "or", in lower or upper case',
    "not": 'write "not", in lower or upper case',
    "in": 'write "in", in lower or upper case',
    **dict.fromkeys(("else", "elif"), NO_IF),
    **dict.fromkeys(
        ("then", "when", "where", "case", "unless"),
        '"{word}" is not part of conditions: the condition is the clause alone, joined with "and" and "or"',
    ),
    "lambda": '"lambda" is not part of conditions',
    **dict.fromkeys(("exists", "missing", "present"), f"{_NO_NULL}: what needs a missing path never fires"),
    "isnull": f'write "== null" for a value that is there and null; {_NO_NULL}',
    **dict.fromkeys(("isnotnull", "notnull"), f'write "!= null" for a value that is there and not null; {_NO_NULL}'),
    "nand": 'write not (a and b) instead of "nand"',
    "of": "to count, write len(path) or " + _COUNT,
}

#: Functions and methods, in lower case.
_FUNCTIONS: Final[dict[str, str]] = {
    **dict.fromkeys(("count", "countif", "cardinality"), f"write len(path), or {_COUNT} for those of one kind"),
    **dict.fromkeys(("length", "size", "array_length", "counta"), "write len(path)"),
    **dict.fromkeys(
        ("has", "exists", "isset", "defined", "isdefined", "isnull", "isnone", "isempty", "isblank", "ifnull"),
        f"{_NO_NULL}: what needs a missing path never fires. Write len(path) > 0 to ask whether a list has items",
    ),
    **dict.fromkeys(
        ("int", "float", "parseint", "parsefloat", "tonumber", "to_number", "value", "val", "cast", "num", "decimal"),
        "write number(path) for the number in a text",
    ),
    **dict.fromkeys(("str", "string", "tostring", "format"), "compare numbers as numbers: they never become texts"),
    "bool": "write the path alone, or compare it",
    **dict.fromkeys(("some", "contains_any", "first", "find"), f"write {_ANY}"),
    **dict.fromkeys(("every", "forall"), 'write all(o.label == "car" for o in objects)'),
    **dict.fromkeys(("filter", "map", "where", "select", "foreach", "reduce"), f"write a loop: {_ANY} or {_COUNT}"),
    **dict.fromkeys(("avg", "average", "mean"), "write sum(…) / len(path)"),
    **dict.fromkeys(("contains", "includes", "search", "indexof", "instr", "like", "strpos"), 'write "part" in path'),
    **dict.fromkeys(
        ("match", "matches", "regex", "regexp", "test", "regexp_like"),
        'there are no patterns here: write "part" in path, startswith(path, "part") or endswith(path, "part")',
    ),
    **dict.fromkeys(("tolower", "tolowercase", "lcase", "casefold"), "write lower(path)"),
    **dict.fromkeys(("toupper", "touppercase", "ucase"), "write upper(path)"),
    **dict.fromkeys(("maximum", "greatest", "largest"), "write max(…)"),
    **dict.fromkeys(("minimum", "least", "smallest"), "write min(…)"),
    **dict.fromkeys(("floor", "ceil", "ceiling", "trunc", "math"), "write round(path)"),
    **dict.fromkeys(("now", "today", "time", "hour", "date", "datetime", "weekday"), _NO_TIME),
    **dict.fromkeys(("get", "keys", "values", "items"), f"write the key after a dot or in brackets: {_KEYS}"),
    "isin": 'write path in ["car", "bus"]',
    **dict.fromkeys(("if", "iif", "when", "iff"), NO_IF),
    **dict.fromkeys(("and", "or"), 'write "{word}" between two clauses: a > 1 {word} b > 2'),
    **dict.fromkeys(("equals", "eq"), 'write "==" (or "=") between two values'),
}  # fmt: skip


def word_of_another_language(tokens: Sequence[Token], index: int) -> str | None:
    """What to write instead of the word at `index`, or the word before it; None when neither is known."""
    for place in (index, index - 1):
        if place < 0 or tokens[place].kind is not Kind.NAME:
            continue
        word = tokens[place].text.lower()
        if word == "is":
            return _instead_of_is(tokens, place)
        if word in _OPERATORS:
            return _OPERATORS[word].format(word=tokens[place].text)
    return None


def _instead_of_is(tokens: Sequence[Token], place: int) -> str:
    is_negated = tokens[place + 1].is_("not")
    operand = tokens[min(place + 1 + is_negated, len(tokens) - 1)]
    symbol = "!=" if is_negated else "=="
    word = "is not" if is_negated else "is"
    if operand.is_("null"):
        return f'write "{symbol} null" for a value that is there and {"not " * is_negated}null; {_NO_NULL}'
    if operand.kind is Kind.NAME and operand.text.lower() in ("defined", "undefined", "empty", "missing"):
        return f"{_NO_NULL}: what needs a missing path never fires"
    return f'write "{symbol}" instead of "{word}"'


def function_of_another_language(name: str) -> str | None:
    """What to write instead of the function or method `name`; None when it is not known."""
    sentence = _FUNCTIONS.get(name.lower())
    return sentence.format(word=name.lower()) if sentence else None
