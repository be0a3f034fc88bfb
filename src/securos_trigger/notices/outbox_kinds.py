"""The notices of the outbox; `kinds` has them too."""

from __future__ import annotations

import logging

from securos_trigger.notices.registry import Area

_outbox = Area("Outbox")
EVENT_ALREADY_THERE = _outbox.kind(
    "event_already_there",
    logging.WARNING,
    "node event_id event_name",
    "An event has an id that the outbox has already: it is not sent a second time.",
)
EVENT_KEPT = _outbox.kind(
    "event_kept",
    logging.INFO,
    "event_name node cameras event_id",
    "An event has fired and is on disk; it will be delivered.",
)
EVENT_NOT_KEPT = _outbox.kind(
    "event_not_kept",
    logging.ERROR,
    "node event_id event_name reason",
    "An event is lost: it could not be kept. Its node may fire again after a pause. An error for the first event of "
    "a trouble; the others are debug messages, and `events_lost` counts them.",
)
EVENTS_LOST = _outbox.kind(
    "events_lost",
    logging.ERROR,
    "count reason",
    "Events are still lost, `count` of them since the trouble began. Reported once a minute.",
)
EVENTS_KEPT_AGAIN = _outbox.kind(
    "events_kept_again",
    logging.WARNING,
    "count outage_s",
    "Events are kept again; `count` of them were lost.",
)
OUTBOX_FAILING = _outbox.kind(
    "outbox_failing", logging.ERROR, "path reason", "The outbox file cannot be written, or accepts no more events."
)
OUTBOX_RECOVERED = _outbox.kind(
    "outbox_recovered", logging.WARNING, "path count", "The outbox is written again; `count` events were not kept."
)
DISK_ALMOST_FULL = _outbox.kind(
    "disk_almost_full",
    logging.ERROR,
    "path free_mb",
    "Less than 64 MB are free on the disk of the outbox: free some space, before events are lost. Reported once.",
)
DISK_HAS_SPACE = _outbox.kind(
    "disk_has_space", logging.WARNING, "path free_mb", "At least 128 MB are free on the disk of the outbox again."
)
OUTBOX_DELETED = _outbox.kind(
    "outbox_deleted",
    logging.CRITICAL,
    "path",
    "The outbox file was deleted while in use; it was written again.",
)
OUTBOX_REPLACED = _outbox.kind(
    "outbox_replaced",
    logging.CRITICAL,
    "path kept_as",
    "Another file replaced the outbox while in use: that file was renamed, and the outbox was written again.",
)
OUTBOX_FILES_RENEWED = _outbox.kind(
    "outbox_files_renewed",
    logging.CRITICAL,
    "path reason",
    "A file beside the outbox was removed or replaced while in use; it was written again, and nothing is lost.",
)
OUTBOX_MOVED = _outbox.kind(
    "outbox_moved",
    logging.CRITICAL,
    "path kept_as",
    "The files of the outbox were removed, and another process owns the path now. This run continues with the file "
    "`kept_as`, which has everything; the next start copies it into the outbox.",
)
OUTBOX_TAKEN_UP = _outbox.kind(
    "outbox_taken_up",
    logging.WARNING,
    "path kept_as count reason fix",
    "The events that an earlier run kept in the file `path` (after `outbox_moved`) are in the outbox now: `count` "
    "deliveries that were waiting or dead letters. With a `reason` (level critical): they could not be copied.",
)
OUTBOX_SET_ASIDE = _outbox.kind(
    "outbox_set_aside",
    logging.CRITICAL,
    "path reason kept_as",
    "The outbox file is damaged: it was renamed, and an empty one replaces it.",
)
OUTBOX_IN_MEMORY = _outbox.kind(
    "outbox_in_memory",
    logging.WARNING,
    "path reason",
    "The outbox is on a file system in memory: a power cut or a restart of the machine loses all events in it.",
)
OUTBOX_MIGRATED = _outbox.kind(
    "outbox_migrated",
    logging.INFO,
    "path kept_as reason",
    "The outbox file of an older version was converted. A warning when no copy of it could be made before.",
)
OUTBOX_SETTLEMENTS_LOST = _outbox.kind(
    "outbox_settlements_lost",
    logging.ERROR,
    "path count reason",
    "The results of `count` deliveries could not be written. They are sent once more; the receiver recognises them "
    "and does nothing twice.",
)
OUTBOX_LEFT = _outbox.kind(
    "outbox_left",
    logging.WARNING,
    "path count",
    "The run ended with `count` deliveries waiting; the next start sends them.",
)
