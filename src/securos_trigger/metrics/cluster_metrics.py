"""The figures that exist only beside a cluster: whether it is reached, foreign outcomes, receivers not served."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from securos_trigger.metrics import declarations
from securos_trigger.notices import Notice, kinds

#: Each says whether the cluster is reached now.
_OF_CLUSTER: Final = {kinds.CLUSTER_REACHED: True, kinds.CLUSTER_LOST: False, kinds.CLUSTER_RECOVERED: True}
_OF_FOREIGN: Final = {kinds.OUTCOMES_FOREIGN: True, kinds.OUTCOMES_OWN_AGAIN: False}


class ClusterMetrics:
    """Follows the notices of a cluster. A gauge is made when a notice says what it shows."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._up: Gauge | None = None
        self._foreign: Gauge | None = None

    def observe(self, notice: Notice) -> None:
        """Take what a notice says."""
        is_up, is_foreign = _OF_CLUSTER.get(notice.kind), _OF_FOREIGN.get(notice.kind)
        if is_up is None and is_foreign is None:
            return
        self._foreign = self._foreign or self._made(declarations.OUTCOMES_FOREIGN)
        if is_foreign is not None:
            self._foreign.set(is_foreign)
        if is_up is not None:  # what is not known yet is not shown as down
            self._up = self._up or self._made(declarations.CLUSTER_UP)
            self._up.set(is_up)

    def _made(self, one: declarations.Declaration) -> Gauge:
        return Gauge(one.name, one.help, one.labels, registry=self._registry)


class UnservedReceivers(Collector):
    """Says of each receiver of a `deliver` whether it cannot be served; `unserved` gives those, from any thread."""

    def __init__(self, targets: Sequence[str], unserved: Callable[[], Collection[str]]) -> None:
        self._targets = tuple(targets)
        self._unserved = unserved

    def collect(self) -> Iterator[Metric]:
        """Read it on request."""
        one = declarations.TARGET_UNSERVED
        family = GaugeMetricFamily(one.name, one.help, labels=one.labels)
        unserved = self._unserved()
        for target in self._targets:
            family.add_metric([target], target in unserved)
        yield family
