"""The state of a running `deliver`: which receivers it serves, how they fare, and whether the cluster is reached."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from securos_trigger.notices import Notice, kinds
from securos_trigger.runtime.troubles_seen import TroublesSeen
from securos_trigger.system.package_version import package_version
from securos_trigger.system.timestamps import rfc3339
from securos_trigger.system.worker import unfinished_workers


class DeliverStatus:
    """Collects what `status` answers. `observe` is an observer of notices; from any thread."""

    def __init__(self, targets: Sequence[str]) -> None:
        self._targets = tuple(targets)
        self._seen = TroublesSeen()
        self._started_at_s = time.time()
        self._lock = threading.Lock()
        self._served: set[str] = set()
        self._delivered: Counter[str] = Counter()
        self._dead: Counter[str] = Counter()
        self._cluster_reason = ""
        self._cluster_since_s = 0.0

    def observe(self, notice: Notice) -> None:
        """Take what a notice says."""
        self._seen.observe(notice)
        kind, target = notice.kind, str(notice.fields.get("target", ""))
        with self._lock:
            if kind is kinds.TARGET_TAKEN:
                self._served.add(target)
            elif kind is kinds.TARGET_GIVEN_UP:
                self._served.discard(target)
            elif kind is kinds.DELIVERY_DONE:
                self._delivered[target] += 1
            elif kind is kinds.DELIVERY_DEAD:
                self._dead[target] += 1
            elif kind is kinds.CLUSTER_LOST:
                self._cluster_since_s = self._cluster_since_s or time.time()
                self._cluster_reason = str(notice.fields["reason"])
                self._served.clear()
            elif kind is kinds.CLUSTER_RECOVERED:
                self._cluster_since_s, self._cluster_reason = 0.0, ""

    def summary(self) -> str:
        """One line for the service manager."""
        with self._lock:
            if self._cluster_reason:
                return self._cluster_reason
            return f"serves {len(self._served)} of {len(self._targets)} receivers"

    def answer(self) -> dict[str, Any]:
        """The answer to `status` (docs/control.md)."""
        with self._lock:
            since_s, reason = self._cluster_since_s, self._cluster_reason
            served, delivered, dead = set(self._served), dict(self._delivered), dict(self._dead)
        return {
            "version": package_version(),
            "pid": os.getpid(),
            "started_at": rfc3339(self._started_at_s),
            "now": rfc3339(time.time()),
            "cluster": {
                "is_reached": not reason,
                "lost_since": rfc3339(since_s) if reason else None,
                "reason": reason,
            },
            "targets": [
                {
                    "target": target,
                    "is_served": target in served,
                    **self._seen.target(target),
                    "delivered": delivered.get(target, 0),
                    "dead": dead.get(target, 0),
                }
                for target in self._targets
            ],
            "threads": self._threads(),
        }

    def _threads(self) -> list[dict[str, Any]]:
        """The threads that should run, and what has failed."""
        running = {thread.name for thread in threading.enumerate()}
        names = unfinished_workers()
        nothing = {"failures": 0, "is_failing": False, "reason": ""}
        failures = self._seen.threads()
        return [
            {
                "name": name,
                "kind": "thread" if name in names else "task",
                "is_alive": name in running if name in names else "deliver" in running,
                **failures.get(name, nothing),
            }
            for name in sorted(names | set(failures))
        ]
