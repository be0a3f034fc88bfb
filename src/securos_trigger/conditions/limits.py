"""Every bound of the condition language, in one place.

The bounds on the text are checked once, when the condition is read. The bounds on the metadata are checked on each
frame; what lies beyond one of them is unknown, so an oversized frame costs bounded time and never fires by accident.
"""

from __future__ import annotations

from typing import Final

#: Length of the text, in characters.
MAX_SOURCE_CHARS: Final = 4_096
#: Parentheses, brackets, calls and signs inside one another.
MAX_NESTING: Final = 25
#: Levels of the tree: a long sum is a deep tree, without any parenthesis.
MAX_TREE_DEPTH: Final = 100
#: Characters of one number. Longer ones are no measurement.
MAX_NUMBER_CHARS: Final = 40
#: Items of one list in the text.
MAX_LIST_ITEMS: Final = 256
#: Bits of a whole number that is shown to a person digit by digit.
MAX_SHOWN_BITS: Final = 256
#: Loops inside one another: `any(… for o in objects for a in o.attributes)` has two.
MAX_LOOP_DEPTH: Final = 2

#: Items that an outer loop, a wildcard or a function over a list looks at.
MAX_ITEMS: Final = 10_000
#: Items that a loop inside a loop looks at, for each item of the outer one.
MAX_INNER_ITEMS: Final = 1_000
#: Values inside a list or an object that is compared as a whole.
MAX_COMPARED_VALUES: Final = 1_000
#: Levels of a list or an object that is compared as a whole.
MAX_COMPARED_DEPTH: Final = 50
#: Size of a product of whole numbers, in bits.
MAX_PRODUCT_BITS: Final = 1_024
#: Digits that `round` may be asked for, before or after the point.
MAX_ROUND_DIGITS: Final = 20
