"""Templates of an event's name and description: Jinja2, sandboxed, compiled once, cut to a length.

Three things differ from plain Jinja2, all on purpose:

* Lookup is item first and data only: `{{ nodes.z.items }}` is the metadata's `items`, never a method of a dict.
* What is undefined renders empty, chains included, and is reported, so that the event can be flagged.
* Operators that could build gigabytes from a few characters are bounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from jinja2 import ChainableUndefined, TemplateSyntaxError, Undefined, meta
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from securos_trigger.errors import TemplateError, caret_lines

MAX_NAME_CHARACTERS = 256
MAX_DESCRIPTION_CHARACTERS = 4_096
MAX_SOURCE_CHARACTERS = 32_768
MAX_PRODUCT_CHARACTERS = 100_000
MAX_EXPONENT = 64

#: Variables that every template has beside the metadata's own top level (and `event` with `built_in`).
KNOWN_VARIABLES = (
    "deployment_id",
    "deployment_name",
    "application_id",
    "application_name",
    "gateway_id",
    "gateway_name",
    "node_id",
    "source_name",
    "frame_time",
    "meta",
    "event",
)

# Values whose methods a template may call: `{{ label.upper() }}`, `{{ frame_time.strftime("%H:%M") }}`.
_WITH_METHODS = (str, int, float, date, datetime, time, timedelta)


@dataclass(frozen=True, slots=True)
class Rendering:
    """A rendered text, and whether something undefined was printed in it or the template failed (`error`)."""

    text: str
    has_undefined: bool = False
    error: str = ""


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self) -> None:
        self.printed_undefined = False
        super().__init__(undefined=self._undefined_type(), autoescape=False, cache_size=0, keep_trailing_newline=False)
        self.globals = {name: self.globals[name] for name in ("range", "dict", "namespace", "joiner", "cycler")}

    def _undefined_type(self) -> type[Undefined]:
        environment = self

        class Noted(ChainableUndefined):
            """Undefined that renders empty and remembers that it was printed or iterated."""

            __slots__ = ()

            def __str__(self) -> str:
                environment.printed_undefined = True
                return ""

            def __iter__(self) -> Any:
                environment.printed_undefined = True
                return iter(())

            def __len__(self) -> int:
                environment.printed_undefined = True
                return 0

        return Noted

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute`: an item of data; a method only of texts, numbers and times."""
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`obj[argument]` and `obj.argument`: item first."""
        if isinstance(obj, Undefined):
            return obj
        try:
            return obj[argument]
        except (TypeError, LookupError, AttributeError, ValueError):
            if isinstance(obj, _WITH_METHODS) and isinstance(argument, str):
                return super().getattr(obj, argument)
            return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Bounded `*`, `**` and `%`: a product of texts or lists, a power and a format cannot explode."""
        if operator == "**" and (abs(right) > MAX_EXPONENT or abs(left) > 1e6):
            raise SecurityError("the power is too large")
        if operator == "*":
            for many, times in ((left, right), (right, left)):
                if isinstance(many, Sequence) and len(many) * times > MAX_PRODUCT_CHARACTERS:
                    raise SecurityError("the product is too long")
        if operator == "%" and isinstance(left, str):
            raise SecurityError('"%" with a text is not allowed; write ~ to join, or the filter "format"')
        return super().call_binop(context, operator, left, right)


class Template:
    """One compiled template. `render` never raises: a failure is in the result."""

    def __init__(self, source: str, *, max_characters: int, fallback: str = "") -> None:
        """Compile `source`. TemplateError says which line cannot be read, and why."""
        if len(source) > MAX_SOURCE_CHARACTERS:
            raise TemplateError(
                f"the template has {len(source)} characters; at most {MAX_SOURCE_CHARACTERS} are allowed"
            )
        self.source = source
        self._max_characters = max_characters
        self._fallback = fallback
        self._environment = _Environment()
        try:
            tree = self._environment.parse(source)
            self._template = self._environment.from_string(source)
        except TemplateSyntaxError as error:
            raise TemplateError(_syntax_sentence(source, error)) from None
        except (RecursionError, SyntaxError, ValueError, OverflowError) as error:
            raise TemplateError(f"the template cannot be compiled: {error}") from None
        #: The top-level names the template reads; only these are handed to it.
        self.names = frozenset(meta.find_undeclared_variables(tree))

    def render(self, variables: Mapping[str, Any], metadata: Mapping[Any, Any]) -> Rendering:
        """Render with `variables` first and the metadata's top level behind them. Cut at a character boundary."""
        environment = self._environment
        environment.printed_undefined = False
        values = {}
        for name in self.names:
            if name in variables:
                values[name] = variables[name]
            elif name in metadata:
                values[name] = metadata[name]
        pieces: list[str] = []
        length = 0
        try:
            for piece in self._template.generate(values):
                pieces.append(piece)
                length += len(piece)
                if length >= self._max_characters:
                    break
        except Exception as error:  # noqa: BLE001  whatever a template does with foreign data, the event goes out
            return Rendering(self._fallback, environment.printed_undefined, f"{type(error).__name__}: {error}")
        return Rendering(clean_text("".join(pieces), self._max_characters), environment.printed_undefined)


def clean_text(text: str, max_characters: int) -> str:
    """`text` cut to `max_characters`, its lone surrogates (not sendable as UTF-8) replaced, spaces at the ends gone."""
    text = text[:max_characters].strip()
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _syntax_sentence(source: str, error: TemplateSyntaxError) -> str:
    lines = source.split("\n")
    line = lines[error.lineno - 1] if 0 < error.lineno <= len(lines) else ""
    message = (error.message or "cannot be read").rstrip(".")
    place = f"line {error.lineno}: " if len(lines) > 1 else ""
    return f"{place}{message[:1].lower() + message[1:]}\n{caret_lines(line, 0, len(line))}"
