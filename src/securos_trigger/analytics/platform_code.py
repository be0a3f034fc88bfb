"""What code that was written for Lumeo's custom function node finds here, and what it does not.

`from lumeopipeline import VideoFrame, Utils` works. What is not there is found before the first frame.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from securos_trigger.conditions.python_code import parse_python

PLATFORM_MODULE = "lumeopipeline"


class Utils:
    """The helpers of the platform: only `install_import`."""

    @staticmethod
    def install_import(name: str, version: str | None = None, **_: Any) -> ModuleType:
        """Import an installed package. Nothing is installed: ImportError says what to install."""
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            wanted = f"{name}=={version}" if version else name
            raise ImportError(
                f"Utils.install_import installs nothing here; install it beside securos-trigger: pip install {wanted}"
            ) from error


def offer_platform_module(video_frame: type) -> None:
    """Let `from lumeopipeline import VideoFrame, Utils` succeed where that library is not installed."""
    if PLATFORM_MODULE in sys.modules or importlib.util.find_spec(PLATFORM_MODULE) is not None:
        return
    module = ModuleType(PLATFORM_MODULE, "The part of the platform's library that functions need here.")
    module.VideoFrame = video_frame  # type: ignore[attr-defined]
    module.Utils = Utils  # type: ignore[attr-defined]
    sys.modules[PLATFORM_MODULE] = module


def why_unusable(function: Callable[..., object], video_frame: type) -> str:
    """Why the function cannot process frames here, as the end of a sentence; empty when it can."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return "is an async def, which nothing here awaits. Write: def process_frame(frame, **kwargs): …"
    if inspect.isgeneratorfunction(function):
        return "has a yield in it, so that calling it does nothing. Return True or False instead"
    if names := _missing_uses(function, video_frame):
        has = ", ".join(f"{name}()" for name in vars(video_frame) if not name.startswith("_"))
        return f"uses {', '.join(names)}, which is not available here. A frame has {has}"
    return ""


def _missing_uses(function: Callable[..., object], video_frame: type) -> list[str]:
    """The attributes of its first parameter that `video_frame` does not have, as `frame.tensors`."""
    try:
        body = parse_python(inspect.cleandoc("\n" + inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return []  # built in another way than by a def: what it uses shows when it runs
    definition = body[0] if body else None
    if not isinstance(definition, ast.FunctionDef) or not definition.args.args:
        return []
    frame = definition.args.args[0].arg
    names = [node for node in ast.walk(definition) if isinstance(node, ast.Name) and node.id == frame]
    if any(isinstance(node.ctx, ast.Store) for node in names):
        return []  # the name means something else later on
    used = [
        node.attr
        for node in ast.walk(definition)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == frame
    ]
    return [f"{frame}.{name}" for name in dict.fromkeys(used) if not hasattr(video_frame, name)]
