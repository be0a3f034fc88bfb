"""Reads the file of a function node without running it: whether it is Python, and defines `process_frame`."""

from __future__ import annotations

import ast
from pathlib import Path

from securos_trigger.conditions.python_code import parse_python

_FIX = "Write: def process_frame(frame, **kwargs): …"


def function_problem(path: Path) -> tuple[str, str]:
    """What is wrong with the file, and how to fix it. Empty when nothing is, or it cannot be read."""
    try:
        code = parse_python(path.read_bytes())
    except SyntaxError as error:
        at = f"line {error.lineno}: " if error.lineno else ""
        return f"{path} is not Python: {at}{error.msg}", ""
    except (OSError, ValueError, RecursionError, MemoryError):
        return "", ""  # a start says it
    if any(_may_define(node) for statement in code for node in ast.walk(statement)):
        return "", ""
    return f"{path} defines no process_frame", _FIX


def _may_define(statement: ast.AST) -> bool:
    """True for a statement that gives the name process_frame a value, or that may: a star import, setattr …"""
    match statement:
        case ast.FunctionDef(name="process_frame") | ast.AsyncFunctionDef(name="process_frame"):
            return True
        case ast.ClassDef(name="process_frame") | ast.Name(id="process_frame") | ast.Constant(value="process_frame"):
            return True
        case ast.alias(name=name, asname=asname):
            return (asname or name) in ("process_frame", "*")
        case ast.Name(id="globals" | "exec" | "__getattr__") | ast.FunctionDef(name="__getattr__"):
            return True
    return False
