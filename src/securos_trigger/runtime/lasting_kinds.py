"""The notices that begin and end a trouble of one thing: the outbox, the ledger, a file that is not written."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from securos_trigger.notices import kinds

#: What is not written any more, and the field that names it, by the notice that says so or reports its end.
UNWRITTEN: Final = MappingProxyType(
    {
        kinds.IMAGES_FAILING: ("images of events", "path"),
        kinds.INPUT_HELD_UP: ("messages", "source"),
        kinds.EVENTS_LOST_AGAIN: ("events in the cluster", "target"),
        kinds.MUTES_NOT_WRITTEN: ("mutes", "path"),
        kinds.HEALTH_NOT_WRITTEN: ("reported troubles", "path"),
    }
)
WRITTEN: Final = MappingProxyType(
    {
        kinds.IMAGES_RECOVERED: ("images of events", "path"),
        kinds.INPUT_GOES_ON: ("messages", "source"),
        kinds.EVENTS_LOST_NO_MORE: ("events in the cluster", "target"),
        kinds.MUTES_WRITTEN: ("mutes", "path"),
        kinds.HEALTH_WRITTEN: ("reported troubles", "path"),
    }
)
#: What is wrong with one target, beside whether it takes events.
OF_TARGET: Final = MappingProxyType(
    {
        kinds.CERTIFICATE_UNREADABLE: "certificate",
        kinds.TARGET_CLOCK_APART: "clock",
    }
)
RIGHT_AGAIN: Final = MappingProxyType(
    {
        kinds.CERTIFICATE_READABLE: "certificate",
        kinds.TARGET_CLOCK_AGREES: "clock",
    }
)
#: What there is one of, and fails or works again.
FAILING: Final = MappingProxyType(
    {
        kinds.OUTBOX_FAILING: "outbox",
        kinds.OUTBOX_MOVED: "outbox moved",
        kinds.OUTBOX_IN_MEMORY: "outbox in memory",
        kinds.OUTBOX_SET_ASIDE: "outbox set aside",
        kinds.CLUSTER_LOST: "cluster",
        kinds.LEDGER_FAILING: "ledger",
        kinds.MUTES_UNREADABLE: "mutes",
        kinds.OUTCOMES_FOREIGN: "outcomes",
    }
)
#: The field that says more about it, where that is not `reason`.
REASON_FIELDS: Final = MappingProxyType(
    {
        kinds.TARGET_CLOCK_APART: "apart_s",
        kinds.OUTCOMES_FOREIGN: "gateway",
        kinds.OUTBOX_MOVED: "kept_as",
        kinds.OUTBOX_SET_ASIDE: "kept_as",
    }
)
WORKING: Final = MappingProxyType(
    {
        kinds.OUTBOX_RECOVERED: "outbox",
        kinds.LEDGER_RECOVERED: "ledger",
        kinds.CLUSTER_RECOVERED: "cluster",
        kinds.MUTES_READABLE: "mutes",
        kinds.OUTCOMES_OWN_AGAIN: "outcomes",
    }
)
