"""The answers to what `init` asks: options, and what a person types, who is asked again after a slip."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import click

from securos_trigger.cli.colours import BAD, coloured
from securos_trigger.cli.trouble_text import error_text, question_text
from securos_trigger.errors import ArgumentError
from securos_trigger.errors.wording import sentence

_T = TypeVar("_T")

#: Characters of a question that leave space for the answer on its line; behind a longer one the answer has its own.
_WIDEST_QUESTION: Final = 48
#: An answer that cannot be used is asked for this often where no terminal is: no person ends it there.
_MOST_TRIES: Final = 3
#: What is asked again together with an answer that cannot be used: it belongs to it.
_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "user": ("password_file",),
    "receiver": ("fingerprint", "token_file"),
}


class Answers:
    """What was given as options, and what a person answers otherwise. Each question has the name of its option."""

    def __init__(self, given: Mapping[str, str | Path | None], *, is_agreed: bool) -> None:
        self._given = given
        self.is_agreed = is_agreed
        self._typed: dict[str, str] = {}
        self._refused: dict[str, str] = {}

    def option(self, name: str) -> str | None:
        """An option as it was given; None: it was not."""
        found = self._given.get(name)
        return found if isinstance(found, str) else None

    def file(self, name: str) -> Path | None:
        """A file that was named; None: none."""
        found = self._given.get(name)
        return found if isinstance(found, Path) else None

    def is_typed(self, name: str) -> bool:
        """True where the answer is that of a person."""
        return name in self._typed

    def forget(self, name: str) -> None:
        """Have the question asked again when its answer is needed next."""
        self._typed.pop(name, None)

    def usable(self, names: Sequence[str], attempt: Callable[[], _T]) -> _T:
        """What `attempt` gives. An answer to one of these questions that it refuses is asked for again.

        The reason is said before that. The other answers stay as they are. ArgumentError: it refuses an option, or the
        answer to another question.
        """
        tries = 1
        while True:
            try:
                return attempt()
            except ArgumentError as error:
                name = error.argument.replace("-", "_")
                again = [one for one in (name, *_TOGETHER.get(name, ())) if one in self._typed]
                if name not in names or not again:
                    raise
                reason = sentence(str(error))
                if tries == _MOST_TRIES and not sys.stdin.isatty():
                    raise click.UsageError(reason) from None
                self._refused |= {one: self._typed.pop(one) for one in again}
            tries += 1
            if not sys.stdin.isatty():
                click.echo("")  # on a terminal Enter has ended the line
            click.echo(coloured(error_text(reason), BAD, sys.stdout))

    def text(self, name: str, question: str, *, default: str | None = None, choices: Sequence[str] = ()) -> str:
        """The option, else the answer. With --yes the default; where there is none the option is missing."""
        if (found := self.option(name)) is not None:
            return found
        if self.is_agreed:
            return self._without_asking(name, default)
        whole = question + (f" ({', '.join(choices)})" if choices else "")
        return self.usable([name], lambda: self._asked(name, whole, default, choices))

    def address(self, name: str, question: str) -> str:
        """The same for an address. One that was refused can be tried again: what it names may not have run."""
        refused = self._refused.get(name)
        if not refused or self.option(name) is not None or self.is_agreed:
            return self.text(name, question)
        again = f"{question}, or Enter for the same again"
        return self.usable([name], lambda: self._asked(name, again, refused, is_shown=False))

    def secret(self, name: str, question: str, *, default: str | None = None) -> str:
        """The first line of the file that was named, else the answer, which is not shown."""
        if (file := self.file(name)) is not None:
            from securos_trigger.operations.init.secrets import first_line

            return first_line(name, file)
        if self.is_agreed:
            return self._without_asking(name, default)
        return self.usable([name], lambda: self._asked(name, question, default, is_shown=False, is_hidden=True))

    def is_yes(self, name: str, question: str, *, default: bool) -> bool:
        """The answer to a question that is answered with y or n."""
        shown = f"{question} [{'Y/n' if default else 'y/N'}]"
        words = {"y": True, "yes": True, "n": False, "no": False, "": default}

        def answer() -> bool:
            typed = self._asked(name, shown, "").lower()
            if typed not in words:
                raise ArgumentError(name, f'"{typed}" is no answer here. Type y for yes or n for no')
            return words[typed]

        kept = self._typed.get(name)
        self.forget(name)
        is_accepted = self.usable([name], answer)
        self.forget(name)
        if kept is not None:
            self._typed[name] = kept
        return is_accepted

    def _asked(
        self,
        name: str,
        question: str,
        default: str | None,
        choices: Sequence[str] = (),
        *,
        is_shown: bool = True,
        is_hidden: bool = False,
    ) -> str:
        """What a person types, now or before. ArgumentError: it is empty, or none of the choices."""
        if (before := self._typed.get(name)) is not None:
            return before
        shown_default = default if default and is_shown else ""
        whole = question_text(question, shown_default)
        shown = f"{whole} [{shown_default}]" if shown_default else whole
        end = ": " if len(shown.split("\n")[-1]) <= _WIDEST_QUESTION else ":\n  > "
        with _answered(name):
            answer = str(click.prompt(shown, default="", show_default=False, prompt_suffix=end, hide_input=is_hidden))
        answer = (answer if is_hidden else answer.strip()) or default or ""
        self._typed[name] = answer
        if not answer and default is None:
            raise ArgumentError(name, "Nothing was typed, and an answer is needed here. Ctrl-C ends without a file")
        if choices and answer not in choices:
            from securos_trigger.errors.suggestions import did_you_mean

            raise ArgumentError(name, f'"{answer}" is none of them. {did_you_mean(answer, choices)}')
        return answer

    def _without_asking(self, name: str, default: str | None) -> str:
        if default is None:
            raise click.UsageError(f"--{name.replace('_', '-')} is missing: with --yes nothing is asked for.")
        return default


@contextmanager
def _answered(name: str) -> Iterator[None]:
    """Say what to do where a question has no terminal to be answered in."""
    try:
        yield
    except click.Abort as error:
        if isinstance(error.__context__, KeyboardInterrupt) or sys.stdin.isatty():
            raise
        option = f"--{name.replace('_', '-')}"
        what = f"There is no terminal, and no answer has come. Give {option}, or --yes to use what is proposed."
        raise click.UsageError(what) from None
