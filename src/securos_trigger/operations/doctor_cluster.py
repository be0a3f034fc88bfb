"""What the doctor finds of the cluster that events are relayed to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.doctor import Finding
from securos_trigger.doctor.findings import failed, ok, warning
from securos_trigger.errors.wording import counted

if TYPE_CHECKING:
    from securos_trigger.relay.view import ClusterView

#: A loss of one server then loses nothing.
_SAFE_COPIES: Final = 3
#: Servers before the first know no `sync_interval: always`, and those before the second store no batch of events.
_FIRST_SAFE_VERSION: Final = (2, 10, 0)
_FIRST_WITH_BATCHES: Final = (2, 12, 1)
_UPDATE: Final = "Update the servers to 2.12.1 or later, one after the other."


def cluster_findings(relay: RelaySettings, targets: tuple[str, ...]) -> Iterator[Finding]:
    """Whether the cluster answers, how it stores events, and who delivers to each receiver."""
    from securos_trigger.operations.cluster import (  # brings the client of the cluster
        FIX_FULL,
        LOOK_BESIDE_DELIVER,
        NO_DROPS,
        full_text,
        report_of,
    )

    report = report_of(relay, targets)
    from securos_trigger.operations.target_troubles import FIX_GATEWAY_CLOCK, FIX_SERVER_CLOCK

    if report.is_refused:
        yield warning("cluster", "it answers; this login has no right to see what waits in it", LOOK_BESIDE_DELIVER)
        return
    if report.view is None:
        yield failed("cluster", report.reason, report.fix)
        return
    yield ok("cluster", f"{report.view.server} answers")
    yield from _storage_findings(report.view)
    for why in report.view.drops:
        yield failed("storage", f"the {why}", NO_DROPS)
    for stream in report.view.full:
        yield failed("storage", f"the {full_text(stream)}", FIX_FULL)
    for one in report.view.servers_apart:
        yield failed("clock", f"that of NATS server {one.server} is about {one.text}", FIX_SERVER_CLOCK)
    for clock in report.view.clocks_apart:
        text = f"that of gateway {clock.gateway} is about {clock.text}: its events show the wrong time"
        yield failed("clock", text, FIX_GATEWAY_CLOCK)
    yield from _placed_findings(report.view, relay.gateway)
    yield from _size_findings(relay, report.view.max_bytes)
    yield from _batch_findings(relay, report.view)
    yield from _receiver_findings(report.view)


def _receiver_findings(view: ClusterView) -> Iterator[Finding]:
    """Who delivers to each receiver, and whether it takes what it gets."""
    from securos_trigger.operations.cluster import BESIDE_OWNER, START_DELIVER, is_old, refused_text, waiting_text

    for one in view.receivers:
        if one.trouble:
            yield failed("deliver", refused_text(one), BESIDE_OWNER)
        elif one.owner and is_old(one):
            fix = "The receiver does not answer it, or answers slowly: the log of that process says which."
            yield failed("deliver", f"{one.name} is served by {one.owner}, and yet {waiting_text(one)}", fix)
        elif one.owner:
            yield ok("deliver", f"{one.name}: {one.waiting:,} waiting, served by {one.owner}")
        else:
            yield failed("deliver", f"no deliver serves {one.name}, and {waiting_text(one)}", START_DELIVER)


def _placed_findings(view: ClusterView, site: str) -> Iterator[Finding]:
    """Whether the placed pipelines of this site run, as their processes say; nothing where there are none."""
    from securos_trigger.operations.cluster import placed_troubles

    number = sum(one.state.site == site for one in view.pipelines or ())
    troubles = list(placed_troubles(view, site))
    for one in troubles:
        yield (failed if one.needs_person else warning)("placed", one.text, one.fix)
    if number and not troubles:
        yield ok("placed", f"{counted(number, 'pipeline')} of this site: each runs, and no person must act")


def _storage_findings(view: ClusterView) -> Iterator[Finding]:
    """Where each event is, and whether all of the servers that store it are there."""
    from securos_trigger.operations.cluster import BRING_BACK, away_text

    if not view.is_on_disk:
        yield failed("storage", "the stream of events is in memory: a restart of the servers loses it")
    elif view.copies < _SAFE_COPIES:
        fix = "A cluster of three servers with replicas = 3 survives the loss of one."
        yield warning("storage", f"each event is on {view.copies} server only", fix)
    elif view.away:
        yield failed("storage", away_text(view), BRING_BACK)
    else:
        yield ok("storage", f"each event is on {view.copies} servers")


def _batch_findings(relay: RelaySettings, view: ClusterView) -> Iterator[Finding]:
    """Whether events that queue are stored together: a stream that was made by an older version does not let them.

    A server of an unknown version may be a new one: nothing is said about it.
    """
    if view.version is None:
        return
    server, alone = f"nats-server {'.'.join(map(str, view.version))}", "stores each event alone: more wait for its disk"
    if view.version < _FIRST_SAFE_VERSION:
        why = "cannot write each event to its disk before it confirms it: a power cut loses events"
        yield failed("batches", f"{server} {why}", _UPDATE)
    elif view.version < _FIRST_WITH_BATCHES:
        yield warning("batches", f"{server} {alone}", _UPDATE)
    elif not view.takes_batches:
        command = f"nats stream edit {relay.stream}-events --allow-batch"
        fix = f"`{command}`: a stream that is there is not changed. Gateways notice it within ten minutes."
        yield warning("batches", f"the stream of events {alone} (allow_atomic is not set)", fix)


def _size_findings(relay: RelaySettings, max_bytes: int | None) -> Iterator[Finding]:
    """Whether the stream of events has the limit that the configuration gives it: it counts when the stream is made."""
    if relay.max_bytes is None or relay.max_bytes == max_bytes:
        return
    has = "no limit of its own" if max_bytes is None else f"a limit of {max_bytes / 1024**2:,.0f} MB"
    text = f"the stream of events has {has}; max_stream_mb of [relay] is {relay.max_stream_mb}"
    command = f"nats stream edit {relay.stream}-events --max-bytes={relay.max_bytes}"
    fix = f"`{command}`: a stream that is there is not changed."
    yield warning("size", text, fix)
