"""The figures of a process without pipelines: what happens to deliveries, counted from notices."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack

from securos_trigger.config.settings import MetricsSettings
from securos_trigger.notices import Announcer, Observer, kinds


def served_metrics(
    settings: MetricsSettings,
    log: Observer,
    stack: ExitStack,
    targets: Sequence[str],
    unserved: Callable[[], Collection[str]],
) -> Iterator[Observer]:
    """The observer of the figures, which are served until `stack` ends; none where they are not wanted.

    `targets` are the receivers of this process, `unserved` gives those that it cannot serve.
    ConfigurationError when the address cannot be listened on.
    """
    if settings.port is None:
        return
    from securos_trigger.metrics.collection import Metrics

    metrics = Metrics()
    metrics.watch_receivers(targets, unserved)
    announcer = Announcer([log])
    server = stack.enter_context(metrics.serve(settings.host, settings.port, announcer))
    announcer.announce(kinds.METRICS_SERVED, url=server.url)
    yield metrics.observe
