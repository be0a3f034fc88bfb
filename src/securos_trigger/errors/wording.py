"""Counts (`2,010 events`) and lists as a person reads them, carets below a mistake, control characters as escapes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from securos_trigger.errors.program import as_called

#: Asks a person, as a sentence without its end, whether a certificate is the right one.
COMPARE_CERTIFICATE: Final = (
    "Compare it with the receiver's own certificate (for receiver.js, with what `receiver init` printed)"
)
#: How a service is started; another sentence stands in its place for the file of the demo.
STARTS_IT: Final = "`securos-trigger run CONFIG` starts it"
#: Of more names than this, `some_of` says how many more there are.
MOST_LISTED: Final = 8
_COMMAND: Final = re.compile(r"`securos-trigger [^`]*`")
# Commands about the outbox alone, and those that need the configuration beside it.
_OF_OUTBOX: Final = re.compile(r"`securos-trigger outbox (?!move)")
_OF_BOTH: Final = re.compile(r"`securos-trigger (?:explain|outbox move) ")
_CONFIG: Final = re.compile(r"(?<= )CONFIG(?=[ `])")


def counted(number: int, noun: str, plural: str = "") -> str:
    """`number` and its noun. `plural` is the noun's plural where it is not the noun and an s."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def sentence(text: str) -> str:
    """`text` as one sentence: a capital at its begin, one full stop at its end. Empty: there is none.

    An address at its begin stays as it is typed.
    """
    text = text.strip().rstrip(". ")
    if not text:
        return ""
    first = text[0] if "://" in text.split()[0] else text[0].upper()
    return f"{first}{text[1:]}{'' if text[-1] in '!?' else '.'}"


def sentences(*texts: str) -> str:
    """The texts as sentences, one after the other; empty ones are left out."""
    return " ".join(filter(None, map(sentence, texts)))


def some_of(names: Sequence[str]) -> str:
    """`1, 2`: the first eight names, and how many more there are."""
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return ", ".join(names[:MOST_LISTED]) + more


def with_config(text: str, config: str, outbox: str = "") -> str:
    """The text with `config`, as a shell needs it, in place of CONFIG in our commands: `securos-trigger … CONFIG`.

    They begin with the word by which a shell finds this program (`as_called`).

    `outbox`, if any, is the file of a placed pipeline: the commands that can take it get it as `--path`.
    """

    def named(command: re.Match[str]) -> str:
        path = f"--path {outbox}" if outbox else ""
        if path and _OF_OUTBOX.match(command[0]):
            return _CONFIG.sub(lambda _: path, command[0])
        both = f"{config} {path}" if path and _OF_BOTH.match(command[0]) else config
        return _CONFIG.sub(lambda _: both, command[0])

    return as_called(_COMMAND.sub(named, text))


#: Characters of a quoted line that are shown, and of these before the place. A message indents them by up to eight.
_WINDOW: Final = 70
_BEFORE: Final = 40


def caret_lines(source: str, position: int, end: int) -> str:
    """The line of `source` that holds `position`, and below it carets from `position` to `end`.

    A long line is shortened around the place, with … where it is cut, so that both lines fit a terminal.
    """
    start_of_line = source.rfind("\n", 0, position) + 1
    end_of_line = source.find("\n", position)
    line = source[start_of_line : end_of_line if end_of_line >= 0 else len(source)]
    column = position - start_of_line
    width = max(1, min(end, start_of_line + len(line)) - position)
    window_start = max(0, min(column - _BEFORE, len(line) - _WINDOW))
    window_end = window_start + _WINDOW
    shown = line[window_start:window_end].replace("\t", " ")
    column -= window_start
    if window_start:
        shown = "…" + shown[1:]
    if window_end < len(line):
        shown = shown[:-1] + "…"
    return f"    {shown}\n    {' ' * column}{'^' * min(width, len(shown) - column or 1)}"


def printable(text: str) -> str:
    """The text with control characters and lone surrogates written as escapes: no terminal is steered by an event."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def one_line(text: str) -> str:
    """The text of a mistake for a log: on one line, without the line of a file that carets point at."""
    lines = text.split("\n")
    is_caret = [set(line.strip()) == {"^"} for line in (*lines, "")]
    kept = [line for number, line in enumerate(lines) if not (is_caret[number] or is_caret[number + 1])]
    return " ".join(" ".join(kept).split())


def why_muted(reason: str, person: str) -> str:
    """`by anna: works at the gate`: who muted a node, and why, as far as that is known."""
    return ": ".join(filter(None, (f"by {person}" if person else "", reason)))
