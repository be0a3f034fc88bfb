"""What is in the cluster, as a gateway or `deliver` sees it; and its remembered certificates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from securos_trigger.config.deliver import read_deliver_config
from securos_trigger.config.deliver_file import is_deliver_config
from securos_trigger.config.reader import read_config
from securos_trigger.config.relay_file import read_relay
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.errors import ArgumentError, ConfigurationError
from securos_trigger.errors.wording import sentence
from securos_trigger.operations.target_troubles import FIX_GATEWAY_CLOCK, FIX_SERVER_CLOCK
from securos_trigger.operations.trouble import Trouble
from securos_trigger.relay.cluster_health import fix_of
from securos_trigger.relay.connection import ClusterRefusedError, ClusterUnavailableError
from securos_trigger.relay.full_streams import FullStream
from securos_trigger.relay.pipeline_records import SeenState
from securos_trigger.relay.undelivered import UNDELIVERED_AFTER_S
from securos_trigger.relay.view import ClusterView, ReceiverView, look_at_cluster
from securos_trigger.system.durations import duration_text
from securos_trigger.system.timestamps import rfc3339

#: What a gateway's login may not see, that of `deliver` may.
LOOK_BESIDE_DELIVER: Final = "Look beside deliver: `securos-trigger status --cluster deliver.toml`."
#: What to do about a receiver that takes nothing.
BESIDE_OWNER: Final = "On the machine of that deliver, `securos-trigger status deliver.toml` says what to do."
#: What to do about a server of the cluster that is away.
BRING_BACK: Final = (
    "Look at it and its disk, then start it again: events go on without it, and wait at the gateways if one more fails."
)
#: What to do about a placed pipeline that no machine runs, or whose process says nothing.
LOOK_AT_MACHINE: Final = (
    "`securos-trigger cluster status site.toml` says more, and the log on its machine why. Is it not needed any more? "
    "Then end it with `cluster stop`, or delete its state (docs/ray.md)."
)
#: What a stream must be like, when it was made or changed by hand.
NO_DROPS: Final = "Set it to discard new, without max_age and max_msgs_per_subject, by `nats stream edit`."


#: What to do about a receiver that no process serves.
START_DELIVER: Final = (
    "Start `securos-trigger deliver` with this receiver. Does one run with it? Then `securos-trigger status "
    "deliver.toml` says on its machine why it does not serve it."
)
#: What to do about a stream that is full.
FIX_FULL: Final = (
    "What is refused waits at the gateways or at deliver, and is not lost. Does a receiver take nothing? Begin there. "
    "Else raise the limit by `nats stream edit`."
)


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A placed pipeline in a table. `said_at` is when its process said something last (RFC 3339)."""

    name: str
    state: str
    node: str
    said_at: str


@dataclass(frozen=True, slots=True)
class ClusterReport:
    """What the cluster holds, or why it cannot be seen (`reason`), and what a person has to do.

    `fix` is what to do where it cannot be reached. `is_refused` says that the cluster answers, and that this login has
    no right to look. `remarks` are worth knowing, and need no person.
    """

    view: ClusterView | None
    reason: str
    troubles: tuple[str, ...]
    is_refused: bool = False
    remarks: tuple[str, ...] = ()
    fix: str = ""

    @property
    def may_see_pipelines(self) -> bool:
        """False when this login may not see what placed pipelines say."""
        return self.view is None or self.view.pipelines is not None

    @property
    def pipelines(self) -> tuple[PlacedRow, ...]:
        """The placed pipelines of all sites."""
        seen = (self.view.pipelines if self.view else None) or ()
        return tuple(_row(one, has_site=len({other.state.site for other in seen}) > 1) for one in seen)

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
            "remarks": list(self.remarks),
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
        fix = sentence(fix_of(str(error)))
        return ClusterReport(None, str(error), (f"{error} {fix}",), fix=fix)
    placed = list(placed_troubles(view))
    troubles = [*_troubles(view), *_texts(one for one in placed if one.needs_person)]
    return ClusterReport(
        view, "", tuple(troubles), remarks=tuple(_texts(one for one in placed if not one.needs_person))
    )


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


def refused_text(receiver: ReceiverView) -> str:
    """`http://vms:3000 takes nothing from vm, process 7: The receiver does not accept iss_password; 12 wait`."""
    why = receiver.trouble.removeprefix(f"{receiver.name} takes no events: ").rstrip(".")
    return f"{receiver.name} takes nothing from {receiver.owner or 'deliver'}: {why}; {waiting_text(receiver)}"


def away_text(view: ClusterView) -> str:
    """`1 of the 3 servers that store each event is away: NATS2`."""
    number = len(view.away)
    verb = "is" if number == 1 else "are"
    return f"{number} of the {view.copies} servers that store each event {verb} away: {', '.join(view.away)}"


def full_text(stream: FullStream) -> str:
    """`stream securos-dead is full, and refuses what comes: 12 of 12 messages (max_msgs)`."""
    return f"stream {stream.name} is full, and refuses what comes: {stream.limit}"


def placed_troubles(view: ClusterView, site: str | None = None) -> Iterator[Trouble]:
    """What processes of placed pipelines say of themselves, and those that say nothing; of one site, or of all."""
    for one in view.pipelines or ():
        said = one.state
        if site is not None and said.site != site:
            continue
        where = said.pipeline + (f" on {said.node}" if said.node else "")
        if one.is_silent:
            what = "its process" if one.is_held else "no machine runs it now, and its process"
            text = f"{where}: {what} has said nothing since {rfc3339(one.said_at_s)}"
            yield Trouble(text, LOOK_AT_MACHINE, needs_person=True)
            continue
        if said.state == "stopped":
            text = f"{where}: no machine runs it now: its process was stopped at {rfc3339(said.since_s)}"
            yield Trouble(text, LOOK_AT_MACHINE, needs_person=True)
        elif said.state == "starts" and not said.needs_person:  # it says itself when that lasts too long
            yield Trouble(f"{where}: nothing is watched yet: it is starting, since {rfc3339(said.since_s)}", "", False)
        for trouble in said.troubles:
            yield Trouble(f"{where}: {trouble.text}", trouble.fix, trouble.needs_person)


def _row(one: SeenState, *, has_site: bool) -> PlacedRow:
    said = one.state
    state = "no answer" if one.is_silent else f"{said.state}, see above" if said.needs_person else said.state
    name = f"{said.site}/{said.pipeline}" if has_site and said.site else said.pipeline
    return PlacedRow(name, state, said.node, rfc3339(one.said_at_s))


def _texts(troubles: Iterable[Trouble]) -> list[str]:
    return [f"{one.text.rstrip('.')}. {one.fix}".rstrip() for one in troubles]


def _troubles(view: ClusterView) -> list[str]:
    """What is wrong with the servers first: it may be why a receiver gets nothing."""
    found = [f"The {full_text(one)}. {FIX_FULL}" for one in view.full]
    found += [f"The {one}. {NO_DROPS}" for one in view.drops]
    if not view.is_on_disk:
        found.append("The stream of events is in memory: a restart of the servers loses it.")
    if view.away:
        found.append(f"{away_text(view)}. {BRING_BACK}")
    found += [
        f"The clock of NATS server {one.server} is about {one.text}. {FIX_SERVER_CLOCK}" for one in view.servers_apart
    ]
    found += [
        f"No deliver serves {one.name}, and {waiting_text(one)}. {START_DELIVER}"
        for one in view.receivers
        if not one.owner
    ]
    found += [
        f"{one.name} is served by {one.owner}, and yet {waiting_text(one)}: its log says why."
        for one in view.receivers
        if one.owner and is_old(one) and not one.trouble
    ]
    found += [f"{refused_text(one)}. {BESIDE_OWNER}" for one in view.receivers if one.trouble]
    found += [
        f"The clock of gateway {one.gateway} is about {one.text}: its events show the wrong time. {FIX_GATEWAY_CLOCK}"
        for one in view.clocks_apart
    ]
    return found
