"""Mappings: which part of any JSON is the camera, the time, the objects; and which topics and messages are meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as Table
from functools import lru_cache, partial
from typing import Annotated, Any, Final, Literal

import jmespath
from jmespath.exceptions import JMESPathError, ParseError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from securos_trigger.errors.wording import caret_lines
from securos_trigger.inputs.boxes import BoxForm, BoxUnit
from securos_trigger.inputs.times import TimeUnit
from securos_trigger.validation.mistakes import custom_mistake

_PLAIN_KEYS: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_PLACES: Final = ("base_topic", "camera", "label", "zone", "rule", "any")
_FORMS: Final = {
    "xyxy": "corners",
    "x1y1x2y2": "corners",
    "ltrb": "corners",
    "xywh": "corner_size",
    "ltwh": "corner_size",
    "corner": "corner_size",
    "center": "centre",
    "cxcywh": "centre",
    "centre_size": "centre",
    "center_size": "centre",
}
_UNITS: Final = {
    "px": "pixels",
    "pixel": "pixels",
    "fraction": "fractions",
    "normalized": "fractions",
    "normalised": "fractions",
    "%": "percent",
    "grid": "grid_8192",
    "8192": "grid_8192",
}
_TIME_UNITS: Final = {
    "seconds": "s",
    "milliseconds": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
    "iso": "auto",
    "iso8601": "auto",
    "rfc3339": "auto",
    "text": "auto",
}
_SHARES: Final = {"fractions": "fraction", "share": "fraction", "%": "percent"}


def _expression(written: str) -> str:
    """Check that this is JMESPath, and say where it is not."""
    try:
        jmespath.compile(written)
    except ParseError as error:
        at = max(0, error.lex_position)
        fix = f"It goes wrong here:\n{caret_lines(written, at, at + 1)}"
        raise custom_mistake(f"this is not JMESPath: {written}", fix) from None
    except (JMESPathError, RecursionError) as error:
        fix = "An expression is like detections[].label; see jmespath.org."
        raise custom_mistake(f"this is not JMESPath: {str(error)[:100]}", fix) from None
    return written


def _synonyms(words: Table[str, str]) -> BeforeValidator:
    return BeforeValidator(lambda value: words.get(value.lower(), value) if isinstance(value, str) else value)


def _topic_pattern(written: str) -> str:
    unknown = [one for one in re.findall(r"\{([^{}]*)\}", written) if one not in _PLACES]
    if unknown:
        raise custom_mistake(
            f"there is no place {{{unknown[0]}}} in a topic", f"Known: {', '.join(f'{{{one}}}' for one in _PLACES)}."
        )
    if "+" in written or "#" in written:
        raise custom_mistake(
            f'"{written[:80]}" has a wildcard of MQTT, and no topic of a message has one',
            "Write {any} for one level; leave topic out here, and set `topics` of the source, for more.",
        )
    return written


#: A JMESPath expression.
Expression = Annotated[str, Field(min_length=1), AfterValidator(_expression)]
#: Values that a message is compared with, in any case.
Words = Annotated[tuple[str, ...], AfterValidator(lambda words: tuple(word.lower() for word in words))]


class ObjectMapping(BaseModel):
    """Where an object's values are. With `objects`, the expressions look into each of its items, else into the body."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    objects: Expression | None = Field(None, description="The list of objects.")
    label: Expression | None = Field(None, description="What the object is.")
    label_form: Literal["name", "name_percent"] = Field(
        "name", description="`name_percent`: the text holds a probability, as `person:87%`."
    )
    without_labels: tuple[str, ...] = Field((), description="Objects with these labels are left out.")
    id: Expression | None = Field(None, description="The tracker's id.")
    probability: Expression | None = Field(None, description="The probability.")
    probability_unit: Annotated[Literal["fraction", "percent"], _synonyms(_SHARES)] = Field(
        "fraction", description="`fraction`: 0 to 1; `percent`: 0 to 100."
    )
    rect: Expression | None = Field(None, description="Its box: a list of four numbers, or an object with names.")
    rect_form: Annotated[BoxForm, _synonyms(_FORMS)] = Field(
        BoxForm.CORNER_SIZE,
        description="Of a list: `corners` (left, top, right, bottom), `corner_size` (left, top, width, height) or "
        "`centre` (centre x, centre y, width, height).",
    )
    rect_unit: Annotated[BoxUnit, _synonyms(_UNITS)] = Field(
        BoxUnit.PIXELS, description="`pixels`, `fractions` (0 to 1), `percent`, `grid_8192` or `signed` (-1 to 1)."
    )
    is_y_up: bool = Field(False, description="True: the y axis points upwards.")
    zones: Expression | None = Field(None, description="The zones that it is in.")
    attributes: Expression | None = Field(None, description="An object with further facts.")


class MessageMapping(ObjectMapping):
    """How messages of one form are read."""

    topic: Annotated[str, AfterValidator(_topic_pattern)] = Field(
        "", description="Only messages with this topic: `cameras/{camera}/{label}`; `{any}` is any one level."
    )
    when: Expression | None = Field(None, description="Only messages for which this is true.")
    body: Literal["json", "text", "auto"] = Field("json", description="`auto`: JSON, else bare text.")
    gives: Literal["frame", "switch", "event", "health", "level", "ignored"] | None = Field(
        None,
        description="`frame`: all objects of a moment. `switch`: something that begins and ends. `event`: something "
        "without a duration. `health`: of the source. `level`: a value that raises no event. Default: `switch` with "
        "`state`, else `frame` with `objects`, else `health` with `health`, else `event`.",
    )
    source: Expression | None = Field(None, description="The camera. Default: `{camera}` of the topic, else the URL's.")
    channel: Expression | None = Field(None, description="The channel, of a device that may have several.")
    key: Expression | None = Field(
        None, description="What identifies the message: a second one with the same value is left out."
    )
    time: Expression | None = Field(None, description="Time of the message. Default: the time of arrival.")
    time_unit: Annotated[TimeUnit, _synonyms(_TIME_UNITS)] = Field(
        TimeUnit.AUTO, description="Of a number: `s`, `ms`, `us`, `ns`; `auto` goes by its size."
    )
    size: Expression | None = Field(None, description="Width and height of the frame: a list of two numbers.")
    identity: Expression | None = Field(
        None, description="What identifies the switch. Default: the topic and the labels."
    )
    state: Expression | None = Field(None, description="The value of the switch.")
    on: Words = Field(
        ("on", "true", "1", "active", "start", "new", "open", "detected"),
        description="Values that mean on, in capitals or not.",
    )
    off: Words = Field(
        ("off", "false", "0", "inactive", "stop", "end", "closed", "clear", "none", ""),
        description="Values that mean off, in capitals or not.",
    )
    count: Expression | None = Field(None, description="How many there are.")
    sub_label: Expression | None = Field(None, description="A name: a face, a company.")
    plate: Expression | None = Field(None, description="A plate that was read.")
    severity: Expression | None = Field(None, description="How important it is.")
    health: Expression | None = Field(None, description="The health of the source.")
    online: Words = Field(
        ("online", "alive", "up", "true", "1"), description="Values that mean a healthy source, in capitals or not."
    )
    keep: dict[str, Expression] = Field(default_factory=dict, description="More fields, by name.")

    @model_validator(mode="after")
    def _fits_together(self) -> MessageMapping:
        if self.gives == "switch" and self.state is None:
            raise custom_mistake("a switch needs its value", 'Add state, such as state = "state".')
        if self.gives == "frame" and self.objects is None:
            raise custom_mistake("a frame needs its objects", 'Add objects, such as objects = "detections".')
        return self

    @property
    def result(self) -> str:
        """What the messages are: `gives`, or what follows from the expressions."""
        if self.gives is not None:
            return self.gives
        if self.state is not None:
            return "switch"
        return "frame" if self.objects is not None else "health" if self.health is not None else "event"


def searched(expression: str | None, value: Any) -> Any:
    """What a JMESPath expression finds; None: nothing, or it does not fit this value."""
    return None if expression is None else _finder(expression)(value)


@lru_cache(maxsize=1_024)
def _finder(expression: str) -> Callable[[Any], Any]:
    """The function that looks an expression up; one for plain keys, `a.b || c`, which most are, without JMESPath."""
    choices = [part.strip() for part in expression.split("||")]
    if all(_PLAIN_KEYS.fullmatch(part) for part in choices):
        paths = tuple(tuple(part.split(".")) for part in choices)
        return partial(_at_keys, paths[0]) if len(paths) == 1 else partial(_at_first, paths)
    return partial(_search, jmespath.compile(expression))


def _at_keys(keys: tuple[str, ...], value: Any) -> Any:
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _at_first(paths: tuple[tuple[str, ...], ...], value: Any) -> Any:
    """The first that is there and neither false nor empty, as `||` has it; else the last."""
    found = None
    for keys in paths:
        found = _at_keys(keys, value)
        if found or (isinstance(found, int | float) and not isinstance(found, bool)):
            break
    return found


def _search(compiled: Any, value: Any) -> Any:
    try:
        return compiled.search(value)
    except (JMESPathError, RecursionError, ArithmeticError, TypeError, ValueError, AttributeError):
        return None
