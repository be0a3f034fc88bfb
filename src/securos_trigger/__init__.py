"""securos-trigger: what video analytics sees becomes events in ISS SecurOS.

The names below are the public surface; each is loaded when it is first used, so that `import securos_trigger` is cheap.

    Condition               a trigger condition: `.fires(metadata)`, `.explain(metadata)`
    TriggerSecurOSEvent     the node: `.process(metadata, at=seconds) -> Decision`
    __version__             the version of this package
    running                 a context manager that gives a node whose events are kept and delivered
    Action, Decision, Event, Reason     values that the node takes and gives
    SecurosTriggerError and its tree    see `securos_trigger.errors`
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str
    from securos_trigger.conditions import Condition
    from securos_trigger.errors import (
        ConditionError,
        ConfigurationError,
        MissingPartError,
        OutboxError,
        SecurosTriggerError,
        TemplateError,
        VideoError,
    )
    from securos_trigger.model import Action, Decision, Event, Reason
    from securos_trigger.runtime.running import running
    from securos_trigger.trigger.node import TriggerSecurOSEvent

_HOMES = {
    "Action": "model",
    "Condition": "conditions",
    "ConditionError": "errors",
    "ConfigurationError": "errors",
    "Decision": "model",
    "Event": "model",
    "MissingPartError": "errors",
    "OutboxError": "errors",
    "Reason": "model",
    "SecurosTriggerError": "errors",
    "TemplateError": "errors",
    "TriggerSecurOSEvent": "trigger.node",
    "VideoError": "errors",
    "running": "runtime.running",
}

__all__ = [
    "Action",
    "Condition",
    "ConditionError",
    "ConfigurationError",
    "Decision",
    "Event",
    "MissingPartError",
    "OutboxError",
    "Reason",
    "SecurosTriggerError",
    "TemplateError",
    "TriggerSecurOSEvent",
    "VideoError",
    "running",
]


if not TYPE_CHECKING:  # a type checker must see wrong imports

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from securos_trigger.system.package_version import package_version

            return package_version()
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
