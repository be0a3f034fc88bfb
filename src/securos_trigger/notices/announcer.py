"""Hands notices to observers. An observer writes a log line, counts, or draws a table.

The engine knows no logger and no metric: it announces a kind of notice (`kinds`) with its fields.
"""

from __future__ import annotations

import json
import logging
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from securos_trigger.errors.wording import printable
from securos_trigger.notices.fixes import FIXES, GOOD_NEWS
from securos_trigger.notices.registry import NoticeKind

_log = logging.getLogger("securos_trigger")

#: Fields that end a log line: what to do, then 36 characters that a person does not read.
_LAST: Final = {"fix": 1, "event_id": 2}
#: By notice: the fields of which a long line has the beginning only. Another place has them whole: the outbox the name
#: and the cameras of an event, `status` what runs. What no other place has is never cut, nor is a camera as an input
#: names it: such a name may have a comma.
_CUT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "service_started": ("pipelines", "targets"),
        **dict.fromkeys(
            (
                "event_kept",
                "event_already_there",
                "delivery_relayed",
                "delivery_done",
                "delivery_retry",
                "delivery_dead",
            ),
            ("event_name", "cameras", "failed_cameras"),
        ),
    }
)
#: How many characters of a list, and of the name of an event, stay on a long line.
_LONGEST_LIST: Final = 16
_LONGEST_NAME: Final = 16
#: Characters of a line that a person reads at a glance: 200 with its time, its level, and CONFIG as `site.toml`, but
#: without the id of an event at its end, which is always whole: who searches the log for it finds every line.
_LONGEST_LINE: Final = 162


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened: its kind, and fields that can be printed. `level` is a severity of `logging`.

    `pipeline` is the name of the pipeline whose announcer announced it; empty: it was that of no single one.
    """

    kind: NoticeKind
    fields: Mapping[str, object] = field(default_factory=dict)
    level: int = logging.NOTSET
    pipeline: str = ""

    def __post_init__(self) -> None:
        """Take the level of the kind unless another one is given."""
        if self.level == logging.NOTSET:
            object.__setattr__(self, "level", self.kind.level)

    @property
    def name(self) -> str:
        """The constant name, as it stands in the log."""
        return self.kind.name

    def __str__(self) -> str:
        """The log line: name, fields, what to do about it, the id of an event. An empty text and False are left out.

        One that is too long has, the longest field first and until it fits, the beginning of what another place has
        whole (`_CUT`).
        """
        shown = [(key, value) for key, value in self._told().items() if value != "" and value is not False]
        shown.sort(key=lambda one: _LAST.get(one[0], 0))
        line = self._line(shown)
        longest = _LONGEST_LINE + len(str(self.fields.get("event_id", "")))
        for key in self._to_cut(shown):
            if len(line) <= longest:
                break
            shown = [(name, _beginning(name, str(value)) if name == key else value) for name, value in shown]
            line = self._line(shown)
        return line

    def _to_cut(self, shown: Iterable[tuple[str, object]]) -> list[str]:
        """The fields of a long line that may be cut, the longest first."""
        may_be_cut = [(key, len(str(value))) for key, value in shown if key in _CUT.get(self.name, ())]
        return [key for key, _ in sorted(may_be_cut, key=lambda one: -one[1])]

    def _line(self, shown: Iterable[tuple[str, object]]) -> str:
        return " ".join([self.name, *(f"{key}={_plain(value)}" for key, value in shown)])

    def _told(self) -> Mapping[str, object]:
        """The fields, and what to do about a trouble."""
        fix = FIXES.get(self.name, "") if self.level >= logging.WARNING else ""
        if not fix:
            return self.fields
        fix = fix.replace(" NODE`", f" {shlex.quote(str(self.fields.get('node', 'NODE')))}`")
        return {"fix": fix, **self.fields}


Observer = Callable[[Notice], None]


def log_notice(notice: Notice) -> None:
    """Write the notice as one log line: `delivery_dead target=… reason=…`."""
    extra = {"is_milestone": notice.kind.is_milestone, "is_good_news": notice.name in GOOD_NEWS}
    _log.log(notice.level, "%s", notice, extra=extra)


class Announcer:
    """Hands notices to observers. An observer that raises is logged with its traceback and does not stop the others.

    `pipeline` is the name of the pipeline that it announces for; empty: for no single one.
    """

    def __init__(self, observers: Iterable[Observer] = (), pipeline: str = "") -> None:
        self.pipeline = pipeline
        self._observers = tuple(observers)
        self._is_closed = False

    def of_pipeline(self, pipeline: str) -> Announcer:
        """An announcer for the parts of this pipeline, with the same observers."""
        return Announcer(self._observers, pipeline)

    def close(self) -> None:
        """Hand no notice to an observer any more: its pipeline was left behind. What comes is in the log alone."""
        self._is_closed = True

    def announce(self, kind: NoticeKind, level: int = logging.NOTSET, /, **fields: object) -> None:
        """Hand a notice to every observer. From any thread. `level` replaces the kind's own."""
        notice = Notice(kind, fields, level, self.pipeline)
        if self._is_closed:
            _log.log(notice.level, "From a thread of the pipeline %s that was left behind: %s", self.pipeline, notice)
            return
        for observer in self._observers:
            try:
                observer(notice)
            except BaseException:  # noqa: BLE001  a bug, also `sys.exit()`, in an observer must not stop the courier or the video
                _log.exception("observer_failed notice=%s", kind.name)


def _beginning(key: str, value: str) -> str:
    """A value as it stands on a long line: of a list the first parts, and how many more there are."""
    if key == "event_name":
        return value if len(value) <= _LONGEST_NAME else f"{value[: _LONGEST_NAME - 1]}…"
    if len(value) <= _LONGEST_LIST:
        return value
    parts = value.split(",")
    kept = max(1, sum(1 for count in range(1, len(parts)) if len(",".join(parts[:count])) <= _LONGEST_LIST))
    return f"{','.join(parts[:kept])} and {len(parts) - kept} more" if kept < len(parts) else value


def _plain(value: object) -> str:
    """A field's value on one line: quoted where it has spaces, and what is not printable is escaped."""
    text = str(value)
    if not text or any(c.isspace() or c in '"=' for c in text):
        text = json.dumps(text, ensure_ascii=False)
    return printable(text)
