"""The state of a running `deliver`: which receivers it serves, their state, and whether the cluster is reached."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from securos_trigger.notices import Notice, kinds
from securos_trigger.relay.attempts import Unserved
from securos_trigger.relay.gateway_clocks import ClockApart
from securos_trigger.relay.server_clocks import ServerApart
from securos_trigger.runtime.given_up import GivenUpCameras
from securos_trigger.runtime.troubles_seen import TroublesSeen
from securos_trigger.system.package_version import package_version
from securos_trigger.system.timestamps import rfc3339, rfc3339_of_service, service_clock_s
from securos_trigger.system.worker import unfinished_workers

_NOTHING_KNOWN: Final[dict[str, Any]] = {"is_healthy": None, "failing_since": None, "reason": "", "trouble": ""}


class DeliverStatus:
    """Collects what `status` answers. `observe` is an observer of notices; from any thread.

    `unserved` gives the targets that cannot be served: the log has a reason once, however often it comes again.
    """

    def __init__(self, targets: Sequence[str], unserved: Callable[[], Mapping[str, Unserved]] = dict) -> None:
        self._targets = tuple(targets)
        self._unserved = unserved
        #: Those that this process does not serve after a few failures.
        self.failing: Callable[[], Mapping[str, Unserved]] = dict
        #: What a receiver has shown.
        self.certificate_of: Callable[[str], dict[str, Any] | None] = lambda _target: None
        #: Which other process serves a receiver; empty: none is known.
        self.owner_of: Callable[[str], str] = lambda _target: ""
        #: The gateways whose clocks are wrong.
        self.clocks_apart: Callable[[], Sequence[ClockApart]] = tuple
        #: The NATS servers whose clocks are not this machine's.
        self.servers_apart: Callable[[], Sequence[ServerApart]] = tuple
        self._seen = TroublesSeen()
        self._given_up_cameras = GivenUpCameras()
        self._started_at_s = service_clock_s()
        self._lock = threading.Lock()
        self._served: set[str] = set()
        self._delivered: Counter[str] = Counter()
        self._dead: Counter[str] = Counter()
        self._is_reached: bool | None = None  # None: it connects for the first time
        self._cluster_reason = ""
        self._cluster_since_s = 0.0

    def observe(self, notice: Notice) -> None:
        """Take what a notice says."""
        self._seen.observe(notice)
        self._given_up_cameras.observe(notice)
        kind, target = notice.kind, str(notice.fields.get("target", ""))
        with self._lock:
            if kind is kinds.TARGET_TAKEN:
                self._served.add(target)
                self._seen.forget_target(target)
                self._given_up_cameras.forget(target)  # another process may have delivered to them
            elif kind is kinds.TARGET_GIVEN_UP:
                self._served.discard(target)
            elif kind is kinds.DELIVERY_DONE:
                self._delivered[target] += 1
            elif kind is kinds.DELIVERY_DEAD:
                self._dead[target] += 1
            elif kind is kinds.CLUSTER_LOST:
                self._cluster_since_s = self._cluster_since_s or time.time()
                self._is_reached, self._cluster_reason = False, str(notice.fields["reason"])
                self._served.clear()
            elif kind in (kinds.CLUSTER_REACHED, kinds.CLUSTER_RECOVERED):
                self._is_reached, self._cluster_since_s, self._cluster_reason = True, 0.0, ""

    def given_up_targets(self) -> set[str]:
        """The targets that this process serves and that have cameras which get no events."""
        with self._lock:
            served = set(self._served)
        return {target for target, number in self._given_up_cameras.counts(served).items() if number}

    def trouble_of(self, target: str) -> str:
        """Why a target takes no events now; empty: it does, or nothing is known."""
        health = self._seen.target(target)
        return str(health["reason"]) if health["is_healthy"] is False else ""

    def note_no_dead_letter(self, target: str) -> None:
        """Note that the cluster has no dead letter of a target: a person has dropped them."""
        self._given_up_cameras.forget_dead_letters(target)

    def summary(self) -> str:
        """One line for the service manager."""
        with self._lock:
            if not self._is_reached:
                return self._cluster_reason or "connects to the cluster"
            return f"serves {len(self._served)} of {len(self._targets)} receivers"

    def answer(self) -> dict[str, Any]:
        """The answer to `status` (docs/control.md)."""
        unserved, failing = self._unserved(), self.failing()
        with self._lock:
            is_reached, since_s, reason = self._is_reached, self._cluster_since_s, self._cluster_reason
            targets = [self._target(one, unserved.get(one), failing.get(one)) for one in self._targets]
            served = set(self._served)
        given_up = self._given_up_cameras.answer(has_dead_letters=True)
        return {
            "version": package_version(),
            "pid": os.getpid(),
            "started_at": rfc3339_of_service(self._started_at_s),
            "now": rfc3339(time.time()),
            "cluster": {
                "is_reached": is_reached,
                "lost_since": rfc3339(since_s) if is_reached is False else None,
                "reason": reason,
            },
            "targets": targets,
            "servers_apart": [
                {"server": one.server, "apart_s": one.apart_s, "since": rfc3339(one.since_s)}
                for one in self.servers_apart()
            ],
            "clocks_apart": [
                {"gateway": one.gateway, "apart_s": one.apart_s, "since": rfc3339(one.since_s)}
                for one in self.clocks_apart()
            ],
            "given_up": [one for one in given_up if one["target"] in served],
            "threads": self._seen.threads(unfinished_workers(), tasks_in="deliver"),
        }

    def _target(self, target: str, unserved: Unserved | None, failing: Unserved | None) -> dict[str, Any]:
        """The state of a receiver here. What was seen of one that another process serves now says nothing."""
        is_served = target in self._served
        health: dict[str, Any]
        if unserved is not None:
            since, trouble = rfc3339(unserved.since_s), "ends_refused" if unserved.is_ended else "given_up"
            health = {"is_healthy": False, "failing_since": since, "reason": unserved.reason, "trouble": trouble}
        elif is_served:
            health = self._seen.target(target)
        elif failing is not None:
            health = {**_NOTHING_KNOWN, "failing_since": rfc3339(failing.since_s), "reason": failing.reason}
        else:
            health = _NOTHING_KNOWN
        counts = {"delivered": self._delivered[target], "dead": self._dead[target]}
        reached = {"is_in_clear": target.startswith("http:"), "certificate": self.certificate_of(target)}
        reached |= self._seen.unreadable(target)
        if is_served:
            reached |= self._seen.clock_apart(target)
        owner = "" if is_served or not self._is_reached else self.owner_of(target)
        return {"target": target, "is_served": is_served, "owner": owner, **health, **counts, **reached}
