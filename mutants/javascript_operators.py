"""Mutants of a JavaScript file, by the same operators. tree-sitter reads it: strings, comments and regexes are safe."""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

from mutants.mutant import Mutant, mutant_at

_PARSER = Parser(Language(tree_sitter_javascript.language()))
_BINARY = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "===": ("!==",),
    "!==": ("===",),
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "/": ("*",),
    "%": ("*",),
    "**": ("*",),
    "&&": ("||",),
    "||": ("&&",),
}
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_./ -]{0,39}")
_SCOPES = {"class_declaration", "function_declaration", "method_definition", "generator_function_declaration"}


def javascript_mutants(path: str, source: bytes) -> list[Mutant]:
    """Every change of the file, in the order of its text."""
    found = {
        (start, end, new): mutant_at(path, scope, operator, source, start, end, new.encode())
        for operator, scope, start, end, new in _changes(_PARSER.parse(source).root_node, "")
    }
    return sorted(found.values(), key=lambda one: (one.start, one.end, one.replacement))


def is_javascript(source: bytes) -> bool:
    """Whether it can be read at all: a change may fit its line and not its place."""
    return not _PARSER.parse(source).root_node.has_error


_Change = tuple[str, str, int, int, str]


def _changes(node: Node, scope: str) -> Iterator[_Change]:
    if node.type in _SCOPES:
        scope = f"{scope}.{_name(node)}".lstrip(".")
    if _is_log(node) or _is_for_people(node):
        return
    for operator, place, new in _changes_of(node):
        yield operator, scope, place.start_byte, place.end_byte, new
    for child in node.children:
        yield from _changes(child, scope)


def _changes_of(node: Node) -> Iterator[tuple[str, Node, str]]:
    text = _text(node)
    match node.type:
        case "binary_expression":
            yield from _binary(node)
        case "unary_expression" if text.startswith("!"):
            yield "remove `!`", node, f"Boolean({_text(node.children[-1])})"
        case "if_statement" | "while_statement" | "ternary_expression":
            condition = node.child_by_field_name("condition")
            if condition is not None:
                yield "negate a condition", condition, f"(!({_text(condition)}))"
        case "number" if text.isdigit():
            yield "constant", node, str(int(text) + 1)
            yield "constant", node, f"({int(text) - 1})"
        case "true" | "false":
            yield "constant", node, "false" if text == "true" else "true"
        case "string" if _WORD.fullmatch(text[1:-1]) and not _is_require(node):
            yield "constant word", node, f"{text[:-1]}X{text[-1]}"
        case "expression_statement" | "throw_statement" | "continue_statement" | "break_statement":
            if text not in ("'use strict';", "main();"):
                yield "drop a statement", node, ";"
        case "return_statement" if node.named_child_count:
            yield "return nothing", node.named_children[0], "undefined"
        case _:
            return


def _binary(node: Node) -> Iterator[tuple[str, Node, str]]:
    operator = node.child_by_field_name("operator")
    has_text = any(side.type in ("string", "template_string") for side in node.named_children)
    if operator is None or (has_text and _text(operator) == "+"):
        return
    for other in _BINARY.get(_text(operator), ()):
        yield "operator", operator, other


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8")


def _name(node: Node) -> str:
    name = node.child_by_field_name("name")
    return "" if name is None else _text(name)


def _is_require(node: Node) -> bool:
    call = node.parent.parent if node.parent else None
    return call is not None and call.type == "call_expression" and _text(call).startswith("require(")


def _is_log(node: Node) -> bool:
    """True for a statement that only writes a line of the log."""
    return node.type == "expression_statement" and _text(node).startswith(("log(", "console."))


def _is_for_people(node: Node) -> bool:
    """True for the sentence of an error."""
    return node.type == "new_expression" and _text(node).startswith(("new Error(", "new Refusal("))
