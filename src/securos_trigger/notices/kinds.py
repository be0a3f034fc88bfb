"""The registry of notices: name, level, fields and meaning of each. docs/notices.md and the metrics are made from it.

A field means the same in every notice (`FIELDS`). A name never changes once it is released: people search logs for it.
"""

from __future__ import annotations

import logging
from types import MappingProxyType
from typing import Final

from securos_trigger.notices.registry import REGISTERED, Area

_video = Area("Sources, nodes and pipelines")
SOURCE_LOST = _video.kind(
    "source_lost",
    logging.WARNING,
    "pipeline source reason",
    "A live source gives no frames; it is being reconnected.",
    metric="securos_trigger_source_losses",
    labels="pipeline source",
)
SOURCE_STILL_LOST = _video.kind(
    "source_still_lost",
    logging.WARNING,
    "pipeline source reason",
    "A source that is lost is lost for another reason now. Reported once for each reason of an outage.",
)
SOURCE_CONNECTED = _video.kind(
    "source_connected",
    logging.INFO,
    "pipeline source text",
    "An input has its connection for the first time: to which broker with which topics and QoS, or where it listens.",
)
SOURCE_RECOVERED = _video.kind(
    "source_recovered",
    logging.INFO,
    "pipeline source outage_s",
    "A live source gives frames again.",
    metric="securos_trigger_source_reconnects",
    labels="pipeline source",
)
SOURCE_FROZEN = _video.kind(
    "source_frozen",
    logging.WARNING,
    "pipeline source reason",
    "A live source gives frames, and their images do not change (`frozen_after_s`): the camera or its recorder hangs.",
    metric="securos_trigger_source_freezes",
    labels="pipeline source",
)
SOURCE_MOVES_AGAIN = _video.kind(
    "source_moves_again", logging.INFO, "pipeline source outage_s", "The images of a live source change again."
)
SOURCE_SIZE_CHANGED = _video.kind(
    "source_size_changed",
    logging.WARNING,
    "pipeline source reason",
    "The images of a live source have another size. Lines and zones in fractions still fit, those in pixels do not.",
)
INPUT_HELD_UP = _video.kind(
    "input_held_up",
    logging.ERROR,
    "pipeline source reason fix",
    "What has come of messages of an input cannot be written: they are not acknowledged, and it is tried again until "
    "it is. Nothing is lost that the sender still has.",
)
INPUT_GOES_ON = _video.kind(
    "input_goes_on",
    logging.INFO,
    "pipeline source outage_s",
    "The messages of an input are kept again, and acknowledged.",
)
MESSAGE_MALFORMED = _video.kind(
    "message_malformed",
    logging.WARNING,
    "source reason count fix",
    "A message of an input cannot be read; it is left out. Reported once a minute, `count` are all until now.",
)
CAMERA_UNKNOWN = _video.kind(
    "camera_unknown",
    logging.WARNING,
    "source cameras fix",
    "An input has a message of a camera that the camera map of its pipeline does not have: it raises no event. "
    "Reported once for each name.",
)
CAMERA_OFFLINE = _video.kind(
    "camera_offline",
    logging.WARNING,
    "source cameras reason fix",
    "An input says that a camera of its own is offline or gives no frames; `cameras` is its name there, empty for the "
    "source as a whole.",
)
CAMERA_ONLINE = _video.kind(
    "camera_online", logging.INFO, "source cameras", "An input says that a camera which was offline is there again."
)
SOURCE_TIMES_MADE_UP = _video.kind(
    "source_times_made_up",
    logging.WARNING,
    "source frames_per_s reason",
    "The frames of a file have no time stamps: media time is counted at `frames_per_s`. Reported once for each run.",
)
SOURCE_BEHIND = _video.kind(
    "source_behind",
    logging.WARNING,
    "source behind_s",
    "This machine is too slow to read a file at its own speed (`realtime`). Intervals count media time, so events come "
    "later than they would. Reported once for each run.",
)
NODE_FAILED = _video.kind(
    "node_failed",
    logging.ERROR,
    "node source reason count",
    "A node raised on a frame; the traceback stands before it. The frame went on. Reported once a minute for a fault.",
)
FRAME_TIME_REPLACED = _video.kind(
    "frame_time_replaced",
    logging.WARNING,
    "node reason",
    "A node was given a wall clock outside of the years 1970 to 2199; such frames count as of now. Reported once.",
)
MEDIA_TIME_UNUSABLE = _video.kind(
    "media_time_unusable",
    logging.WARNING,
    "node reason",
    "A program gives a node times in another unit than seconds: media time stands still. Reported once.",
)
FRAME_SIZE_UNKNOWN = _video.kind(
    "frame_size_unknown",
    logging.WARNING,
    "node",
    "An event went without bounding boxes, because the size of its frame is not known. Reported once for each node.",
)
CONDITION_ALWAYS_UNKNOWN = _video.kind(
    "condition_always_unknown",
    logging.WARNING,
    "node count reason",
    "A trigger condition was unknown on all of the first frames, for ten seconds of video: it cannot fire as long as "
    "what it reads is missing. Reported once. `count` is the number of frames.",
)
PIPELINE_ENDED = _video.kind(
    "pipeline_ended",
    logging.INFO,
    "pipeline frames frames_per_s events lost decode_errors",
    "A pipeline came to its end. `events` counts those that fired, `lost` those of them that could not be kept.",
)
PIPELINE_FAILED = _video.kind(
    "pipeline_failed",
    logging.ERROR,
    "pipeline reason",
    "A pipeline cannot go on: its source cannot be opened or read, or a fault whose traceback stands before it.",
)
RECORDING_INCOMPLETE = _video.kind(
    "recording_incomplete", logging.ERROR, "path reason", "The disk did not take the whole metadata recording."
)
RECORDING_ENDED = _video.kind("recording_ended", logging.INFO, "path frames", "A metadata recording is finished.")

ELEMENT_NOT_READY = _video.kind(
    "element_not_ready",
    logging.ERROR,
    "node reason",
    "An element of GStreamer lets frames pass without deciding about them, or decides with its former settings: "
    "`reason` says why. `node` is the name of the element.",
)
ELEMENT_READY = _video.kind(
    "element_ready", logging.INFO, "node", "An element of GStreamer that was not ready decides about frames now."
)
ELEMENT_SETTINGS_WARNING = _video.kind(
    "element_settings_warning",
    logging.WARNING,
    "node reason",
    "The configuration of an element of GStreamer is allowed but probably not meant so.",
)

_delivery = Area("Delivery")
DELIVERY_DONE = _delivery.kind(
    "delivery_done",
    logging.INFO,
    "event_name target event_id cameras latency_s late duplicate failed_cameras reason",
    "An event is in the VMS. A warning when steps failed for good: `reason` names them.",
    metric="securos_trigger_deliveries",
    labels="target outcome",
)
DELIVERY_RETRY = _delivery.kind(
    "delivery_retry",
    logging.INFO,
    "event_name target event_id cameras attempts wait_s failed_cameras reason",
    "An attempt failed, wholly or for some steps, while the target answers; the delivery is sent again after `wait_s`.",
    metric="securos_trigger_delivery_retries",
    labels="target",
)
DELIVERY_DEAD = _delivery.kind(
    "delivery_dead",
    logging.ERROR,
    "event_name target event_id cameras reason",
    "A delivery was given up and is a dead letter: `securos-trigger outbox list --state dead`.",
    metric="securos_trigger_deliveries",
    labels="target outcome",
)
COURIER_FAILED = _delivery.kind(
    "courier_failed",
    logging.ERROR,
    "target event_id reason",
    "A fault in the courier's own code; the traceback stands before it. The delivery is sent again.",
)
TARGET_UNREACHABLE = _delivery.kind(
    "target_unreachable",
    logging.ERROR,
    "target reason",
    "The target does not answer, or not usefully. Reported when it begins and when the cause changes.",
)
TARGET_UNAUTHORIZED = _delivery.kind(
    "target_unauthorized", logging.ERROR, "target reason", "The target refuses the token; deliveries to it pause."
)
TARGET_UNTRUSTED = _delivery.kind(
    "target_untrusted", logging.ERROR, "target reason", "The target's certificate is not trusted; nothing is sent."
)
#: Each says that a target fails; `TARGET_RECOVERED` ends all of them.
TARGET_FAILURES: Final = (TARGET_UNREACHABLE, TARGET_UNAUTHORIZED, TARGET_UNTRUSTED)
TARGET_RECOVERED = _delivery.kind(
    "target_recovered", logging.WARNING, "target outage_s", "The target accepts deliveries again."
)
TARGET_NOT_SERVED = _delivery.kind(
    "target_not_served", logging.WARNING, "target", "Deliveries wait for a target that no node sends to any more."
)
TARGET_SETTINGS_REPLACED = _delivery.kind(
    "target_settings_replaced",
    logging.WARNING,
    "target node changes",
    "Two trigger nodes of one process send to this target and disagree about how to reach it: from now on it is "
    "reached as `node` says. `changes` names the properties that differ.",
)
PASSWORD_IN_CLEAR = _delivery.kind(
    "password_in_clear", logging.WARNING, "target", "The token goes to this target over plain HTTP."
)
CERTIFICATE_REMEMBERED = _delivery.kind(
    "certificate_remembered",
    logging.WARNING,
    "target certificate_sha256",
    "The first certificate of a target was remembered: another one will be refused.",
)
CERTIFICATE_REPLACED = _delivery.kind(
    "certificate_replaced",
    logging.WARNING,
    "target certificate_sha256",
    "A certificate signed by one of the system's CAs takes the place of the remembered one, whose SHA-256 is given.",
)

from securos_trigger.notices.outbox_kinds import *  # noqa: E402, F403  here stands this area in docs/notices.md
from securos_trigger.notices.relay_kinds import *  # noqa: E402, F403  and here this one

_ledger = Area("Ledger")
LEDGER_FAILING = _ledger.kind(
    "ledger_failing", logging.ERROR, "path reason", "The ledger cannot be written. Events and video are not affected."
)
LEDGER_RECOVERED = _ledger.kind(
    "ledger_recovered", logging.WARNING, "path count", "The ledger is written again; `count` records are missing."
)
LEDGER_DROPPED = _ledger.kind(
    "ledger_dropped", logging.WARNING, "path count", "`count` records came faster than the ledger could be written."
)

_images = Area("Images of events")
IMAGES_FAILING = _images.kind(
    "images_failing",
    logging.ERROR,
    "path reason",
    "Images of events cannot be kept. Events and video go on.",
)
IMAGES_RECOVERED = _images.kind(
    "images_recovered", logging.WARNING, "path count", "Images of events are kept again; `count` were left out."
)
IMAGES_DROPPED = _images.kind(
    "images_dropped", logging.WARNING, "path count", "`count` events came faster than their images could be made."
)

_health = Area("Health of the bridge")
HEALTH_TROUBLE = _health.kind(
    "health_trouble", logging.ERROR, "trouble about text", "A trouble began that is reported to the health cameras."
)
HEALTH_RECOVERED = _health.kind(
    "health_recovered", logging.WARNING, "trouble about text", "That trouble is over; this is reported, too."
)
HEALTH_FORGOTTEN = _health.kind(
    "health_forgotten",
    logging.WARNING,
    "path reason",
    "The file of reported troubles cannot be read: what goes on is reported once more.",
)
HEALTH_NOT_WRITTEN = _health.kind(
    "health_not_written",
    logging.WARNING,
    "path reason",
    "The file of reported troubles cannot be written: after a restart they may be reported once more.",
)
CERTIFICATE_UNREADABLE = _health.kind(
    "certificate_unreadable",
    logging.WARNING,
    "target reason",
    "A target's certificate cannot be parsed: whether it expires soon is not known. Looked at again after an hour.",
)

_mutes = Area("Muted nodes")
NODE_MUTED = _mutes.kind(
    "node_muted", logging.WARNING, "node until reason", "A person muted a trigger node: it fires nothing until then."
)
NODE_STILL_MUTED = _mutes.kind(
    "node_still_muted", logging.WARNING, "node until reason", "A trigger node is muted for more than a day. Once a day."
)
NODE_UNMUTED = _mutes.kind("node_unmuted", logging.WARNING, "node reason", "A mute has ended: the node fires again.")
MUTES_UNREADABLE = _mutes.kind(
    "mutes_unreadable",
    logging.ERROR,
    "path reason",
    "The file of mutes is damaged or cannot be read: no node is muted. Reported once.",
)
MUTES_NOT_WRITTEN = _mutes.kind(
    "mutes_not_written",
    logging.WARNING,
    "path reason",
    "The file of mutes cannot be written: after a restart of the machine a mute may last longer than meant.",
)

_service = Area("The service itself")
SERVICE_STARTED = _service.kind(
    "service_started",
    logging.INFO,
    "version path pipelines targets waiting",
    "The service runs, with this configuration. `waiting` deliveries are left from before.",
    is_milestone=True,
)
SERVICE_STOPPED = _service.kind(
    "service_stopped",
    logging.INFO,
    "events lost waiting",
    "The service has ended: `events` were kept in this run, `lost` were not, `waiting` deliveries go out at the next "
    "start.",
    is_milestone=True,
)
LOG_SHORTENED = _service.kind(
    "log_shortened",
    logging.WARNING,
    "kind count",
    "More than 60 notices of a kind came within a minute; `count` of them until now are not in the log.",
)
THREAD_FAILED = _service.kind(
    "thread_failed",
    logging.ERROR,
    "thread reason count wait_s",
    "A fault in a thread or task; the traceback stands before it. It goes on after `wait_s` seconds.",
    metric="securos_trigger_thread_failures",
    labels="thread",
)
THREAD_RECOVERED = _service.kind(
    "thread_recovered", logging.WARNING, "thread outage_s", "A thread or task that had failed works again."
)
CONTROL_UNAVAILABLE = _service.kind(
    "control_unavailable",
    logging.WARNING,
    "path reason",
    "The control channel cannot be opened: commands on this machine cannot ask this process.",
)
CONTROL_REQUEST_FAILED = _service.kind(
    "control_request_failed", logging.INFO, "reason", "A command hung up, or was too slow, before it had its answer."
)
METRICS_SERVED = _service.kind("metrics_served", logging.INFO, "url", "Figures for Prometheus are at this address.")

RELOAD_DONE = _service.kind(
    "reload_done",
    logging.WARNING,
    "path count changes",
    "The service runs with the changed configuration; `count` is the number of changes.",
    is_milestone=True,
)
RELOAD_REFUSED = _service.kind(
    "reload_refused",
    logging.ERROR,
    "path reason",
    "The changed configuration cannot be taken: nothing was changed, and the service goes on as before.",
)

#: Every kind, by name, in the order of this file.
KINDS: Final = MappingProxyType(REGISTERED)
