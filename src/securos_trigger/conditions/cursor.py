"""A place in the tokens: what comes next, and how deep it is nested."""

from __future__ import annotations

from securos_trigger.conditions.limits import MAX_NESTING
from securos_trigger.conditions.syntax_errors import unexpected
from securos_trigger.conditions.tokens import Kind, Token, tokenize
from securos_trigger.conditions.vocabulary import COMPARISONS
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

    def accept_comparison(self) -> str | None:
        """The operator of a comparison (`not in` is one), if one is next; then it is taken."""
        if token := self.accept(*COMPARISONS, "in"):
            return token.text
        if self.token.is_("not") and self.tokens[self.index + 1].is_("in"):
            self.index += 2
            return "not in"
        return None

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

    def loop_variables(self, index: int) -> list[str]:
        """Look ahead to the closing bracket: the names after each `for` of this level."""
        names, depth = [], 0
        while depth >= 0 and self.tokens[index].kind is not Kind.END:
            token = self.tokens[index]
            depth += token.is_("(", "[") - token.is_(")", "]")
            if depth == 0 and token.is_("for"):
                names.append(self.tokens[index + 1].text)
            index += 1
        return names

    def is_bracketed_loop(self) -> bool:
        """True when a loop in square brackets follows the opening parenthesis."""
        return self.tokens[self.index + 1].is_("[") and bool(self.loop_variables(self.index + 2))

    def is_method(self) -> bool:
        """True when a dot, a key and an opening parenthesis follow."""
        dot, key, opening = (self.tokens[min(self.index + i, len(self.tokens) - 1)] for i in range(3))
        return dot.is_(".") and key.kind is Kind.KEY and opening.is_("(")

    def error(self, message: str, first: Token, last: Token | None = None) -> ConditionError:
        """The error that points at the text from one token to another."""
        return ConditionError(message, self.source, first.start, max((last or first).end, first.end))
