"""How one trouble reads on a terminal of 80 columns: its sentence, and what to do about it."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from securos_trigger.cli.colours import BAD, coloured, is_terminal
from securos_trigger.errors.program import as_called
from securos_trigger.errors.wording import counted

if TYPE_CHECKING:
    from securos_trigger.operations.doctor import Finding
    from securos_trigger.operations.trouble import Headline, Trouble

_WIDTH: Final = 79
#: Where the lines of the doctor go on: below the text, below the subject, or on the left.
_MARGINS: Final = (24, 11, 4)
_COMMAND: Final = re.compile(r"`[^`]*`")
_WORD: Final = re.compile(r"(?:'[^']*'|[^\s'])+")
#: Stand for a space in a command, and for the end of a line in it, while lines are broken. They are for private use, so
#: no text has them.
_KEPT_SPACE: Final = "\ue000"
_LINE_END: Final = "\ue001"


def lines_of(trouble: Trouble, margin: str = "") -> Iterator[str]:
    """The lines of a trouble, below a line that begins further left by `margin`."""
    yield folded(f"{margin}{'!' if trouble.needs_person else '-'} {trouble.text}", f"{margin}  ")
    if trouble.fix:
        yield folded(f"{margin}  -> {trouble.fix}", f"{margin}     ")


def lines_of_all(troubles: Sequence[Trouble], works: str) -> Iterator[str]:
    """The lines of all troubles of a service, the worst first, below `works`, its first words; empty: it has none.

    Only mistakes of its file stand above them.
    """
    above = int(bool(troubles) and troubles[0].is_about_file)
    for one in troubles[:above]:
        yield from lines_of(one)
    if works:
        yield works
    for one in troubles[above:]:
        yield from lines_of(one)


def works_text(troubles: Sequence[object], headline: Headline | None = None) -> str:
    """The first words about a service that needs no person: `healthy` only when there is nothing to say."""
    if headline is not None:
        return headline.text
    return f"works, with {counted(len(troubles), 'remark')}" if troubles else "healthy"


def finding_text(finding: Finding) -> str:
    """The lines of a finding of the doctor: its columns, and below them how to fix it."""
    text = f"  {finding.status.value:<8} {finding.subject:<12} {finding.text}"
    fix = [_narrow(lambda margin: folded(f"{' ' * margin}-> {finding.fix}", " " * (margin + 3)))] if finding.fix else []
    return "\n".join([_narrow(lambda margin: folded(text, " " * margin)), *fix])


def _narrow(text_at: Callable[[int], str]) -> str:
    """The text at the widest margin where it stays within the width: a long path or command needs a narrow one."""
    texts = [text_at(margin) for margin in _MARGINS]
    return next((text for text in texts if max(map(len, text.split("\n"))) <= _WIDTH), texts[-1])


def error_text(text: str) -> str:
    """An error in lines of at most 79 characters, each with its indentation. A line above carets stays whole."""
    lines = as_called(text).split("\n")
    shown = []
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        shown.append(line if set(after.strip()) == {"^"} or len(line) <= _WIDTH else folded(line, indent))
    return "\n".join(shown)


def error_in_red(text: str, stream: TextIO) -> str:
    """An error as `error_text`. Its first line is red where the stream shows colours, however it is folded."""
    _, line_end, rest = text.partition("\n")
    after = f"{line_end}{error_text(rest)}"
    return f"{coloured(error_text(text).removesuffix(after), BAD, stream)}{after}"


def printed(text: str) -> str:
    """The text for the standard output: as `error_text` on a terminal; elsewhere each line is whole, for `grep`."""
    return error_text(text) if is_terminal(sys.stdout) else as_called(text)


def warning_text(config: Path, warning: str) -> str:
    """A warning about a configuration file, in lines of at most 79 characters. It names the file, as errors do."""
    return error_text(f"warning: {config}: {warning}")


def folded(text: str, indent: str) -> str:
    """The text in lines of at most 79 characters, or of one longer word.

    A command between backticks is one word. One that fits no line goes on in the next, after a backslash: a shell takes
    it as it stands.
    """
    width = _WIDTH - len(indent) - 1  # a full stop
    kept = _COMMAND.sub(lambda command: _command_lines(command[0], width), as_called(text))
    first, *others = kept.split(_LINE_END)
    lines = [_filled(first, "", indent), *(_filled(one, indent, indent) for one in others)]
    return "\n".join(lines).replace(_KEPT_SPACE, " ")


def question_text(question: str, default: str = "y/N") -> str:
    """A question in lines of at most 79 characters, with space for the ` [default]:` that is printed behind it."""
    end = f" [{default}]:" if default else ":"
    text = folded(question + end, "  ")
    return text.removesuffix(end) if text.endswith(end) else text.removesuffix(end[1:])[:-1]


def _filled(text: str, first_indent: str, indent: str) -> str:
    wrapper = textwrap.TextWrapper(_WIDTH, first_indent, indent, break_long_words=False, break_on_hyphens=False)
    return wrapper.fill(text)


def _command_lines(command: str, width: int) -> str:
    """The command as one word, or as one for each line of at most `width` characters that it needs."""
    if len(command) <= width or os.name == "nt":  # no shell of Windows goes on after a backslash
        return command.replace(" ", _KEPT_SPACE)
    lines = [""]
    for word in _WORD.findall(command):
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and len(longer) > width - 2:
            lines.append(word)
        else:
            lines[-1] = longer
    return _LINE_END.join(f"{line} \\" for line in lines).removesuffix(" \\").replace(" ", _KEPT_SPACE)
