"""What one rendering of a template may cost: steps, characters, and the size of one value.

Nothing here looks at a clock: the same template on the same data costs the same on every machine. Everything that can
grow counts, so that neither a template nor foreign metadata can hold up the thread that handles video.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from jinja2 import Undefined
from jinja2.exceptions import SecurityError

#: Passes of loops, calls, filters and tests in one rendering.
MAX_STEPS: Final = 20_000
#: Characters that filters, methods and operators make or read in one rendering.
MAX_CHARACTERS: Final = 400_000
#: Characters of one text.
MAX_TEXT_CHARACTERS: Final = 100_000
#: Values in one list or object, those inside it included.
MAX_VALUES: Final = 20_000
#: Size of a whole number.
MAX_NUMBER_BITS: Final = 4_096

_CONTAINERS: Final = (list, tuple, dict, set, frozenset, deque)
# To walk over a value is cheaper than a step of the template.
_VALUES_PER_STEP: Final = 8
_BITS_PER_DIGIT: Final = 3
_NUMBER_CHARACTERS: Final = 25


class Budget:
    """What a rendering has used so far. Each method raises SecurityError, with a sentence, when it is too much."""

    __slots__ = ("characters", "steps")

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin a new rendering."""
        self.steps = 0
        self.characters = 0

    def step(self, count: int = 1) -> None:
        """Count steps."""
        self.steps += count
        if self.steps > MAX_STEPS:
            raise SecurityError(f"the template needs more than {MAX_STEPS:,} steps")

    def text(self, length: int, what: str) -> None:
        """Count a text of this length before `what` makes it."""
        if length > MAX_TEXT_CHARACTERS:
            message = f"{what} would make {length:,} characters; at most {MAX_TEXT_CHARACTERS:,} are allowed"
            raise SecurityError(message)
        self.characters += length
        if self.characters > MAX_CHARACTERS:
            raise SecurityError(f"the template makes more than {MAX_CHARACTERS:,} characters on its way")

    def items(self, items: Iterable[Any]) -> Iterator[Any]:
        """The same items, each counted as a step: an iterable without an end is given up."""
        for item in items:
            self.step()
            yield item

    def printed_size(self, value: object) -> int:
        """About how many characters `value` has when it is printed. What lies inside a list or an object counts."""
        if isinstance(value, str):
            return len(value)
        if not isinstance(value, _CONTAINERS):
            return _scalar_size(value)
        characters = seen = 0
        waiting: list[object] = [value]
        while waiting:
            item = waiting.pop()
            seen += 1
            if seen + len(waiting) > MAX_VALUES:
                raise SecurityError(f"a list or an object has more than {MAX_VALUES:,} values")
            if isinstance(item, dict):
                waiting.extend(dict.keys(item))
                waiting.extend(dict.values(item))
            elif isinstance(item, _CONTAINERS):
                waiting.extend(item if type(item) in _CONTAINERS else self.items(item))
            characters += 2 + (len(item) if isinstance(item, str) else _scalar_size(item))
        self.step(seen // _VALUES_PER_STEP)
        return characters

    def number(self, value: Any) -> Any:
        """`value`, unless it is a whole number that is too large, or a fraction of such numbers."""
        if isinstance(value, int | Fraction) and number_bits(value) > MAX_NUMBER_BITS:
            raise SecurityError("the number is too large")
        return value

    def finite(self, value: Any) -> Any:
        """`value`, or its counted items when nothing says that it ends."""
        is_finite = isinstance(value, str | bytes | Mapping | range | Undefined | None) or type(value) in _CONTAINERS
        return self.items(value) if not is_finite and hasattr(type(value), "__iter__") else value


def number_bits(value: int | Fraction) -> int:
    """How many bits a whole number has, or the larger number of a fraction."""
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _scalar_size(value: object) -> int:
    if isinstance(value, int):
        return value.bit_length() // _BITS_PER_DIGIT + 1
    return _decimal_size(value) if isinstance(value, Decimal) else _NUMBER_CHARACTERS


def _decimal_size(value: Decimal) -> int:
    """How many digits a Decimal has when it is written out: `int` and `format` do so, and 1e1000000 takes 17 s."""
    if not value.is_finite():
        return _NUMBER_CHARACTERS
    _, digits, exponent = value.as_tuple()
    size = len(digits) + abs(int(exponent))
    if size > MAX_NUMBER_BITS // _BITS_PER_DIGIT:
        raise SecurityError("the number is too large")
    return size
