"""What is in the cluster, as a gateway or `deliver` sees it; and its remembered certificates."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from securos_trigger.config.deliver import read_deliver_config
from securos_trigger.config.deliver_file import is_deliver_config
from securos_trigger.config.reader import read_config
from securos_trigger.config.relay_file import read_relay
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.errors import ArgumentError, ConfigurationError
from securos_trigger.operations.target_troubles import FIX_GATEWAY_CLOCK
from securos_trigger.relay.connection import ClusterRefusedError, ClusterUnavailableError
from securos_trigger.relay.undelivered import UNDELIVERED_AFTER_S
from securos_trigger.relay.view import ClusterView, ReceiverView, look_at_cluster
from securos_trigger.system.durations import duration_text

#: What a gateway's login may not see, that of `deliver` may.
LOOK_BESIDE_DELIVER: Final = "Look beside deliver: `securos-trigger status --cluster deliver.toml`."
#: What to do about a server of the cluster that is away.
BRING_BACK: Final = (
    "Look at it and its disk, then start it again: events go on without it, and wait at the gateways if one more fails."
)
#: What a stream of events must be like, when it was made or changed by hand.
NO_DROPS: Final = "Set it to discard new, without max_age and max_msgs_per_subject, by `nats stream edit`."


@dataclass(frozen=True, slots=True)
class ClusterReport:
    """What the cluster holds, or why it cannot be seen (`reason`), and what a person has to do.

    `is_refused` says that the cluster answers, and that this login has no right to look.
    """

    view: ClusterView | None
    reason: str
    troubles: tuple[str, ...]
    is_refused: bool = False

    @property
    def is_healthy(self) -> bool:
        """True when nothing has to be done."""
        return not self.troubles

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "is_reached": self.view is not None,
            "reason": self.reason,
            "troubles": list(self.troubles),
            **({} if self.view is None else asdict(self.view)),
        }


def cluster_status(config: Path) -> ClusterReport:
    """Look at the cluster of a gateway's or of `deliver`'s configuration.

    A mistake elsewhere than in [relay] is one of the troubles. ConfigurationError: [relay] has mistakes, or is not
    found. ArgumentError: the file names no cluster.
    """
    try:
        settings, targets = _cluster_of(config)
    except ConfigurationError as error:
        relay = read_relay(config)
        if relay is None:
            raise
        seen = report_of(relay, ())
        first = str(error).split("\n")[1].strip()
        what = f"{config} has a mistake, so the receivers that it names are not known here: {first}"
        return replace(seen, troubles=(*seen.troubles, what))
    return report_of(settings, targets)


def report_of(settings: RelaySettings, targets: tuple[str, ...]) -> ClusterReport:
    """Look at a cluster. `targets` are the receivers that must be served."""
    try:
        view = look_at_cluster(settings, targets)
    except ClusterRefusedError as error:
        return ClusterReport(None, str(error), (f"{error} {LOOK_BESIDE_DELIVER}",), is_refused=True)
    except ClusterUnavailableError as error:
        return ClusterReport(None, str(error), (str(error),))
    return ClusterReport(view, "", tuple(_troubles(view)))


def _cluster_of(config: Path) -> tuple[RelaySettings, tuple[str, ...]]:
    if is_deliver_config(config):
        deliver = read_deliver_config(config)
        return deliver.relay, tuple(str(one.target) for one in deliver.receivers)
    settings = read_config(config, has_secrets=False, has_relay_secret=True)
    if settings.relay is None:
        raise ArgumentError("config", f"{config} has no table [relay], so it belongs to no cluster")
    targets = (str(node.properties.target) for node in settings.trigger_nodes().values())
    return settings.relay, tuple(dict.fromkeys(targets))


def is_old(receiver: ReceiverView) -> bool:
    """True when what waits for a receiver has waited for longer than a take-over by another `deliver` lasts."""
    return receiver.oldest_s is not None and receiver.oldest_s >= UNDELIVERED_AFTER_S


def waiting_text(receiver: ReceiverView) -> str:
    """`12 wait, the oldest for 5 min 3 s`."""
    oldest = "" if receiver.oldest_s is None else f", the oldest for {duration_text(receiver.oldest_s)}"
    return f"{receiver.waiting:,} wait{oldest}"


def away_text(view: ClusterView) -> str:
    """`1 of the 3 servers that store each event is away: NATS2`."""
    number = len(view.away)
    verb = "is" if number == 1 else "are"
    return f"{number} of the {view.copies} servers that store each event {verb} away: {', '.join(view.away)}"


def _troubles(view: ClusterView) -> list[str]:
    found = [f"No deliver serves {one.name}, and {waiting_text(one)}." for one in view.receivers if not one.owner]
    found += [
        f"{one.name} is served by {one.owner}, and yet {waiting_text(one)}: its log says why."
        for one in view.receivers
        if one.owner and is_old(one)
    ]
    if not view.is_on_disk:
        found.append("The stream of events is in memory: a restart of the servers loses it.")
    if view.away:
        found.append(f"{away_text(view)}. {BRING_BACK}")
    found += [
        f"The clock of gateway {one.gateway} is about {one.text}: its events show the wrong time. {FIX_GATEWAY_CLOCK}"
        for one in view.clocks_apart
    ]
    found += [f"The stream of events loses some: {one}. {NO_DROPS}" for one in view.drops]
    return found
