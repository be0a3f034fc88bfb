"""What the grammar says when it cannot read on, and the checks that are about meaning and not about form."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Final

from securos_trigger.conditions.foreign_words import NO_IF, function_of_another_language, word_of_another_language
from securos_trigger.conditions.syntax import Call, ListOf, Loop, Path
from securos_trigger.conditions.tokens import Kind, Token
from securos_trigger.conditions.vocabulary import COMPARISONS, FUNCTIONS
from securos_trigger.errors import ConditionError

_OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_OVER_A_LIST: Final = ("any", "all", "sum", "min", "max")


def unexpected(
    source: str,
    tokens: Sequence[Token],
    index: int,
    *,
    value_expected: bool = False,
    closing: str = "",
    opening: Token | None = None,
) -> ConditionError:
    """The error for the token at `index`, which cannot stand there."""
    token, before = tokens[index], tokens[index - 1] if index else None
    if sentence := _habit(tokens, index):
        return ConditionError(sentence, source, token.start, token.end)
    if value_expected:
        message = _value_expected(source, token, before)
    elif token.kind in (Kind.NAME, Kind.NUMBER, Kind.TEXT) or token.is_("[", "(", "true", "false", "null", "not"):
        message = _side_by_side(source, token, before)
    elif token.is_("if"):
        message = NO_IF
    elif token.is_("for"):
        message = 'a loop must be inside a function: any(o.label == "car" for o in objects)'
    elif opening is not None:
        message = (
            f'expected a closing "{closing}" here: the "{opening.text}" at character {opening.start + 1} is still open'
        )
    elif token.is_(")", "]"):
        message = f'this "{token.text}" closes nothing: there is no "{"(" if token.is_(")") else "["}" before it'
    elif token.is_(".", "["):
        message = "only a path has steps: a path starts with a name, nodes.presence1.motion"
    else:
        message = f'"{token.text}" cannot stand here'
    return ConditionError(message, source, token.start, token.end)


def _habit(tokens: Sequence[Token], index: int) -> str | None:
    """What to write instead, where the mistake is a habit from another language."""
    token, before = tokens[index], tokens[index - 1] if index else None
    if sentence := word_of_another_language(tokens, index):
        return sentence
    following = tokens[min(index + 1, len(tokens) - 1)]
    if token.is_("not") and before is not None and following.is_(*COMPARISONS):
        return f'write "{_OPPOSITE[following.text]}" instead of "not {following.text}"'
    if token.is_("not") and before is not None and before.is_(*COMPARISONS):
        return 'put "not" in front of the whole comparison: not (a == b)'
    if token.is_("not") and following.kind is Kind.NAME:
        sentence = word_of_another_language(tokens, index + 1)
        return f'put "not" in front of the clause; {sentence}' if sentence else None
    if token.is_(","):
        if index > 1 and tokens[index - 2].is_("in"):
            return "a list has square brackets: path in [1, 2]"
        around = (before, following) if before is not None and before.end == token.start else ()
        if around and token.end == following.start and all(one.kind is Kind.NUMBER for one in around):
            return f"a number is written with a point, not a comma: write {around[0].text}.{following.text}"
        return 'join clauses with "and" or "or" instead of ","'
    return None


def _value_expected(source: str, token: Token, before: Token | None) -> str:
    if token.is_("if"):
        return NO_IF
    place = f' after "{source[before.start : before.end]}"' if before is not None else ""
    if token.kind is Kind.END:
        return f"the condition ends where a value is expected{place}"
    return f'expected a value{place}, found "{source[token.start : token.end]}"'


def _side_by_side(source: str, token: Token, before: Token | None) -> str:
    is_prefix = before is not None and before.text.lower() in ("f", "r", "b", "u") and before.end == token.start
    if is_prefix and token.kind is Kind.TEXT and before is not None:
        return f"text has no prefix here: remove the {before.text}"
    if token.is_("(") and before is not None:
        return f'"{before.text}" cannot be called'
    if token.kind is Kind.NAME and before is not None and before.kind is Kind.NAME and before.text in FUNCTIONS:
        return f'"{before.text}" is a function: write {before.text}({token.text})'
    message = 'two values stand side by side: "and", "or" or a comparison is missing here'
    if before is not None and before.kind is Kind.KEY and token.kind in (Kind.NAME, Kind.NUMBER):
        return f'{message}; a key with a space in it needs quotes: ["{source[before.start : token.end]}"]'
    return message


def unknown_function(source: str, name: Token, known: Iterable[str]) -> ConditionError:
    """The error for a call of something that is not on the list, with the nearest name that is."""
    names = sorted(known)
    near = difflib.get_close_matches(name.text.lower(), names, n=1, cutoff=0.7)
    fix = function_of_another_language(name.text)
    if fix is None and name.text in names:  # called as a method, which only some of them can be
        argument = 'o.label == "car" for o in objects' if name.text in ("any", "all") else "path"
        sentence = f'"{name.text}" is a function, and no method: write {name.text}({argument})'
        raise ConditionError(sentence, source, name.start, name.end)
    fix = fix or (f'did you mean "{near[0]}"?' if near else f"these exist: {', '.join(names)}")
    return ConditionError(f'there is no function "{name.text}"; {fix}', source, name.start, name.end)


def check_key(source: str, token: Token) -> None:
    """Refuse names that start with an underscore, and Python's double underscores even in quotes."""
    if token.kind is Kind.TEXT:
        if str(token.value).startswith("__"):
            message = "a key that starts with two underscores cannot be read"
            raise ConditionError(message, source, token.start, token.end)
    elif token.text.startswith("__"):
        message = "a name that starts with two underscores cannot be read"
        raise ConditionError(message, source, token.start, token.end)
    elif token.text.startswith("_"):
        message = f'a name cannot start with an underscore; a key can, in quotes: ["{token.text}"]'
        raise ConditionError(message, source, token.start, token.end)


def check_multiplication(source: str, star: Token) -> None:
    """Between two names `*` might be meant as a wildcard: a space, a digit or a parenthesis beside it decides."""
    around = source[star.start - 1] + source[star.end : star.end + 1]
    if not any(character.isspace() or character.isdecimal() or character in "()" for character in around):
        message = 'put a space on each side of "*" to multiply; as a wildcard it is a step of its own (nodes.*.count)'
        raise ConditionError(message, source, star.start, star.end)


def check_call(source: str, call: Call, counts: tuple[int, int], loop_depth: int) -> None:
    """Refuse a wrong number of arguments, and a single value where a list is needed."""
    fewest, most = counts
    given = len(call.arguments)
    if not fewest <= given <= most:
        wanted = f"{fewest}" if fewest == most else f"{fewest} or more" if most > 2 else f"{fewest} or {most}"
        noun = "value" if wanted == "1" else "values"
        message = f'"{call.function}" takes {wanted} {noun}, not {given}'
        raise ConditionError(message, source, call.start, call.end)
    if call.function not in _OVER_A_LIST or given > 1:
        return
    argument = call.arguments[0]
    if isinstance(argument, Path) and argument.first_wildcard is None:
        require_linear(source, argument, loop_depth)
    elif isinstance(argument, Path):
        text = source[argument.start : argument.end]
        message = f"a wildcard is one number, the sum; write {call.function}(r for r in {text})"
        raise ConditionError(message, source, argument.start, argument.end)
    elif not isinstance(argument, ListOf | Loop):
        message = f'"{call.function}" needs a list or a loop: {call.function}(o.probability > 0.5 for o in objects)'
        raise ConditionError(message, source, argument.start, argument.end)


def require_linear(source: str, path: Path, loop_depth: int) -> None:
    """Inside a loop, what runs over many items must start at that loop's item: else the cost is a product."""
    if loop_depth and path.variable != loop_depth - 1:
        message = (
            "inside a loop, what runs over many items must start at the loop's own name: "
            'any(a.label == "red" for o in objects for a in o.attributes)'
        )
        raise ConditionError(message, source, path.start, path.end)
