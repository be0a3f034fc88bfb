"""Turns what pydantic found in a configuration into mistakes a person can fix."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.errors.suggestions import did_you_mean, nearest
from securos_trigger.validation.masking import is_secret_name, without_login
from securos_trigger.validation.point_fixes import fix_of_decimals, fix_of_points, fix_of_zone

_DRAWN: Final = re.compile(r"\b(lines|rois)\.")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_NUMBERS_ALONE: Final = re.compile(r"[-\d\s.,;()\[\]]+", re.ASCII)
_SENTENCES = {
    "bool_type": "true or false is expected (without quotes)",
    "bool_parsing": "true or false is expected (without quotes)",
    "string_type": "text in quotes is expected",
    "int_type": "a whole number is expected",
    "int_parsing": "a whole number is expected",
    "int_from_float": "a whole number is expected",
    "float_type": "a number is expected",
    "float_parsing": "a number is expected",
    "finite_number": "a finite number is expected",
    "list_type": "a list [ … ] is expected",
    "dict_type": "a table is expected",
    "model_type": "a table is expected",
    "model_attributes_type": "a table is expected",
    "tuple_type": "a list [ … ] is expected",
    "path_type": "a path in quotes is expected",
}
_LIMITS = {
    "greater_than": "small: it must be more than {gt:g}",
    "greater_than_equal": "small: the least is {ge:g}",
    "less_than": "large: it must be less than {lt:g}",
    "less_than_equal": "large: the most is {le:g}",
}

#: What a table is that stands where there is a list of tables.
ONE_TABLE: Final = "there may be several of these, and this is one table"


def custom_mistake(what: str, fix: str = "") -> PydanticCustomError:
    """A mistake that brings its own sentence and its own fix."""
    return PydanticCustomError("custom_mistake", "{what}", {"what": what, "fix": fix})


def name_problem(name: str) -> str:
    """Why a name cannot stand in a line of a log: it is of spaces alone, or has a line break. Empty: it can."""
    if not name.strip():
        return "must not be empty"
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in name):
        return "has a line break or another character that cannot be shown"
    return ""


def new_name_problem(name: str, *, is_address: bool) -> str:
    """Why a person may not give this name now; empty: it may be given. A name that a file has already may be any.

    A name that steers the text around it, such as a mark of direction, is refused. `is_address`: the name is a part of
    addresses, where a slash and the folders `.` and `..` mean something else.
    """
    if problem := name_problem(name):
        return problem
    if not name.isprintable():
        return "has a character that cannot be seen"
    if is_address and "/" in name:
        return "must have no slash: it is a part of addresses"
    if is_address and name in (".", ".."):
        return "must not be . or ..: it is a part of addresses"
    return ""


def shown_name(name: str) -> str:
    """The name as it was written. Raises a `custom_mistake` for one with a `name_problem`."""
    if problem := name_problem(name):
        raise custom_mistake(problem)
    return name


def checked_listening_host(host: str) -> str:
    """The address to listen on, without the brackets of IPv6. Raises a `custom_mistake` for a URL, or with a port."""
    if not host.strip(" []"):
        every = 'Leave it out: then it is 127.0.0.1, this machine only. All addresses: host = "0.0.0.0".'
        raise custom_mistake("is empty, and an address to listen on is needed", every)
    if host != host.strip() or not host.isprintable():
        raise custom_mistake("has a space or a control character around the address", f'Write host = "{host.strip()}".')
    found = re.fullmatch(r"(?:\w+://)?(\[[^\]]*\]|[^:/]*)(:\d+)?(/.*)?", host)
    if found is None:
        return host
    address = found[1].removeprefix("[").removesuffix("]")
    if found[1] == host:
        return address
    fix = f'Write host = "{address}".' if address else "Leave host out: then it is 127.0.0.1, this machine only."
    port = " The port has a setting of its own." if found[2] else ""
    what = f'"{without_login(host)[:60]}" is not an address to listen on'
    raise custom_mistake(what, f"{fix}{port}")


@contextmanager
def mistakes_at(where: str) -> Iterator[None]:
    """Turn a `custom_mistake` that is raised inside into a `ConfigurationError` at a place, without pydantic."""
    try:
        yield
    except PydanticCustomError as error:
        about = error.context or {}
        raise ConfigurationError([Mistake(where, error.message(), str(about.get("fix", "")))]) from None


def mistakes_from(error: ValidationError, model: type[BaseModel], where: str = "") -> list[Mistake]:
    """Every mistake in `error`, with places below `where`. No mistake repeats a value that may be a secret."""
    details = error.errors(include_url=False, include_input=True)
    rows: dict[tuple[int | str, ...], list[object]] = {}  # numbers where points are expected, by the list
    for detail in details:
        if _is_number_for_point(detail):
            rows.setdefault(detail["loc"][:-1], []).append(detail["input"])
    found = [
        Mistake(_join(where, loc), "points are expected, and these are numbers", fix_of_points(given))
        for loc, given in rows.items()
    ]
    return found + [_mistake(detail, model, where) for detail in details if not _is_number_for_point(detail)]


def _is_number_for_point(detail: ErrorDetails) -> bool:
    """True for a number that stands where a list is expected as one of several."""
    is_item = detail["type"] in ("list_type", "tuple_type") and isinstance(detail["loc"][-1], int)
    return is_item and isinstance(detail["input"], int | float) and not isinstance(detail["input"], bool)


def _mistake(detail: object, model: type[BaseModel], where: str) -> Mistake:
    assert isinstance(detail, dict)
    place = _join(where, detail["loc"])
    kind: str = detail["type"]
    context: dict[str, object] = detail.get("ctx", {})
    if kind == "extra_forbidden":
        word = str(detail["loc"][-1])
        known = _fields_at(model, detail["loc"][:-1])
        return Mistake(place, "there is no such setting", did_you_mean(word, known) if known else "Remove it.")
    if kind == "missing":
        return Mistake(place, "is required and missing")
    if kind in ("enum", "literal_error"):
        return _of_no_choice(place, str(context["expected"]), detail["input"])
    if kind == "union_tag_invalid":
        expected = [part.strip(" '") for part in str(context["expected_tags"]).split(",")]
        tag = without_login(str(context["tag"]))
        return Mistake(_join(place, ("type",)), f'there is no type "{tag}"', did_you_mean(tag, expected))
    if kind == "union_tag_not_found":
        return Mistake(_join(place, ("type",)), "is required and missing")
    if kind == "custom_mistake":
        return Mistake(place, str(detail["msg"]), str(context.get("fix", "")))
    if kind == "list_type" and isinstance(detail["input"], dict) and place.endswith(("pipelines", "nodes")):
        head = re.sub(r"\[\d+\]", "", place)
        return Mistake(place, ONE_TABLE, f"Write [[{head}]], not [{head}].")
    if kind in _SENTENCES:
        return _of_wrong_kind(place, kind, detail["input"], is_secret=any(map(is_secret_name, map(str, detail["loc"]))))
    if kind in _LIMITS:
        return Mistake(place, f"{_shown(detail['input'])} is too {_LIMITS[kind].format_map(context)}")
    if kind in ("too_short", "too_long"):
        return _length_mistake(place, kind, context, detail["input"])
    if kind == "string_too_short":
        return Mistake(place, "must not be empty")
    message = str(detail["msg"]).removeprefix("Value error, ")
    return Mistake(place, message[:1].lower() + message[1:])


def _of_no_choice(place: str, choices: str, given: object) -> Mistake:
    """A value that is none of those that are possible."""
    expected = [part.strip(" '") for part in choices.replace(" or ", ", ").split(",")]
    guess = (nearest(given, expected) or _with_word(given, expected)) if isinstance(given, str) else ""
    fix = f"One of: {', '.join(expected)}." + (f' Did you mean "{guess}"?' if guess else "")
    return Mistake(place, f"{_shown(given)} is not a possible value", fix)


def _with_word(word: str, names: Sequence[str]) -> str:
    """The first name that has this word between its underscores: `event_and_record` for `record`; empty: none."""
    return next((name for name in names if word.lower() in name.lower().split("_")), "")


def _of_wrong_kind(place: str, kind: str, given: object, *, is_secret: bool) -> Mistake:
    """A value of another kind: text for a number, a list for a table. A secret is not repeated."""
    if is_secret:
        return Mistake(place, _SENTENCES[kind])
    if kind.startswith(("int_", "float_")):
        fix = _fix_of_number(given, is_drawn=_DRAWN.search(place) is not None)
    elif kind in ("list_type", "tuple_type") and isinstance(given, str) and len(given) <= 40:
        fix = _fix_of_list(place, given)
    else:
        fix = _fix_of_table(place, kind, given)
    return Mistake(place, f"{_SENTENCES[kind]}, not {_shown(given)}", fix)


def _length_mistake(place: str, kind: str, context: dict[str, object], given: object) -> Mistake:
    """A list with too few or too many values, such as a point without its y."""
    side, limit = ("least", context["min_length"]) if kind == "too_short" else ("most", context["max_length"])
    number = context["actual_length"]
    what = f"the list has {number} value{'' if number == 1 else 's'}, and the {side} is {limit}"
    return Mistake(place, what, fix_of_decimals(place, given) or fix_of_points(given) or fix_of_zone(place, kind))


def _fix_of_list(place: str, given: str) -> str:
    """A text where a list is expected: a point or points in quotes, or the one item of the list."""
    is_drawn = _DRAWN.search(place) and _NUMBERS_ALONE.fullmatch(given)
    numbers = [float(one) for one in _NUMBER.findall(given)] if is_drawn else []
    name = place.rpartition(".")[2]
    if points := fix_of_points(numbers):
        return points
    items = ", ".join(f"{one:g}" for one in numbers) if len(numbers) > 1 else _shown(given)
    return f"Write [{items}] in its place." if name.endswith("]") else f"Write {name} = [{items}]."


def _fix_of_table(place: str, kind: str, value: object) -> str:
    """Single brackets, where double ones make a list of what is one table; corners, where a table stands."""
    if kind in ("list_type", "tuple_type") and isinstance(value, dict) and (drawn := _DRAWN.search(place)):
        if any(isinstance(one, list) and one and isinstance(one[0], list) for one in value.values()):
            return f'A name with a dot needs quotes: "{place.rpartition(".")[2]}.{next(iter(value))}" = …'
        points = "[x, y], [x, y]" if drawn[1] == "lines" else "[x, y], [x, y], [x, y]"
        return f"Write its points: [{points}]."
    if kind not in ("dict_type", "model_type", "model_attributes_type") or not isinstance(value, list):
        return ""
    head = re.sub(r"\[\d+\]", "", place)
    if value and isinstance(value[0], dict):
        return f"Write [{head}], not [[{head}]]."
    return f"Write {head.rpartition('.')[2]} = {{ NAME = … }}: each value has a name."


def _fix_of_number(value: object, *, is_drawn: bool) -> str:
    """How to write what stands as text where a number belongs: without quotes, a point for a comma, without a unit."""
    if not isinstance(value, str):
        return ""
    found = re.fullmatch(r"\s*([+-]?\d+)(?:[.,](\d+))?\s*([A-Za-z%]*)\s*", value)
    if found is None:
        return "Write it in digits, without quotes and in the unit of the setting."
    if found[3] == "%":
        part = f"{float(f'{found[1]}.{found[2] or 0}') / 100:g}"
        beside = ', and units = "fractions" beside it' if is_drawn else ""
        return f"Write {part} without quotes{beside}."
    unit = ", in the unit of the setting" if found[3] else ""
    return f"Write {found[1]}{'.' + found[2] if found[2] else ''} without quotes{unit}."


def _shown(value: object) -> str:
    """A short, harmless text for a value: texts are quoted and cut, containers only named."""
    if isinstance(value, str):
        value = without_login(value)
        return f'"{value[:40]}…"' if len(value) > 40 else f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    names = {list: "a list", dict: "a table", type(None): "nothing"}
    return names.get(type(value), f"a {type(value).__name__}")


def _join(where: str, loc: Sequence[object]) -> str:
    place = where
    for step in loc:
        if isinstance(step, int):
            place += f"[{step}]"
        elif not str(step).startswith(("function-", "tagged-union")):
            place += f".{step}" if place else str(step)
    return place


def _fields_at(model: type[BaseModel], loc: Sequence[object]) -> list[str]:
    """The setting names of the model that stands at `loc` below `model`, or none when that is not plain."""
    here: type[BaseModel] | None = model
    for step in loc:
        if isinstance(step, int):  # an item of a list of one model
            continue
        field = here.model_fields.get(str(step)) if here is not None else None
        kind = field.annotation if field is not None else None
        kinds = [kind, *get_args(kind)]
        here = next((one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)), None)
    return list(here.model_fields) if here is not None else []
