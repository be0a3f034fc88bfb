"""Every metric: its name, type, labels and meaning. The metrics and the list of docs/metrics.md are made from it.

The counters of notices have their names and labels from the registry of notices. Imports nothing heavy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from securos_trigger.notices import KINDS, NoticeKind, kinds

COUNTER: Final = "counter"
GAUGE: Final = "gauge"
HISTOGRAM: Final = "histogram"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One metric. `meaning` is Markdown, for a list."""

    name: str
    type: str
    labels: tuple[str, ...]
    meaning: str

    @property
    def shown_name(self) -> str:
        """The name as Prometheus shows it."""
        return f"{self.name}_total" if self.type == COUNTER else self.name

    @property
    def help(self) -> str:
        """The meaning as plain text."""
        text = self.meaning.partition(" ([")[0].replace("`", "")
        return f"{text[0].upper()}{text[1:]}."


def _of_notice(kind: NoticeKind, meaning: str) -> Declaration:
    """The counter of a kind of notice, and of every other kind with the same metric."""
    return Declaration(kind.metric, COUNTER, kind.metric_labels, meaning)


BUILD_INFO: Final = Declaration("securos_trigger_build_info", GAUGE, ("version",), "always 1; `version` is what runs")
FRAMES: Final = Declaration("securos_trigger_frames", COUNTER, ("pipeline",), "frames that a pipeline has read")
SOURCE_LOSSES: Final = _of_notice(kinds.SOURCE_LOST, "times that a live source was lost")
SOURCE_RECONNECTS: Final = _of_notice(kinds.SOURCE_RECOVERED, "times that a lost live source gave frames again")
SOURCE_FREEZES: Final = _of_notice(kinds.SOURCE_FROZEN, "times that a live source gave one and the same image for long")
SOURCE_TIMES_UNUSABLE: Final = _of_notice(
    kinds.SOURCE_TIMES_UNUSABLE, "times that the time stamps of a live source could not be used any more"
)
SOURCE_IS_FROZEN: Final = Declaration(
    "securos_trigger_source_frozen",
    GAUGE,
    ("pipeline", "source"),
    "1: all images of a live source have been the same for long; 0: they change",
)
SOURCE_UP: Final = Declaration(
    "securos_trigger_source_up",
    GAUGE,
    ("pipeline", "source"),
    "0: a live source is lost and is being reconnected; 1: it is not",
)
FRAMES_LEFT_OUT: Final = Declaration(
    "securos_trigger_frames_left_out",
    COUNTER,
    ("pipeline",),
    "frames of a live source that a pipeline did not read, because newer ones had come",
)
DECODE_ERRORS: Final = Declaration(
    "securos_trigger_decode_errors", COUNTER, ("pipeline",), "parts of the video that could not be decoded"
)
NODE_FAILURES: Final = Declaration(
    "securos_trigger_node_failures",
    COUNTER,
    ("pipeline", "node"),
    "faults in a node or in the sink, each of which cost one frame",
)
NODE_FAILING: Final = Declaration(
    "securos_trigger_node_failing",
    GAUGE,
    ("pipeline", "node"),
    "1: a node or the sink fails now, so that a person must act, or it failed until the pipeline ended; 0: it works",
)
INPUT_MESSAGES: Final = Declaration(
    "securos_trigger_input_messages",
    COUNTER,
    ("pipeline", "camera", "verdict"),
    "what the messages of an input have said, by camera and verdict ([inputs](inputs/README.md)); `camera` is the name "
    "in the camera map, empty for what is of none; `…` are all cameras beyond `max_cameras` of `[metrics]` together",
)
INPUT_WAITING: Final = Declaration(
    "securos_trigger_input_waiting", GAUGE, ("pipeline",), "messages of an input that were received and not yet read"
)
DECISIONS: Final = Declaration(
    "securos_trigger_decisions",
    COUNTER,
    ("pipeline", "node", "reason"),
    "decisions of a trigger node, one for each frame, of all cameras of an input together "
    "([explain.md](explain.md#reasons) lists the reasons)",
)
NODE_MUTED: Final = Declaration(
    "securos_trigger_node_muted",
    GAUGE,
    ("pipeline", "node"),
    "1: a person has muted the trigger node ([mute.md](mute.md)); 0: it may fire",
)
FLAGS: Final = Declaration(
    "securos_trigger_flags",
    COUNTER,
    ("pipeline", "node", "flag"),
    "decisions with a flag: `template_error`, `undefined`, `truncated`",
)
EVENTS_KEPT: Final = Declaration(
    "securos_trigger_events_kept", COUNTER, (), "events that are on disk and will be delivered"
)
EVENTS_ALREADY_THERE: Final = Declaration(
    "securos_trigger_events_already_there",
    COUNTER,
    (),
    "events that the outbox had already, under the same id; they are delivered once",
)
EVENTS_NOT_KEPT: Final = Declaration(
    "securos_trigger_events_not_kept",
    COUNTER,
    (),
    "events that were lost before they were on disk; above 0: look at the log",
)
OUTBOX_DELIVERIES: Final = Declaration(
    "securos_trigger_outbox_deliveries",
    GAUGE,
    ("state",),
    "deliveries in each state of the outbox: `waiting`, `sending`, `relayed`, `delivered`, `dead` "
    "([delivery.md](delivery.md))",
)
TARGET_WAITING: Final = Declaration(
    "securos_trigger_target_waiting",
    GAUGE,
    ("target",),
    "deliveries that wait for a receiver; missing while the outbox does not answer or has too many to count",
)
TARGET_GIVEN_UP_CAMERAS: Final = Declaration(
    "securos_trigger_target_given_up_cameras",
    GAUGE,
    ("target",),
    "cameras of a receiver whose latest event was given up, as of one that SecurOS does not know; `status` names them",
)
TARGET_CERTIFICATE_ENDS: Final = Declaration(
    "securos_trigger_target_certificate_ends_seconds",
    GAUGE,
    ("target", "is_refused_when_expired"),
    "when the certificate that a receiver has shown ends, in seconds since 1970; looked at once a day, and once an "
    "hour while the receiver does not show it or it ends soon; missing until it has. "
    "`is_refused_when_expired` is `true` where a CA has signed it and nothing is sent after that, `false` where it is "
    "pinned or remembered and goes on",
)
TARGET_OLDEST_AGE: Final = Declaration(
    "securos_trigger_target_oldest_age_seconds",
    GAUGE,
    ("target",),
    "age of the oldest delivery that waits for a receiver; 0: none waits; missing while the outbox does not answer",
)
CLUSTER_UP: Final = Declaration(
    "securos_trigger_cluster_up",
    GAUGE,
    (),
    "1: the cluster of `[relay]` answers; 0: it is not reached ([cluster.md](cluster.md)); missing where there is none",
)
OUTCOMES_FOREIGN: Final = Declaration(
    "securos_trigger_outcomes_foreign",
    GAUGE,
    (),
    "1: the cluster says how events ended that this outbox does not have: another gateway has the same name "
    "([cluster.md](cluster.md)); 0: none for ten minutes; missing where there is no cluster",
)
TARGET_UNSERVED: Final = Declaration(
    "securos_trigger_target_unserved",
    GAUGE,
    ("target",),
    "of `deliver`: 1: its attempts to serve a receiver fail, and `status` says why; 0: this process or another one "
    "serves it",
)
TARGET_RELAYED: Final = Declaration(
    "securos_trigger_target_relayed",
    GAUGE,
    ("target",),
    "deliveries that the cluster has for a receiver and has not said the end of ([cluster.md](cluster.md)); missing as "
    "`securos_trigger_target_waiting` is",
)
TARGET_RELAYED_OLDEST_AGE: Final = Declaration(
    "securos_trigger_target_relayed_oldest_age_seconds",
    GAUGE,
    ("target",),
    "age of the oldest of those; above 60: no `deliver` serves the receiver, or it does not answer",
)
DELIVERIES: Final = _of_notice(
    kinds.DELIVERY_DONE, "deliveries that ended: `delivered`, `partly` (some steps failed for good), `dead`"
)
DELIVERY_RETRIES: Final = _of_notice(kinds.DELIVERY_RETRY, "attempts that failed while the receiver answered others")
LATE_DELIVERIES: Final = Declaration(
    "securos_trigger_late_deliveries",
    COUNTER,
    ("target",),
    "deliveries that were too late for a recording and went as event only",
)
DELIVERY_LATENCY: Final = Declaration(
    "securos_trigger_delivery_latency_seconds",
    HISTOGRAM,
    ("target",),
    "time from the frame to the receiver's answer",
)
TARGET_UP: Final = Declaration(
    "securos_trigger_target_up",
    GAUGE,
    ("target",),
    "1: the receiver answers; 0: it cannot be reached, refuses the password, or is not trusted, or at a gateway: the "
    "cluster is not reached ([cluster.md](cluster.md))",
)
LEDGER_DROPPED: Final = Declaration(
    "securos_trigger_ledger_dropped", COUNTER, (), "ledger records that did not get to its file"
)
THREAD_FAILURES: Final = _of_notice(
    kinds.THREAD_FAILED, "faults in a thread or task, which went on after a pause ([threads.md](threads.md))"
)

#: Every metric, in the order of the documentation.
METRICS: Final = tuple(one for one in list(globals().values()) if isinstance(one, Declaration))

#: The declaration of the counter that counts each kind of notice.
OF_NOTICES: Final = {
    kind: next(one for one in METRICS if one.name == kind.metric) for kind in KINDS.values() if kind.metric
}
