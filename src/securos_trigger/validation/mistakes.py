"""Turns what pydantic found in a configuration into mistakes a person can fix."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.validation.masking import is_secret_name, without_login

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
}


_LIMITS = {
    "greater_than": "small: it must be more than {gt:g}",
    "greater_than_equal": "small: the least is {ge:g}",
    "less_than": "large: it must be less than {lt:g}",
    "less_than_equal": "large: the most is {le:g}",
}


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name closest to `word`, or an empty string when none is close."""
    folded = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The fix for an unknown name: the nearest known one, else all of them."""
    guess = nearest(word, known)
    return f'Did you mean "{guess}"?' if guess else f"Known: {', '.join(known)}."


def custom_mistake(what: str, fix: str = "") -> PydanticCustomError:
    """A mistake that brings its own sentence and its own fix."""
    return PydanticCustomError("custom_mistake", "{what}", {"what": what, "fix": fix})


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
    return [_mistake(detail, model, where) for detail in error.errors(include_url=False, include_input=True)]


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
        expected = [part.strip(" '") for part in str(context["expected"]).replace(" or ", ", ").split(",")]
        given = detail["input"]
        guess = nearest(given, expected) if isinstance(given, str) else ""
        fix = f"One of: {', '.join(expected)}." + (f' Did you mean "{guess}"?' if guess else "")
        return Mistake(place, f"{_shown(given)} is not a possible value", fix)
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
        return Mistake(
            place, "there may be several of these, and this is one table", f"Write [[{head}]], not [{head}]."
        )
    if kind in _SENTENCES:
        is_secret = any(is_secret_name(str(step)) for step in detail["loc"])
        return Mistake(place, _SENTENCES[kind] + ("" if is_secret else f", not {_shown(detail['input'])}"))
    if kind in _LIMITS:
        return Mistake(place, f"{_shown(detail['input'])} is too {_LIMITS[kind].format_map(context)}")
    if kind == "string_too_short":
        return Mistake(place, "must not be empty")
    message = str(detail["msg"]).removeprefix("Value error, ")
    return Mistake(place, message[:1].lower() + message[1:])


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
        kinds = [kind, *(get_args(kind) if get_origin(kind) in (list, tuple) else ())]
        here = next((one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)), None)
    return list(here.model_fields) if here is not None else []
