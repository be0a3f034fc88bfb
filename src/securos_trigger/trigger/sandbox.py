"""The Jinja2 environment of templates: a sandbox with item-first lookup, empty undefined values and a budget.

What stock Jinja2 gives in its sandbox for ordinary data, this gives too, with two differences on purpose:

* Lookup is item first: `{{ nodes.z.items }}` is the metadata's `items`, and an object's own methods are never reached.
* What is undefined renders empty, chains included, and is remembered.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from types import BuiltinMethodType
from typing import Any, cast

from jinja2 import ChainableUndefined, Undefined
from jinja2.exceptions import SecurityError
from jinja2.filters import make_attrgetter
from jinja2.runtime import BlockReference, LoopContext, Macro, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace

from securos_trigger.model.data import fields_of
from securos_trigger.trigger import growth
from securos_trigger.trigger.budget import MAX_NUMBER_BITS, Budget, number_bits
from securos_trigger.trigger.counted_code import CountedCode

MAX_EXPONENT = 64
_STEPS_OF_A_MACRO = 5

# Values whose methods a template may call: `{{ label.upper() }}`, `{{ frame_time.strftime("%H:%M") }}`. Only methods of
# these classes themselves: those of a subclass (numpy's) may write files.
_WITH_METHODS = (str, int, float, datetime, date, time, timedelta, Decimal, Fraction, list, tuple, set, frozenset)
# What times are taken apart into: `{{ frame_time.isocalendar().week }}`, `{{ frame_time.timetuple().tm_yday }}`.
_PARTS_OF_TIMES = (type(date.min.isocalendar()), type(date.min.timetuple()))
_HELPERS = (LoopContext, Macro, TemplateReference, BlockReference, Cycler, Joiner, Namespace, range)
_CHANGES = {"append", "extend", "insert", "pop", "remove", "clear", "update", "add", "discard", "sort", "reverse"}
_CLOCKS = {"now", "today", "utcnow"}
_TEXTS_AND_LISTS = (str, list, tuple)
# Of exactly these types, nothing that is public changes anything or reads a format with fields.
_TIMES = frozenset({datetime, date, time, timedelta})
# Printed, these cost nothing that is counted.
_PRINTED_FREELY = frozenset({str, int, float, bool, type(None)})


@functools.cache
def callable_names() -> frozenset[str]:
    """The names of all that a template may call behind a dot."""
    bases = (*_WITH_METHODS, *_HELPERS)
    return frozenset(name for base in bases for name in dir(base) if not name.startswith("_")) - _CHANGES - _CLOCKS


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of one template. `budget` and `printed_undefined` are those of its last rendering."""

    code_generator_class = CountedCode
    intercepted_binops = frozenset({"*", "**", "%", "+", "-", "/", "//"})

    def __init__(self) -> None:
        self.budget = Budget()
        self.printed_undefined = False
        super().__init__(undefined=self._undefined_type(), autoescape=False, cache_size=0, finalize=self.printable)
        self.globals = {name: self.globals[name] for name in ("range", "dict", "namespace", "joiner", "cycler")}
        self.filters = {name: self._bounded(name, cast("Any", made)) for name, made in self.filters.items()}
        self.tests = {name: self._bounded(name, cast("Any", made)) for name, made in self.tests.items()}

    def start(self) -> None:
        """Begin a new rendering."""
        self.budget.start()
        self.printed_undefined = False

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
        """`obj.attribute`, as `getitem`."""
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`obj[argument]` and `obj.argument`: an item of data first, then a field or a method that is allowed."""
        if type(obj) in _TIMES and type(argument) is str and argument[:1] != "_" and hasattr(obj, argument):
            return getattr(obj, argument)
        if isinstance(obj, Undefined):
            return obj
        try:
            return obj[argument]
        except (TypeError, LookupError, AttributeError, ValueError):
            return self._attribute(obj, argument) if isinstance(argument, str) else self.undefined(obj=obj, name=None)

    def _attribute(self, obj: Any, name: str) -> Any:
        is_helper = isinstance(obj, _HELPERS)
        if isinstance(obj, _PARTS_OF_TIMES) and hasattr(type(obj), name):
            return super().getattr(obj, name)
        is_field = name in fields_of(obj) or (isinstance(obj, Enum) and name in ("name", "value"))
        if is_helper or is_field or any(isinstance(obj, base) and hasattr(base, name) for base in _WITH_METHODS):
            return super().getattr(obj, name)
        return self.undefined(obj=obj, name=name)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Bounded operators: no sum, product, quotient, power or format can explode."""
        self.budget.step()
        if operator == "**" and (abs(right) > MAX_EXPONENT or abs(left) > 1e6):
            raise SecurityError("the power is too large")
        if operator == "*":
            self._check_product(left, right)
        if operator == "+" and isinstance(left, _TEXTS_AND_LISTS):
            self.budget.text(self.budget.printed_size(left) + self.budget.printed_size(right), '"+"')
        if operator == "%" and isinstance(left, str):
            values = right if isinstance(right, tuple) else (right,)
            self.budget.text(growth.format_with_percent(self.budget, (left, *values), {}), '"%"')
        return self.budget.number(super().call_binop(context, operator, left, right))

    def _check_product(self, left: Any, right: Any) -> None:
        for many, times in ((left, right), (right, left)):
            if isinstance(many, _TEXTS_AND_LISTS) and isinstance(times, int):
                self.budget.text(self.budget.printed_size(many) * times, '"*"')
        numbers = int | Fraction
        if (
            isinstance(left, numbers)
            and isinstance(right, numbers)
            and number_bits(left) + number_bits(right) > MAX_NUMBER_BITS
        ):
            raise SecurityError("the product is too large")

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """Call a macro, a method or a helper. The names are Jinja's: keywords of the call cannot meet them."""
        budget, owner = __self.budget, getattr(__obj, "__self__", None)
        if owner is __self:
            return __obj(*args)  # a question of the template's own code (`counted_code`)
        budget.step(_STEPS_OF_A_MACRO if isinstance(__obj, Macro) else 1)
        if isinstance(__obj, type) or getattr(type(__obj), "__name__", "") == "builtin_function_or_method":
            args = tuple(map(budget.finite, args))
        for value in (*([owner] if isinstance(owner, Decimal) else ()), *args, *kwargs.values()):
            budget.printed_size(value)
        if isinstance(owner, _WITH_METHODS) and __obj.__name__ in growth.METHODS:
            if args and not hasattr(type(args[0]), "__len__") and hasattr(type(args[0]), "__next__"):
                args = (list(args[0]), *args[1:])
            budget.text(growth.METHODS[__obj.__name__](budget, (owner, *args), kwargs), f'"{__obj.__name__}"')
        if type(owner) in _TIMES and type(__obj) is BuiltinMethodType and not kwargs:
            return __self.checked(__obj(*args), "a call")
        return __self.checked(super().call(__context, __obj, *args, **kwargs), "a call")

    def wrap_str_format(self, value: Any) -> Any:
        """The sandboxed `format` of a text, bounded."""
        wrapped = super().wrap_str_format(value)
        if wrapped is None:
            return None

        @functools.wraps(wrapped)
        def bounded(*args: Any, **kwargs: Any) -> str:
            self.budget.text(growth.format_with_braces(self.budget, (value.__self__, *args), kwargs), '"format"')
            return str(wrapped(*args, **kwargs))

        return bounded

    def checked(self, result: Any, what: str) -> Any:
        """The result of a filter or a call, counted."""
        if isinstance(result, str):
            self.budget.text(len(result), what)
        elif hasattr(type(result), "__next__") and not isinstance(result, _HELPERS):
            return self.budget.items(result)
        return result

    def counted(self, items: Iterable[Any]) -> Iterable[Any]:
        """What a loop runs over: each item is a step."""
        return self.budget.items(items)

    def searched(self, container: Any) -> Any:
        """What stands behind `in`."""
        return container if hasattr(type(container), "__contains__") else self.budget.finite(container)

    def joined(self, parts: tuple[Any, ...]) -> tuple[Any, ...]:
        """The operands of `~`."""
        self.budget.text(growth.joined_size(self.budget, "", parts), '"~"')
        return parts

    def weighed(self, value: Any) -> Any:
        """A list or an object that the template makes."""
        self.budget.printed_size(value)
        return value

    def printable(self, value: Any) -> Any:
        """What stands between `{{` and `}}`, before it becomes text."""
        if type(value) not in _PRINTED_FREELY:
            self.budget.printed_size(value)
        return value

    def concat(self, pieces: Iterable[str]) -> str:
        """The text of a macro, a block or a `set` block."""
        found = list(pieces)
        self.budget.text(sum(map(len, found)), "a block")
        return "".join(found)

    def _bounded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The filter or test with its cost counted before it runs, and its result after."""
        first = 1 if hasattr(function, "jinja_pass_arg") else 0

        @functools.wraps(function)
        def bounded(*args: Any, **kwargs: Any) -> Any:
            values = list(args[first:])
            self.budget.step()
            if name == "join":
                values, kwargs = self._parts_to_join(values, kwargs)
            elif values and name not in growth.QUICK_FILTERS:
                values[0] = self.budget.finite(values[0])
            if name == "in":
                values[1:] = map(self.searched, values[1:])
            self._charge(name, values, kwargs)
            return self.checked(function(*args[:first], *values, **kwargs), f'"{name}"')

        return bounded

    def _parts_to_join(self, values: list[Any], keywords: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of `join` with its first as a list, the attribute already read."""
        attribute = keywords.pop("attribute", values[2] if len(values) > 2 else None)
        parts = self.budget.items(values[0])
        if attribute is not None:
            parts = map(make_attrgetter(self, attribute), parts)
        return [list(parts), *values[1:2]], keywords

    def _charge(self, name: str, values: list[Any], keywords: dict[str, Any]) -> None:
        text = values[0] if values else None
        if isinstance(text, str) and name not in growth.QUICK_FILTERS:
            limit = growth.MAX_SLOWLY_READ_CHARACTERS
            if name in growth.SLOW_FILTERS and len(text) > limit:
                raise SecurityError(f'"{name}" reads at most {limit:,} characters')
            self.budget.text(len(text), f'"{name}"')
        if name not in growth.SHALLOW_FILTERS:
            size = sum(map(self.budget.printed_size, values))
            if name in growth.PRINTING_FILTERS:
                self.budget.text(size, f'"{name}"')
        if name in growth.FILTERS:
            self.budget.text(growth.FILTERS[name](self.budget, values, keywords), f'"{name}"')
