"""What notices have said about targets, sources, threads and the outbox: which of them fail, since when, and why."""

from __future__ import annotations

import threading
from collections.abc import Set
from dataclasses import dataclass
from typing import Any, TypeVar

from securos_trigger.notices import Notice, kinds
from securos_trigger.runtime.lasting_kinds import (
    FAILING,
    OF_TARGET,
    REASON_FIELDS,
    RIGHT_AGAIN,
    UNWRITTEN,
    WORKING,
    WRITTEN,
)
from securos_trigger.runtime.unaccepted import UnacceptedEvents
from securos_trigger.system.timestamps import rfc3339_of_service, service_clock_s

_Name = TypeVar("_Name")
_Key = TypeVar("_Key", tuple[str, str], tuple[str, str, str])


@dataclass(slots=True)
class _Trouble:
    """One trouble: since when it lasts (Unix seconds; None: it is over), the last reason, and how often it came.

    `notice` is the name of the notice that reported it last, and `notice_since_s` since when it is that one.
    """

    since_s: float | None
    reason: str
    count: int = 1
    notice: str = ""
    notice_since_s: float = 0.0


class TroublesSeen:
    """Observes notices, and says what fails now. From any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._targets: dict[str, _Trouble] = {}
        self._working_targets: dict[str, float] = {}  # since when each has answered (Unix seconds)
        self._incomplete: dict[tuple[str, str], _Trouble] = {}  # by target, and camera whose latest event lacks a step
        self._sources: dict[tuple[str, str], _Trouble] = {}
        self._threads: dict[tuple[str, str], _Trouble] = {}  # by pipeline (or empty), and name
        self._unwritten: dict[tuple[str, str, str], _Trouble] = {}  # by what, its pipeline (or empty), and its name
        self._of_one: dict[str, _Trouble] = {}
        self._of_targets: dict[tuple[str, str], _Trouble] = {}  # by target, and what is wrong with it
        self._unaccepted = UnacceptedEvents()

    def observe(self, notice: Notice) -> None:
        """Take what a notice says about a trouble that begins, goes on or ends."""
        kind, fields, of = notice.kind, notice.fields, notice.pipeline
        with self._lock:
            self._unaccepted.observe(notice)
            if kind in kinds.TARGET_FAILURES:
                _begin_kind(self._targets, str(fields["target"]), notice)
                self._working_targets.pop(str(fields["target"]), None)
            elif kind is kinds.TARGET_RECOVERED or kind is kinds.DELIVERY_DONE:
                self._note_answer(notice)
            elif kind is kinds.RELOAD_DONE:
                self._incomplete.clear()  # perhaps of a camera that gets no more events; the next event says it again
            elif kind in (kinds.SOURCE_LOST, kinds.SOURCE_STILL_LOST):
                _begin(self._sources, _source_of(notice), fields["reason"], float(str(fields.get("outage_s") or 0.0)))
            elif kind is kinds.SOURCE_RECOVERED:
                _end(self._sources, _source_of(notice))
            elif kind is kinds.THREAD_FAILED:
                _begin(self._threads, (of, str(fields["thread"])), fields["reason"]).count = int(str(fields["count"]))
            elif kind is kinds.THREAD_RECOVERED:
                _end(self._threads, (of, str(fields["thread"])))
            elif kind in UNWRITTEN:
                _begin(self._unwritten, _unwritten_of(notice, *UNWRITTEN[kind]), fields["reason"])
            elif kind in WRITTEN:
                self._unwritten.pop(_unwritten_of(notice, *WRITTEN[kind]), None)
            elif kind is kinds.PIPELINE_ENDED or kind is kinds.PIPELINE_FAILED:
                pipeline = str(fields["pipeline"])  # a reload may begin another one of its name, which says it again
                _forget(self._unwritten, 1, pipeline)
                _forget(self._sources, 0, pipeline)
                _forget(self._threads, 0, pipeline)
            elif kind in OF_TARGET:
                about = (str(fields["target"]), OF_TARGET[kind])
                _begin(self._of_targets, about, fields[REASON_FIELDS.get(kind, "reason")])
            elif kind in RIGHT_AGAIN:
                self._of_targets.pop((str(fields["target"]), RIGHT_AGAIN[kind]), None)
            elif kind in FAILING:
                _begin(self._of_one, FAILING[kind], fields[REASON_FIELDS.get(kind, "reason")])
            elif kind in WORKING:
                _end(self._of_one, WORKING[kind])

    def _note_answer(self, notice: Notice) -> None:
        """A target takes events again, or one has arrived: with all steps, or without some. A camera may get none."""
        target, reason = str(notice.fields["target"]), notice.fields.get("reason")
        self._working_targets.setdefault(target, service_clock_s())
        _end(self._targets, target)
        for camera in str(notice.fields["cameras"]).split(",") if notice.kind is kinds.DELIVERY_DONE else ():
            if reason and not notice.fields["failed_cameras"]:
                _begin(self._incomplete, (target, camera), reason)
            elif not reason:
                self._incomplete.pop((target, camera), None)

    def target(self, target: str) -> dict[str, Any]:
        """`is_healthy` (None: nothing was sent yet), `failing_since`, `reason`, and the `trouble` in one word.

        `trouble_since` is when that trouble took the place of another one, or `failing_since`, when the first began.
        `healthy_since` where it answers; `incomplete_since` and `incomplete_reason` where events arrive, and not all of
        their steps work; `not_accepted_since` and `not_accepted_reason` where they go again and none has arrived since.
        """
        with self._lock:
            trouble = self._targets.get(target)
            if trouble is not None and trouble.since_s is not None:
                return {
                    "is_healthy": False,
                    "failing_since": rfc3339_of_service(trouble.since_s),
                    "reason": trouble.reason,
                    "trouble": trouble.notice.removeprefix("target_"),
                    "trouble_since": rfc3339_of_service(trouble.notice_since_s),
                }
            healthy_since_s = self._working_targets.get(target)
            answer = {
                "is_healthy": None if healthy_since_s is None else True,
                "healthy_since": None if healthy_since_s is None else rfc3339_of_service(healthy_since_s),
                "failing_since": None,
                "reason": "",
                "trouble": "",
            }
            if incomplete := [one for (of, _), one in self._incomplete.items() if of == target]:
                since_s = min(one.since_s or 0.0 for one in incomplete)
                answer |= {"incomplete_since": rfc3339_of_service(since_s), "incomplete_reason": incomplete[-1].reason}
            return answer | self._unaccepted.answer(target)

    def forget_target(self, target: str) -> None:
        """What was seen of a target says nothing any more: another process has served it meanwhile."""
        with self._lock:
            self._targets.pop(target, None)
            self._working_targets.pop(target, None)
            _forget(self._of_targets, 0, target)
            self._unaccepted.forget(target)
            _forget(self._incomplete, 0, target)

    def reason_of(self, about: str) -> str:
        """Why a target, or the source of a pipeline, fails now; empty: it does not."""
        with self._lock:
            of_source = (one for (pipeline, _), one in self._sources.items() if pipeline == about)
            known = [one.reason for one in (self._targets.get(about), *of_source) if one and one.since_s is not None]
            unwritten = self._unwritten.items()
            held_up = [one.reason for (what, of, _), one in unwritten if (what, of) == ("messages", about)]
            known += [f"they are held up here, because {reason}" for reason in held_up]
            return known[0].removeprefix(f"{about} takes no events: ") if known else ""

    def outbox(self) -> dict[str, Any]:
        """`is_failing`, `failing_since` and `reason`."""
        with self._lock:
            return _failing(self._of_one.get("outbox"))

    def outbox_moved(self) -> dict[str, Any]:
        """`moved_to`, the name of the file in which this run goes on (empty: its own), and `moved_since`.

        `in_memory` is why a restart of the machine loses it (empty: it does not), `set_aside` the name that a damaged
        file has now (empty: there is none). Only the next start ends each.
        """
        with self._lock:
            moved = _failing(self._of_one.get("outbox moved"))
            in_memory = _failing(self._of_one.get("outbox in memory"))
            set_aside = _failing(self._of_one.get("outbox set aside"))
            return {
                "moved_to": moved["reason"],
                "moved_since": moved["failing_since"],
                "in_memory": in_memory["reason"],
                "in_memory_since": in_memory["failing_since"],
                "set_aside": set_aside["reason"],
                "set_aside_at": set_aside["failing_since"],
            }

    def unreadable(self, target: str) -> dict[str, Any]:
        """`certificate_unreadable_since` and `…_reason` of a certificate that cannot be parsed; else null and empty."""
        with self._lock:
            found = _failing(self._of_targets.get((target, "certificate")))
        since, reason = found["failing_since"], found["reason"]
        return {"certificate_unreadable_since": since, "certificate_unreadable_reason": reason}

    def clock_apart(self, target: str) -> dict[str, Any]:
        """`clock_apart_s`, how far the clock of a target is ahead of this machine's, and `clock_apart_since`; or null.

        Below 0: it is behind.
        """
        with self._lock:
            found = _failing(self._of_targets.get((target, "clock")))
            apart_s = int(found["reason"]) if found["is_failing"] else None
            return {"clock_apart_s": apart_s, "clock_apart_since": found["failing_since"]}

    def ledger(self) -> dict[str, Any]:
        """The same of the ledger's file."""
        with self._lock:
            return _failing(self._of_one.get("ledger"))

    def mutes(self) -> dict[str, Any]:
        """The same of the file of mutes, which cannot be read."""
        with self._lock:
            return _failing(self._of_one.get("mutes"))

    def cluster(self) -> dict[str, Any]:
        """The same of the cluster of a gateway."""
        with self._lock:
            return _failing(self._of_one.get("cluster"))

    def foreign_outcomes(self) -> dict[str, Any]:
        """The same of outcomes of events that this outbox does not have: the reason is the name of this gateway."""
        with self._lock:
            return _failing(self._of_one.get("outcomes"))

    def unwritten(self) -> list[dict[str, Any]]:
        """What else is not written now: `what`, its `name` (a path, or a source), `pipeline`, `since`, `reason`."""
        with self._lock:
            return [
                {"what": what, "name": name, "pipeline": pipeline}
                | {"since": rfc3339_of_service(one.since_s or 0.0), "reason": one.reason}
                for (what, pipeline, name), one in self._unwritten.items()
            ]

    def threads(self, shown: Set[str], tasks_in: str) -> list[dict[str, Any]]:
        """The threads in `shown`, and every thread or task that has failed; tasks live in the thread `tasks_in`."""
        running = {thread.name for thread in threading.enumerate()}
        nothing = {"failures": 0, "is_failing": False, "reason": ""}
        with self._lock:
            failures = {  # of two of one name, in two pipelines, that which fails
                name: {"failures": one.count, "is_failing": one.since_s is not None, "reason": one.reason}
                for (_, name), one in sorted(self._threads.items(), key=lambda item: item[1].since_s is not None)
            }
        return [
            {
                "name": name,
                "kind": "thread" if name in shown else "task",
                "is_alive": (name if name in shown else tasks_in) in running,
                **failures.get(name, nothing),
            }
            for name in sorted(shown | failures.keys())
        ]

    def source(self, pipeline: str, source: str) -> dict[str, Any]:
        """Why the live source of a pipeline gives no frames, and since when: `source_lost_reason`, `source_lost_since`.

        Empty and None: it is not lost.
        """
        with self._lock:
            trouble = self._sources.get((pipeline, source))
            if trouble is None or trouble.since_s is None:
                return {"source_lost_reason": "", "source_lost_since": None}
            return {"source_lost_reason": trouble.reason, "source_lost_since": rfc3339_of_service(trouble.since_s)}


def _forget(troubles: dict[_Key, _Trouble], part: int, name: str) -> None:
    """Remove the troubles whose key has this name as its part."""
    for key in [key for key in troubles if key[part] == name]:
        del troubles[key]


def _failing(trouble: _Trouble | None) -> dict[str, Any]:
    if trouble is None or trouble.since_s is None:
        return {"is_failing": False, "failing_since": None, "reason": ""}
    return {"is_failing": True, "failing_since": rfc3339_of_service(trouble.since_s), "reason": trouble.reason}


def _source_of(notice: Notice) -> tuple[str, str]:
    """Two pipelines may have sources of one name, such as two cameras of one recorder."""
    return str(notice.fields["pipeline"]), str(notice.fields["source"])


def _unwritten_of(notice: Notice, what: str, name: str) -> tuple[str, str, str]:
    return what, str(notice.fields.get("pipeline", "")), str(notice.fields[name])


def _begin(troubles: dict[_Name, _Trouble], name: _Name, reason: object, lasts_s: float = 0.0) -> _Trouble:
    """Begin a trouble that has lasted this long already, or go on with it."""
    known = troubles.get(name)
    since = service_clock_s() - lasts_s if known is None or known.since_s is None else known.since_s
    troubles[name] = made = _Trouble(since, str(reason), 1 if known is None else known.count + 1)
    return made


def _begin_kind(troubles: dict[str, _Trouble], name: str, notice: Notice) -> None:
    """Begin a trouble, or go on with it: as the same one, or as another, such as a wrong password after an outage."""
    known = troubles.get(name)
    begun = _begin(troubles, name, notice.fields["reason"], float(str(notice.fields.get("outage_s") or 0.0)))
    begun.notice = notice.kind.name
    if known is None or known.since_s is None:
        begun.notice_since_s = begun.since_s or service_clock_s()
    else:
        begun.notice_since_s = known.notice_since_s if known.notice == begun.notice else service_clock_s()


def _end(troubles: dict[_Name, _Trouble], name: _Name) -> None:
    if (known := troubles.get(name)) is not None:
        known.since_s = None
