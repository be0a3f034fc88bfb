"""The figures of a process without pipelines: what happens to deliveries, counted from notices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from securos_trigger.config.settings import MetricsSettings
from securos_trigger.notices import Announcer, Observer, kinds


def served_metrics(settings: MetricsSettings, log: Observer, stack: ExitStack) -> Iterator[Observer]:
    """The observer of the figures, which are served until `stack` ends; none where they are not wanted.

    ConfigurationError when the address cannot be listened on.
    """
    if settings.port is None:
        return
    from securos_trigger.metrics.collection import Metrics

    metrics = Metrics()
    announcer = Announcer([log])
    server = stack.enter_context(metrics.serve(settings.host, settings.port, announcer))
    announcer.announce(kinds.METRICS_SERVED, url=server.url)
    yield metrics.observe
