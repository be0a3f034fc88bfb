"""A place in the tokens: what comes next, and how deep it is nested."""

from __future__ import annotations

from securos_trigger.conditions.limits import MAX_NESTING
from securos_trigger.conditions.syntax_errors import unexpected
from securos_trigger.conditions.tokens import Token, tokenize
from securos_trigger.errors import ConditionError


class Cursor:
    """Where the parser stands in the tokens of `source`."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = tokenize(source)
        self.index = 0
        self.nesting = 0

    @property
    def token(self) -> Token:
        """The next token, not yet taken."""
        return self.tokens[self.index]

    @property
    def previous_end(self) -> int:
        """Where the last token that was taken ends."""
        return self.tokens[self.index - 1].end

    def take(self) -> Token:
        """Take the next token, whatever it is."""
        self.index += 1
        return self.tokens[self.index - 1]

    def accept(self, *texts: str) -> Token | None:
        """Take the next token when it is an operator or keyword of `texts`."""
        return self.take() if self.token.is_(*texts) else None

    def expect_closing(self, text: str, opening: Token) -> None:
        """Take the bracket that closes `opening`, or raise the error that says it is missing."""
        if not self.accept(text):
            raise unexpected(self.source, self.tokens, self.index, closing=text, opening=opening)

    def enter(self, token: Token) -> None:
        """Go one level deeper. The bound keeps the parser's own recursion small."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self.error(f"this is nested too deeply: {MAX_NESTING} levels are allowed", token)

    def leave(self) -> None:
        """Come back from `enter`."""
        self.nesting -= 1

    def error(self, message: str, first: Token, last: Token | None = None) -> ConditionError:
        """The error that points at the text from one token to another."""
        return ConditionError(message, self.source, first.start, max((last or first).end, first.end))
