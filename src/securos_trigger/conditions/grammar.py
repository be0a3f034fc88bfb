"""Stage two: from tokens to typed nodes. One function for each rule of the grammar, the rule in its docstring."""

from __future__ import annotations

from securos_trigger.conditions.cursor import Cursor
from securos_trigger.conditions.limits import MAX_LIST_ITEMS, MAX_LOOP_DEPTH, MAX_TREE_DEPTH
from securos_trigger.conditions.syntax import (
    Arithmetic,
    Call,
    Comparison,
    For,
    Junction,
    ListOf,
    Literal,
    Loop,
    Negative,
    Node,
    Not,
    Path,
    Step,
    Wildcard,
    walk,
)
from securos_trigger.conditions.syntax_errors import (
    check_call,
    check_key,
    check_multiplication,
    require_linear,
    unexpected,
    unknown_function,
)
from securos_trigger.conditions.tokens import Kind, Token
from securos_trigger.conditions.vocabulary import CONSTANTS, FUNCTIONS, METHODS, OVER_ITEMS
from securos_trigger.errors import ConditionError


def parse(source: str) -> Node:
    """The tree of a condition. Raises `ConditionError` for everything that is none."""
    parser = _Parser(source)
    if parser.token.kind is Kind.END:
        raise ConditionError("the condition is empty", source, 0)
    tree = parser.condition()
    for node, depth in walk(tree):
        if depth > MAX_TREE_DEPTH:
            raise ConditionError("this is nested too deeply", source, node.start, node.end)
    return tree


class _Parser(Cursor):
    """Recursive descent. `variables` are the names of the loops around the place that is read."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.variables: list[str] = []

    def condition(self) -> Node:
        """condition := or END"""
        tree = self.or_()
        if self.token.kind is not Kind.END:
            raise unexpected(self.source, self.tokens, self.index)
        return tree

    def or_(self) -> Node:
        """or := and ("or" and)*"""
        start = self.token.start
        operands = [self.and_()]
        while self.accept("or"):
            operands.append(self.and_())
        return operands[0] if len(operands) == 1 else Junction("or", tuple(operands), start, self.previous_end)

    def and_(self) -> Node:
        """and := not ("and" not)*"""
        start = self.token.start
        operands = [self.not_()]
        while self.accept("and"):
            operands.append(self.not_())
        return operands[0] if len(operands) == 1 else Junction("and", tuple(operands), start, self.previous_end)

    def not_(self) -> Node:
        """not := "not" not | comparison"""
        token = self.accept("not")
        if token is None:
            return self.comparison()
        self.enter(token)
        operand = self.not_()
        self.leave()
        return Not(operand, token.start, self.previous_end)

    def comparison(self) -> Node:
        """comparison := sum (("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not" "in") sum)*"""
        start = self.token.start
        operands = [self.sum_()]
        operators: list[str] = []
        while operator := self.accept_comparison():
            operators.append(operator)
            operands.append(self.sum_())
        if not operators:
            return operands[0]
        return Comparison(tuple(operands), tuple(operators), start, self.previous_end)

    def sum_(self) -> Node:
        """sum := product (("+" | "-") product)*"""
        start = self.token.start
        left = self.product()
        while operator := self.accept("+", "-"):
            right = self.product()
            left = Arithmetic(operator.text, left, right, start, self.previous_end)
        return left

    def product(self) -> Node:
        """product := sign (("*" | "/") sign)*"""
        start = self.token.start
        left = self.sign()
        while operator := self.accept("*", "/"):
            if operator.text == "*":
                check_multiplication(self.source, operator)
            right = self.sign()
            left = Arithmetic(operator.text, left, right, start, self.previous_end)
        return left

    def sign(self) -> Node:
        """sign := ("-" | "+") sign | value"""
        token = self.accept("-", "+")
        if token is None:
            return self.value()
        self.enter(token)
        operand = self.sign()
        self.leave()
        return Negative(token.text, operand, token.start, self.previous_end)

    def value(self) -> Node:
        """value := NUMBER | TEXT | "true" | "false" | "null" | "[" items "]" | "(" group ")" | call | path"""
        token = self.token
        if token.kind in (Kind.NUMBER, Kind.TEXT):
            self.take()
            return Literal(token.value, token.start, token.end)
        if token.kind is Kind.KEYWORD and token.text in CONSTANTS:
            self.take()
            return Literal(CONSTANTS[token.text], token.start, token.end)
        if token.is_("["):
            return ListOf(self.items("]"), token.start, self.previous_end)
        if token.is_("("):
            return self.group()
        if token.kind is Kind.NAME and self.tokens[self.index + 1].is_("("):
            return self.call()
        if token.kind is Kind.NAME or (token.is_("*") and self.tokens[self.index + 1].is_(".")):
            return self.path()
        raise unexpected(self.source, self.tokens, self.index, value_expected=True)

    def items(self, closing: str) -> tuple[Node, ...]:
        """items := (or ("," or)* ","?)?, between an opening and a closing bracket"""
        opening = self.take()
        self.enter(opening)
        items: list[Node] = []
        while not self.token.is_(closing):
            items.append(self.or_())
            if len(items) > MAX_LIST_ITEMS:
                raise self.error(f"the list is too long: {MAX_LIST_ITEMS} items are allowed", opening, self.token)
            if not self.accept(","):
                break
        self.expect_closing(closing, opening)
        self.leave()
        return tuple(items)

    def group(self) -> Node:
        """group := or | items with at least one "," (a list, as in Python)"""
        opening = self.token
        items = self.items(")")
        if len(items) == 1 and not self.tokens[self.index - 2].is_(","):
            return items[0]
        if not items:
            raise self.error("there is nothing between these parentheses", opening, self.tokens[self.index - 1])
        return ListOf(items, opening.start, self.previous_end)

    def call(self) -> Node:
        """call := FUNCTION (enclosed_loop | bracketed_loop | "(" items ")")"""
        name = self.take()
        if name.text not in FUNCTIONS:
            raise unknown_function(self.source, name, FUNCTIONS)
        return self.arguments(name.text, name.start, ())

    def arguments(self, function: str, start: int, before: tuple[Node, ...]) -> Call:
        if function in OVER_ITEMS and (names := self.loop_variables(self.index + 1)):
            found: tuple[Node, ...] = (self.enclosed_loop(names),)
        elif function in OVER_ITEMS and self.is_bracketed_loop():
            found = (self.bracketed_loop(),)
        else:
            found = before + self.items(")")
        call = Call(function, found, start, self.previous_end)
        check_call(self.source, call, FUNCTIONS[function], len(self.variables))
        return call

    def bracketed_loop(self) -> Loop:
        """bracketed_loop := "(" "[" loop "]" ")", as people write it who know Python's lists"""
        opening = self.take()
        loop = self.enclosed_loop(self.loop_variables(self.index + 1))
        self.expect_closing(")", opening)
        return loop

    def enclosed_loop(self, names: list[str]) -> Loop:
        """enclosed_loop := "(" loop ")" """
        opening = self.take()
        self.enter(opening)
        loop = self.loop(names)
        self.expect_closing("]" if opening.is_("[") else ")", opening)
        self.leave()
        return loop

    def loop(self, names: list[str]) -> Loop:
        """loop := or ("for" NAME "in" path ("if" or)*)+"""
        outer, start = len(self.variables), self.token.start
        self.variables += names
        element = self.or_()
        del self.variables[outer:]
        clauses = []
        while word := self.accept("for"):
            clauses.append(self.for_(word))
        del self.variables[outer:]
        return Loop(element, tuple(clauses), outer, start, self.previous_end)

    def for_(self, word: Token) -> For:
        if len(self.variables) >= MAX_LOOP_DEPTH:
            raise self.error(f"too many loops inside one another: {MAX_LOOP_DEPTH} are allowed", word)
        name = self.take()
        if name.kind is not Kind.NAME:
            raise self.error('after "for" a name of your choice is expected', name)
        check_key(self.source, name)
        if not self.accept("in"):
            raise self.error(f'after "for {name.text}" the word "in" and a path are expected', self.token)
        if self.token.kind is not Kind.NAME and not self.token.is_("*"):
            raise self.error(f'after "for {name.text} in" a path is expected, such as "objects"', self.token)
        source = self.path()
        if not isinstance(source, Path):
            message = "a loop runs over a path, not over the result of a function"
            raise ConditionError(message, self.source, source.start, source.end)
        require_linear(self.source, source, len(self.variables))
        self.variables.append(name.text)
        filters = []
        while self.accept("if"):
            filters.append(self.or_())
        return For(source, tuple(filters))

    def path(self) -> Path | Call:
        """path := (NAME | "*") step*, and listed functions may stand at its end: `o.label.lower()`"""
        first = self.take()
        check_key(self.source, first)
        variable = None
        steps: list[Step] = []
        if first.text in self.variables:
            variable = len(self.variables) - 1 - self.variables[::-1].index(first.text)
        elif first.text != "meta" or not self.token.is_(".", "["):
            steps.append(Wildcard("*") if first.is_("*") else first.text)
        while self.token.is_(".", "["):
            if self.is_method():
                return self.methods(Path(variable, tuple(steps), first.start, self.previous_end))
            steps.append(self.step())
        path = Path(variable, tuple(steps), first.start, self.previous_end)
        if path.first_wildcard is not None:
            require_linear(self.source, path, len(self.variables))
        return path

    def methods(self, operand: Path) -> Call:
        """methods := ("." METHOD "(" items ")")+"""
        call: Path | Call = operand
        while self.is_method():
            self.take()
            name = self.take()
            if name.text not in METHODS:
                raise unknown_function(self.source, name, FUNCTIONS)
            call = self.arguments(name.text, operand.start, (call,))
        assert isinstance(call, Call), "called only where a method stands"
        return call

    def step(self) -> Step:
        """step := "." KEY | "[" (TEXT | INTEGER | "-" INTEGER) "]" """
        opening = self.take()
        if opening.text == ".":
            key = self.take()
            if key.kind is not Kind.KEY:
                raise self.error('after "." a key is expected', opening, key)
            check_key(self.source, key)
            return Wildcard(key.text) if "*" in key.text else key.text
        if self.token.is_("*", "]"):
            message = "a wildcard is a step of its own: objects.*.count is the sum of all; to look for one item, write "
            raise self.error(f'{message}any(o.label == "car" for o in objects)', opening, self.token)
        sign = -1 if self.accept("-") else 1
        key = self.take()
        step: Step
        if key.kind is Kind.TEXT and sign == 1 and isinstance(key.value, str):
            check_key(self.source, key)
            step = key.value
        elif key.kind is Kind.NUMBER and isinstance(key.value, int):
            step = sign * key.value
        else:
            raise self.error('between "[" and "]" a key in quotes or a whole number is expected', opening, key)
        self.expect_closing("]", opening)
        return step
