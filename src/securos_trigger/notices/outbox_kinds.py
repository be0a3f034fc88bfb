"""The notices of the outbox; `kinds` has them too."""

from __future__ import annotations

import logging

from securos_trigger.notices.registry import Area

_outbox = Area("Outbox")
EVENT_ALREADY_THERE = _outbox.kind(
    "event_already_there",
    logging.WARNING,
    "node event_id event_name",
    "An event has the id of one that the outbox had before: it is not sent a second time.",
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
    "An event is lost: it could not be kept. Its node may fire again after a pause. An error for the first event of a "
    "trouble; the others are debug messages, and `events_lost` counts them.",
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
OUTBOX_DELETED = _outbox.kind(
    "outbox_deleted", logging.CRITICAL, "path", "The outbox file was deleted while in use; it was written anew."
)
OUTBOX_REPLACED = _outbox.kind(
    "outbox_replaced",
    logging.CRITICAL,
    "path kept_as",
    "Another file took the place of the outbox while in use: it was renamed, and the outbox was written anew.",
)
OUTBOX_FILES_RENEWED = _outbox.kind(
    "outbox_files_renewed",
    logging.CRITICAL,
    "path reason",
    "A file beside the outbox was removed or replaced while in use; it was made anew, and nothing is lost.",
)
OUTBOX_MOVED = _outbox.kind(
    "outbox_moved",
    logging.CRITICAL,
    "path kept_as",
    "The files of the outbox were removed, and another process owns the path now: `kept_as` has all that was in it and "
    "goes on until the end of this run. The next start takes it up.",
)
OUTBOX_TAKEN_UP = _outbox.kind(
    "outbox_taken_up",
    logging.WARNING,
    "path kept_as count reason",
    "What an earlier service kept in the file `path` (`outbox_moved`) is in the outbox now: `count` events that waited "
    "or were dead letters. With a `reason`: it cannot be taken up (then critical).",
)
OUTBOX_SET_ASIDE = _outbox.kind(
    "outbox_set_aside",
    logging.CRITICAL,
    "path reason kept_as",
    "The outbox file is damaged: it was renamed, and an empty one takes its place.",
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
    "The file of an older version was brought to the present form. A warning when it could not be copied before.",
)
OUTBOX_SETTLEMENTS_LOST = _outbox.kind(
    "outbox_settlements_lost",
    logging.ERROR,
    "path count reason",
    "The end of `count` deliveries could not be written; they are sent once more, and the receiver knows them.",
)
OUTBOX_LEFT = _outbox.kind(
    "outbox_left",
    logging.WARNING,
    "path count",
    "The run ended with `count` deliveries waiting; the next start sends them.",
)
