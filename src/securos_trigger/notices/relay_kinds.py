"""The notices of the relay and of `deliver`; `kinds` has them too."""

from __future__ import annotations

import logging

from securos_trigger.notices.registry import Area

_relay = Area("Cluster")
DELIVERY_RELAYED = _relay.kind(
    "delivery_relayed",
    logging.DEBUG,
    "event_name target event_id cameras",
    "The cluster has stored an event; `delivery_done` or `delivery_dead` follows when the cluster says how it ended.",
)
CLUSTER_REACHED = _relay.kind(
    "cluster_reached",
    logging.INFO,
    "server",
    "The cluster answers for the first time since the start.",
)
CLUSTER_LOST = _relay.kind(
    "cluster_lost",
    logging.ERROR,
    "reason fix",
    "The cluster cannot be reached or refuses the login: a gateway keeps its events, and `deliver` delivers nothing. "
    "Reported when it begins and when the cause changes.",
)
CLUSTER_RECOVERED = _relay.kind(
    "cluster_recovered",
    logging.WARNING,
    "server outage_s",
    "The cluster is reached again, through this server.",
)
CLUSTER_MESSAGE_UNREADABLE = _relay.kind(
    "cluster_message_unreadable",
    logging.ERROR,
    "subject reason",
    "A message in the cluster cannot be read, because another program or a newer version wrote it. An event becomes a "
    "dead letter.",
)
OUTCOMES_FOREIGN = _relay.kind(
    "outcomes_foreign",
    logging.ERROR,
    "gateway event_id",
    "At a gateway: the cluster says how events ended that its outbox does not have, such as this one. Another gateway "
    "has the same name (`gateway` of `[relay]`), so each reads a part of the outcomes of both: give each its own name. "
    "Also after relayed events were dropped here, or with a new outbox under the name of the one before.",
)
OUTCOMES_OWN_AGAIN = _relay.kind(
    "outcomes_own_again",
    logging.WARNING,
    "gateway",
    "At a gateway: for ten minutes the cluster has reported no event that its outbox does not have.",
)
TARGET_UNDELIVERED = _relay.kind(
    "target_undelivered",
    logging.ERROR,
    "target count oldest_s",
    "At a gateway: the cluster has `count` events for the target, and no delivery of them has ended for a minute. No "
    "`deliver` serves the target, or its receiver does not answer. On the machine of `deliver`, `securos-trigger "
    "status --cluster deliver.toml` says which.",
)
TARGET_DELIVERED_AGAIN = _relay.kind(
    "target_delivered_again",
    logging.WARNING,
    "target outage_s",
    "At a gateway: the target's events in the cluster are delivered again, or the cluster has none any more.",
)
EVENTS_RELAYED_AGAIN = _relay.kind(
    "events_relayed_again",
    logging.WARNING,
    "target count cameras oldest_s",
    "At a gateway: the cluster has lost `count` events, the oldest of them kept `oldest_s` ago: they are not in its "
    "stream any more, and it has not said how they ended. They are sent to the cluster again, behind those that wait.",
)
EVENTS_LOST_AGAIN = _relay.kind(
    "events_lost_again",
    logging.ERROR,
    "target count reason",
    "At a gateway: the cluster has lost `count` events that were sent to it again within the hour before. Each is sent "
    "again an hour after the last time.",
)
EVENTS_LOST_NO_MORE = _relay.kind(
    "events_lost_no_more",
    logging.WARNING,
    "target",
    "At a gateway: none is left of the events that the cluster has lost twice within an hour: they have ended, or are "
    "sent again.",
)
GATEWAY_CLOCK_APART = _relay.kind(
    "gateway_clock_apart",
    logging.ERROR,
    "gateway target apart_s reason",
    "At `deliver`: the clock of a gateway that sends to the target differs from that of the NATS servers by more than "
    "30 s: three messages in a row, 20 s apart, have said so. Its events show the wrong time. `apart_s` is how far it "
    "is ahead; below 0: behind.",
)
GATEWAY_CLOCK_AGREES = _relay.kind(
    "gateway_clock_agrees",
    logging.WARNING,
    "gateway target",
    "At `deliver`: the clock of the gateway is right again.",
)
SERVER_CLOCK_APART = _relay.kind(
    "server_clock_apart",
    logging.ERROR,
    "server apart_s reason",
    "At `deliver`: the clock of a NATS server that leads a stream differs from this machine's by more than 5 s. "
    "`apart_s` is how far it is ahead; below 0: behind.",
)
SERVER_CLOCK_AGREES = _relay.kind(
    "server_clock_agrees",
    logging.WARNING,
    "server reason",
    "At `deliver`: the clock of the NATS server is right again, or it has led no stream for ten minutes.",
)
TARGET_TAKEN = _relay.kind(
    "target_taken",
    logging.INFO,
    "target",
    "This process delivers to the target from now on: it holds the lease.",
)
TARGET_GIVEN_UP = _relay.kind(
    "target_given_up",
    logging.WARNING,
    "target reason",
    "This process no longer delivers to the target, because it has lost the lease or the cluster. Reported when it "
    "begins and when the reason changes.",
)
ENDS_REFUSED = _relay.kind(
    "ends_refused",
    logging.ERROR,
    "target reason",
    "At `deliver`: events have ended, and the cluster does not store their dead letters or their outcomes: a stream is "
    "full. They are kept and tried again every second, and none is lost. After 256 of them the receiver gets no more "
    "events. Reported when it begins and when the reason changes.",
)
ENDS_ACCEPTED = _relay.kind(
    "ends_accepted",
    logging.WARNING,
    "target",
    "At `deliver`: the cluster has stored what it had refused (`ends_refused`).",
)
PIPELINE_TAKEN = _relay.kind(
    "pipeline_taken",
    logging.INFO,
    "pipeline",
    "This machine runs the pipeline from now on: it holds the lease (docs/ray.md).",
)
PIPELINE_LEASE_LOST = _relay.kind(
    "pipeline_lease_lost",
    logging.WARNING,
    "pipeline reason",
    "The lease of the pipeline could not be renewed. The pipeline goes on, and its events are kept; they are relayed "
    "unless another machine takes the pipeline over first.",
)
PIPELINE_MOVED = _relay.kind(
    "pipeline_moved",
    logging.WARNING,
    "pipeline server",
    "Another machine, `server`, has taken the pipeline over: this process ends. Events that it kept "
    "after the first frame of that machine are given up.",
)
EVENT_SUPERSEDED = _relay.kind(
    "event_superseded",
    logging.WARNING,
    "event_name event_id pipeline reason",
    "An event is given up, because another machine had processed its first frame before it was kept. It is among the "
    "dead letters of this machine.",
)
