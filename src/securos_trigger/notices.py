"""Notices: what the engine has to say, without knowing who listens.

The engine knows no logger and no metric. It hands a frozen `Notice` to every observer; an observer writes a log line,
counts, or draws a table. A notice has a constant name (docs/operations.md, docs/delivery.md) and plain fields.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

_log = logging.getLogger("securos_trigger")


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened inside: a constant name, a severity of `logging`, and fields that can be printed."""

    name: str
    level: int = logging.INFO
    fields: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{key}={_plain(value)}" for key, value in self.fields.items())])


Observer = Callable[[Notice], None]


def log_notice(notice: Notice) -> None:
    """An observer that writes each notice as one log line: `delivery_dead target=… reason=…`."""
    _log.log(notice.level, "%s", notice)


class Announcer:
    """Hands notices to observers. An observer that raises is logged with its traceback and does not stop the others."""

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self._observers = tuple(observers)

    def announce(self, name: str, level: int = logging.INFO, /, **fields: object) -> None:
        """Tell every observer. Called from any thread."""
        notice = Notice(name, level, fields)
        for observer in self._observers:
            try:
                observer(notice)
            except Exception:  # noqa: BLE001  a listener's bug must not stop the courier or the video
                _log.exception("observer_failed notice=%s", name)


def _plain(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if not text or any(c.isspace() or c in '"=' for c in text) else text
