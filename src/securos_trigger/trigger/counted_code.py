"""Writes the Python code of a template so that its loops, joins and literals ask the environment first."""

# ruff: noqa: N802  the names are Jinja's

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame


class CountedCode(CodeGenerator):
    """Writes code that asks the environment before it loops, joins, or makes a list or an object."""

    def visit_For(self, node: nodes.For, frame: Frame) -> None:
        node.iter = _ask("counted", node.iter)
        super().visit_For(node, frame)

    def visit_Operand(self, node: nodes.Operand, frame: Frame) -> None:
        if node.op in ("in", "notin"):
            node.expr = _ask("searched", node.expr)
        super().visit_Operand(node, frame)

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        if node.dyn_args is not None:
            node.dyn_args = _ask("counted", node.dyn_args)
        super().visit_Call(node, frame, forward_caller=forward_caller)

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        join = "markup_join if context.eval_ctx.autoescape else str_join"
        self.write(f"({join})(environment.joined((")
        for operand in node.nodes:
            self.visit(operand, frame)
            self.write(", ")
        self.write(")))")

    def visit_List(self, node: nodes.List, frame: Frame) -> None:
        self._weighed(super().visit_List, node, frame)

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:
        self._weighed(super().visit_Dict, node, frame)

    def visit_Tuple(self, node: nodes.Tuple, frame: Frame) -> None:
        if node.ctx == "load":
            self._weighed(super().visit_Tuple, node, frame)
        else:
            super().visit_Tuple(node, frame)

    def _weighed(self, visit: Callable[[Any, Frame], None], node: nodes.Node, frame: Frame) -> None:
        self.write("environment.weighed(")
        visit(node, frame)
        self.write(")")


def _ask(method: str, node: nodes.Node) -> nodes.Expr:
    return nodes.Call(nodes.EnvironmentAttribute(method), [cast("nodes.Expr", node)], [], None, None)
