"""Which receivers are reached: `securos_trigger_target_up`."""

from __future__ import annotations

from collections.abc import Collection

from prometheus_client import CollectorRegistry, Gauge

from securos_trigger.metrics.declarations import TARGET_UP
from securos_trigger.notices import Notice, kinds


class TargetsUp:
    """Follows the notices of receivers and of the cluster that is in between, if there is one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._gauge = Gauge(TARGET_UP.name, TARGET_UP.help, TARGET_UP.labels, registry=registry)
        self._served: frozenset[str] = frozenset()
        self._down: set[str] = set()
        self._is_cluster_lost = False

    def serve(self, targets: Collection[str]) -> None:
        """These are the receivers that the nodes send to. One is up until a notice says otherwise."""
        for target in self._served.difference(targets):
            self._gauge.remove(target)
            self._down.discard(target)
        self._served = frozenset(targets)
        self._show_all()

    def observe(self, notice: Notice) -> None:
        """Take what a notice says; it may come before `serve`."""
        kind = notice.kind
        if kind in kinds.TARGET_FAILURES or kind is kinds.TARGET_RECOVERED:
            target = str(notice.fields["target"])
            (self._down.discard if kind is kinds.TARGET_RECOVERED else self._down.add)(target)
            self._show(target)
        elif kind in (kinds.CLUSTER_REACHED, kinds.CLUSTER_LOST, kinds.CLUSTER_RECOVERED):
            self._is_cluster_lost = kind is kinds.CLUSTER_LOST
            self._show_all()

    def _show_all(self) -> None:
        for target in self._served:
            self._show(target)

    def _show(self, target: str) -> None:
        """What the nodes of this process send passes through the cluster: without it no receiver is reached."""
        is_cut_off = self._is_cluster_lost and target in self._served
        self._gauge.labels(target).set(target not in self._down and not is_cut_off)
