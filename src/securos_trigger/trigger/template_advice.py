"""What to write instead, where a template cannot be read or fails on every frame whatever the metadata is."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Final

from jinja2 import TemplateSyntaxError, meta, nodes

from securos_trigger.errors.wording import caret_lines
from securos_trigger.trigger.sandbox import Sandbox, callable_names

_TIME: Final = 'write frame_time, the time of the frame: {{ frame_time.strftime("%H:%M:%S") }}'
_FILTER: Final = "write the filter: {{ x|NAME }}"
_NO_FUNCTION: Final = "filters do such work: {{ x|upper }}"
_NO_CHANGE: Final = "lists and objects cannot be changed: make a new one, {% set found = found + [x] %}"
_NO_OTHERS: Final = "other templates cannot be used: write the text here; a part that repeats is a {% macro %}"

_FUNCTIONS: Final[dict[str, str]] = {
    **dict.fromkeys(("now", "utcnow", "today", "time", "date", "datetime", "strftime", "timestamp"), _TIME),
    **dict.fromkeys(("len", "count", "size"), "write the filter: {{ objects|length }}"),
    **dict.fromkeys(("str", "string"), "write the value alone, or the filter: {{ x|string }}"),
    **dict.fromkeys(("int", "float", "round", "abs", "sum", "min", "max", "list", "join"), _FILTER),
    "sorted": "write the filter: {{ x|sort }}",
    "reversed": "write the filter: {{ x|reverse }}",
    "enumerate": "write loop.index inside of the loop",
    "format": "write the filter: {{ '%.2f'|format(x) }}",
}  # fmt: skip
_METHODS: Final[dict[str, str]] = {
    "items": "write the filter: {% for key, value in x|items %}",
    "keys": "write {% for key in x %}, or {{ x|list }}",
    "values": "write {% for key, value in x|items %}",
    "get": "write {{ x.key|default('…') }}, or {{ x['a key'] }}",
    **dict.fromkeys(("append", "extend", "insert", "pop", "remove", "update", "clear", "add"), _NO_CHANGE),
    **dict.fromkeys(("length", "size"), "write the filter: {{ x|length }}"),
    **dict.fromkeys(("toUpperCase", "ToUpper"), "write {{ x.upper() }}"),
    **dict.fromkeys(("toLowerCase", "ToLower"), "write {{ x.lower() }}"),
    **dict.fromkeys(("toString", "ToString"), "write the value alone, or the filter: {{ x|string }}"),
    **dict.fromkeys(("now", "today", "utcnow"), _TIME),
    **dict.fromkeys(("includes", "contains"), "write {{ 'part' in x }}"),
    "toFixed": "write the filter: {{ '%.2f'|format(x) }}",
}
_FILTERS: Final[dict[str, str]] = {
    **dict.fromkeys(("len", "size", "strlen"), "length"),
    **dict.fromkeys(("json", "to_json", "dump"), "tojson"),
    **dict.fromkeys(("uppercase", "toupper", "to_upper"), "upper"),
    **dict.fromkeys(("lowercase", "tolower", "to_lower"), "lower"),
    **dict.fromkeys(("number", "to_number", "toint"), "int"),
    **dict.fromkeys(("strip", "trimmed"), "trim"),
    **dict.fromkeys(("ceil", "floor"), "round"),
}
#: Filters of other template languages, in lower case, that are written in another way here.
_NO_FILTERS: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("strftime", "date", "time", "datetime", "datetimeformat", "isoformat", "timestamp", "timestamp_custom"), _TIME
    ),
    **dict.fromkeys(("percent", "percentage"), "write {{ (100 * x)|round|int }} %"),
    **dict.fromkeys(("contains", "includes"), "write {{ 'part' in x }}"),
    **dict.fromkeys(("concat", "append", "prepend"), "write {{ a ~ b }}"),
    **dict.fromkeys(("substr", "substring", "left", "right"), "write {{ x[0:3] }}"),
    **dict.fromkeys(("plus", "minus", "times", "add", "sub", "mul", "div"), "calculate with signs: {{ 2 * x + 1 }}"),
}  # fmt: skip
_NO_FILTER_OR_TEST: Final = re.compile(r'there is no (filter|test) "(.+?)"')
_CLOSING: Final = {"{{": "}}", "{%": "%}"}
#: A tag that the closing sign of the other kind of tag ends.
_CROSSED: Final = re.compile(r"(\{\{)[^{}%'\"]*(%\})|(\{%)[^{}%'\"]*(\}\})")
_TAGS: Final = re.compile(r"Encountered unknown tag '(\w+)'")
_LOOKING_FOR: Final = re.compile(r"looking for the following tags: (.*?)\. The innermost .* is '(\w+)'")
_NO_SUCH: Final = re.compile(r"No (filter|test) named '(\w+)'")
_KNOWN_TAGS: Final = (
    *("if", "elif", "else", "endif", "for", "endfor", "set", "endset", "macro", "endmacro", "call", "endcall", "block"),
    *("endblock", "filter", "endfilter", "with", "endwith", "raw", "endraw", "autoescape", "endautoescape"),
)
_SENTENCES: Final = (
    ("unexpected end of template, expected 'end of print", 'the "{{" is never closed: "}}" is missing'),
    ("unexpected end of template, expected 'end of statement", 'the "{%" is never closed: "%}" is missing'),
    ("Missing end of comment", 'the "{#" is never closed: "#}" is missing'),
    ("unexpected '}', expected", 'a bracket is still open before this "}"'),
    ("unexpected '}'", 'a tag is closed with one sign too few: "{{" needs "}}", "{%" needs "%}"'),
    ("Expected an expression, got 'end of print", 'there is nothing between "{{" and "}}"'),
    ("end of statement block', got '='", 'write "==" to compare'),
    ("unexpected char '&'", 'write "and" instead of "&&", or "~" to join texts instead of "&"'),
    ("unexpected char '?'", 'write {{ a if x else b }} instead of "x ? a : b"'),
    ("unexpected char '!'", 'write "not" instead of "!"'),
    ("unexpected char '\"'", "a text in quotes is never closed"),
    ('unexpected char "\'"', "a text in quotes is never closed"),
    ("expected token 'in'", "write {% for o in objects %}"),
    ("end of statement block', got 'if'", "write {% elif … %}"),
    ("end of statement block', got 'then'", 'leave "then" out: {% if x %}'),
    ("expected token ':', got '}'", 'tags do not stand inside of tags, and an object is written {"key": value}'),
    ("expected name or number", 'a name is missing after the "."'),
    ("tag name expected", 'the name of a tag is missing behind "{%"'),
    ("invalid syntax for function call", "values with a name stand behind those without: f(2, a=1)"),
)
_EXPECTED: Final = re.compile(r"[Ee]xpected token '(.+?)', got '(.+)'")
_NOTHING_BEFORE: Final = re.compile(r"(?:Expected an expression, got|unexpected) '(end of .*)'")
_FOREIGN_SIGN: Final = re.compile(r"unexpected (?:char )?['\"](.+?)['\"]")
_SIGNS: Final = {"end of print statement": "}}", "end of statement block": "%}"}


def syntax_sentence(source: str, error: TemplateSyntaxError, known: Iterable[str]) -> str:
    """Why a template cannot be read, with its line. `known` are the names of the filters or tests that exist."""
    message = (error.message or "cannot be read").rstrip(".")
    if match := _CROSSED.search(source):
        line = source.count("\n", 0, match.start()) + 1
        opening, closing = (found for found in match.groups() if found)
        return _placed(source, line, f'"{opening}" is closed by "{_CLOSING[opening]}", not by "{closing}"')
    return _placed(source, error.lineno, _plain(message, known))


def _plain(message: str, known: Iterable[str]) -> str:
    if match := _NO_SUCH.match(message):
        kind, name = match.groups()
        if kind == "filter" and (fix := _instead_of_filter(name)):
            return f'there is no filter "{name}"; {fix}'
        names = list(known)
        near = _FILTERS.get(name.lower()) or next(iter(difflib.get_close_matches(name.lower(), names, n=1)), "")
        every = ", ".join(sorted(filter(str.isidentifier, names)))
        fix = f'did you mean "{near}"?' if near else f"these exist: {every}"
        return f'there is no {kind} "{name}"; {fix}'
    if match := _TAGS.match(message):
        return _unknown_tag(match[1])
    if match := _LOOKING_FOR.search(message):
        closing = [tag for tag in re.findall(r"\w+", match[1]) if tag.startswith("end")]
        return f'"{{% {match[2]} %}}" is never closed: write {{% {closing[0]} %}}'
    for beginning, sentence in _SENTENCES:
        if beginning in message:
            return sentence
    return _misplaced(message) or message[:1].lower() + message[1:]


def _instead_of_filter(name: str) -> str:
    """What to write instead of a filter that other languages have; empty when that is not known."""
    if name in callable_names() and name not in _FILTERS:
        return _NO_FILTERS.get(name, f"write the method: {{{{ x.{name}(…) }}}}")
    return _NO_FILTERS.get(name.lower(), "")


def _misplaced(message: str) -> str:
    """What stands where something else belongs, in plain words; empty for any other message."""
    if match := _EXPECTED.match(message):
        wanted, found = (f'"{_SIGNS[word]}"' if word in _SIGNS else f'"{word}"' for word in match.groups())
        if match[1] == "name":
            return f"a name is missing before {found}"
        return f"{wanted} is expected where {found} stands"
    if match := _NOTHING_BEFORE.match(message):
        return f'something is missing before "{_SIGNS.get(match[1], match[1])}"'
    if match := _FOREIGN_SIGN.match(message):
        return f'"{match[1]}" is not expected here'
    return ""


def _unknown_tag(tag: str) -> str:
    if tag.startswith("end") and tag in _KNOWN_TAGS:
        return f'"{{% {tag} %}}" closes nothing: no {{% {tag.removeprefix("end")} %}} is open before it'
    if tag in _KNOWN_TAGS:
        return f'"{{% {tag} %}}" stands alone: it belongs into {{% if %}} or {{% for %}}'
    near = difflib.get_close_matches(tag.lower(), _KNOWN_TAGS, n=1)
    fix = f'did you mean "{near[0]}"?' if near else f"these exist: {', '.join(_KNOWN_TAGS)}"
    return f'there is no tag "{tag}"; {fix}'


def certain_failures(source: str, tree: nodes.Template, environment: Sandbox) -> list[str]:
    """What fails as soon as it is reached: names that do not exist, and other templates. Sentences with their lines."""
    missing = meta.find_undeclared_variables(tree) - set(environment.globals)
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    own |= {macro.name for macro in tree.find_all(nodes.Macro)}
    found = [*_calls(tree, missing, own), *_unknown_names(tree, environment)]
    others = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
    found += [(node.lineno, _NO_OTHERS) for node in tree.find_all(others)]
    return [_placed(source, line, sentence) for line, sentence in sorted(found)]


def _calls(tree: nodes.Template, missing: set[str], own: set[str]) -> Iterator[tuple[int, str]]:
    for call in tree.find_all(nodes.Call):
        called = call.node
        if isinstance(called, nodes.Name) and called.name in missing:
            fix = _FUNCTIONS.get(called.name, _NO_FUNCTION).replace("NAME", called.name)
            yield call.lineno, f'there is no function "{called.name}"; {fix}'
        elif isinstance(called, nodes.Getattr) and called.attr not in callable_names():
            if _root(called) in own or _root(called) == "self":
                continue
            near = difflib.get_close_matches(called.attr, callable_names(), n=1)
            fix = _METHODS.get(called.attr) or (f'did you mean "{near[0]}"?' if near else _NO_FUNCTION)
            yield call.lineno, f'"{called.attr}()" cannot be called; {fix}'


def _unknown_names(tree: nodes.Template, environment: Sandbox) -> Iterator[tuple[int, str]]:
    """Filters and tests below an `if`, which Jinja looks up only when it gets there; elsewhere it refuses them."""
    tests = list(tree.find_all(nodes.Test))
    if any(test.name in ("filter", "test") for test in tests):  # the template asks itself whether there is one
        return
    for node in (*tree.find_all(nodes.Filter), *tests):
        kind, known = ("test", environment.tests) if isinstance(node, nodes.Test) else ("filter", environment.filters)
        if node.name == "format" and kind == "filter" and _root(node.node or node) == "frame_time":
            yield node.lineno, f"the filter format takes a text and no time; {_TIME}"
        if node.name not in known:
            yield node.lineno, _plain(f"No {kind} named '{node.name}'", known)


def _root(node: nodes.Node) -> str:
    """The name with which a chain begins; empty where it begins with something else."""
    while isinstance(node, nodes.Getattr | nodes.Getitem | nodes.Call):
        node = node.node
    return node.name if isinstance(node, nodes.Name) else ""


def _placed(source: str, line_number: int, sentence: str) -> str:
    lines = source.split("\n")
    line = lines[line_number - 1] if 0 < line_number <= len(lines) else ""
    place = f"line {line_number}: " if len(lines) > 1 else ""
    begin, end = _span_of(line, sentence)
    return f"{place}{sentence}\n{caret_lines(line, begin, end)}"


def _span_of(line: str, sentence: str) -> tuple[int, int]:
    """Where the filter or test is that the sentence is about; the whole line for any other sentence."""
    if found := _NO_FILTER_OR_TEST.match(sentence):
        before = r"\|\s*" if found[1] == "filter" else r"\bis\s+(?:not\s+)?"
        if place := re.search(rf"{before}({re.escape(found[2])})(?!\w)", line):
            return place.span(1)
    return 0, len(line)
