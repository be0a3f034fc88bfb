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
    "pipeline source reason outage_s",
    "A live source gives no frames. The service reconnects until it does. `outage_s`: how long ago the last frame of "
    "a video came, or its connection began.",
    metric="securos_trigger_source_losses",
    labels="pipeline source",
)
SOURCE_STILL_LOST = _video.kind(
    "source_still_lost",
    logging.WARNING,
    "pipeline source reason",
    "A lost source cannot be reached, now for another reason than before. Reported once for each reason of an outage, "
    "and once as an error when it has been lost for 30 s: `status` is red then. A refused login is an error at once.",
)
SOURCE_CONNECTED = _video.kind(
    "source_connected",
    logging.INFO,
    "pipeline source text",
    "An input is connected for the first time: to which broker, with which topics and QoS, or where it listens.",
)
SOURCE_RECOVERED = _video.kind(
    "source_recovered",
    logging.WARNING,
    "pipeline source outage_s",
    "A live source gives frames again.",
    metric="securos_trigger_source_reconnects",
    labels="pipeline source",
)
SOURCE_FROZEN = _video.kind(
    "source_frozen",
    logging.WARNING,
    "pipeline source reason",
    "A live source gives frames, but all have the same image, for `frozen_after_s`: the camera or its recorder hangs.",
    metric="securos_trigger_source_freezes",
    labels="pipeline source",
)
SOURCE_MOVES_AGAIN = _video.kind(
    "source_moves_again", logging.WARNING, "pipeline source outage_s", "The images of a live source change again."
)
SOURCE_TIMES_UNUSABLE = _video.kind(
    "source_times_unusable",
    logging.WARNING,
    "pipeline source reason",
    "The time stamps of a live source cannot be used: they stand still for 5 s, jump again and again, or run much "
    "slower or faster than the clock for two minutes. Until they can be used again, media time goes on by the "
    "arrival time of the frames.",
    metric="securos_trigger_source_times_unusable",
    labels="pipeline source",
)
SOURCE_TIMES_USABLE = _video.kind(
    "source_times_usable",
    logging.WARNING,
    "pipeline source outage_s",
    "The time stamps of a live source have been right for 30 s: they count again.",
)
SOURCE_SIZE_CHANGED = _video.kind(
    "source_size_changed",
    logging.WARNING,
    "pipeline source reason",
    "The images of a live source have another size. Lines and zones in fractions still fit, those in pixels do not.",
)
DRAWING_OUTSIDE = _video.kind(
    "drawing_outside",
    logging.ERROR,
    "pipeline node reason fix",
    "A line or zone in pixels lies outside of the images that come: nothing is ever counted there. Reported with the "
    "first image, and when their size changes.",
)
DRAWINGS_INSIDE = _video.kind(
    "drawings_inside", logging.WARNING, "pipeline node", "All lines and zones of the node lie in the images again."
)
INPUT_HELD_UP = _video.kind(
    "input_held_up",
    logging.ERROR,
    "pipeline source reason fix",
    "The events of an input's messages cannot be written to the disk. The messages are not acknowledged, and writing "
    "is tried again until it succeeds. Nothing is lost that the sender still has.",
)
INPUT_GOES_ON = _video.kind(
    "input_goes_on",
    logging.WARNING,
    "pipeline source outage_s",
    "Messages of an input are written and acknowledged again.",
)
MESSAGE_MALFORMED = _video.kind(
    "message_malformed",
    logging.WARNING,
    "pipeline source reason count fix",
    "A message of an input cannot be read and is left out. Reported once a minute while more come, and at the end; "
    "`count` is the number since the start, `reason` that of the latest one.",
)
MESSAGES_TOO_OLD = _video.kind(
    "messages_too_old",
    logging.WARNING,
    "pipeline source cameras reason fix",
    "A message of a camera is older than `age_limit_s` when it arrives: it raises no event. Reported when that begins, "
    "and at most once a minute for each camera.",
)
MESSAGES_IN_TIME = _video.kind(
    "messages_in_time",
    logging.WARNING,
    "pipeline source cameras",
    "Messages of a camera are young enough again to raise events.",
)
CAMERA_UNKNOWN = _video.kind(
    "camera_unknown",
    logging.WARNING,
    "pipeline source cameras fix",
    "An input sends a message of a camera that is not in the camera map of its pipeline: it raises no event. "
    "Reported once for each camera.",
)
CAMERA_OFFLINE = _video.kind(
    "camera_offline",
    logging.WARNING,
    "pipeline source cameras reason fix",
    "An input reports that one of its cameras is offline or gives no frames. `cameras` is the input's own name of "
    "the camera; empty: the source as a whole.",
)
CAMERA_ONLINE = _video.kind(
    "camera_online",
    logging.WARNING,
    "pipeline source cameras",
    "An input reports that a camera which was offline is online again.",
)
SOURCE_TIMES_MADE_UP = _video.kind(
    "source_times_made_up",
    logging.WARNING,
    "source frames_per_s reason",
    "The frames of a file have no time stamps, or stamps that stand still, jump again and again or go back and forth: "
    "media time is computed from `frames_per_s`. Reported once for each run.",
)
SOURCE_ENDED_EARLY = _video.kind(
    "source_ended_early",
    logging.WARNING,
    "pipeline source reason",
    "A video file ends more than 2 s and 5 % before the end that its header gives: it was cut. Or it was made of "
    "several by `cat`, and only the first of them can be read. Or more than 2 s and 5 % in its middle or at its end "
    "are damaged, or are missing while its sound goes on. Or it ends in the middle of a packet, fragment or block. The "
    "readable part was read. Reported once for each run.",
)
SOURCE_BEHIND = _video.kind(
    "source_behind",
    logging.WARNING,
    "pipeline source behind_s reason",
    "This machine is too slow. For a file with `realtime`: it is read more slowly than it plays, so events come late; "
    "reported once for each run. For a live source: half of its frames or more were left out for 30 s, because they "
    "came faster than the nodes take them; `reason` says how many. For an input: its messages have come faster than "
    "they are written to the disk for `behind_s`; they wait at the broker or the sender, and events come late.",
)
SOURCE_CAUGHT_UP = _video.kind(
    "source_caught_up",
    logging.WARNING,
    "pipeline source outage_s",
    "An input has processed all messages that waited, or most frames of a live source are taken again.",
)
NODE_FAILED = _video.kind(
    "node_failed",
    logging.ERROR,
    "node source reason count fix",
    "A node raised an error on a frame, or the sink could not write it. The frame went on to the next node, without "
    "what this one adds. A fault in code has its traceback above this line. Reported once a minute for the same error; "
    "`count` is the number of frames since the start.",
)
NODE_RECOVERED = _video.kind(
    "node_recovered",
    logging.WARNING,
    "node source count outage_s",
    "A node or a sink that had failed on many frames works again, and has failed on none for ten seconds. `count` is "
    "the number of frames on which it had failed.",
)
FRAME_TIME_REPLACED = _video.kind(
    "frame_time_replaced",
    logging.WARNING,
    "node reason",
    "A node got a wall-clock time outside the years 1970 to 2199 and used the present time instead. Reported once.",
)
MEDIA_TIME_UNUSABLE = _video.kind(
    "media_time_unusable",
    logging.WARNING,
    "node reason",
    "A program gives a node times that are not in seconds, or the same media time for 10 s and 250 calls: media time "
    "stands still until the given time changes. Reported once for each such period.",
)
MEDIA_TIME_USABLE = _video.kind(
    "media_time_usable", logging.WARNING, "node", "The times that a program gives a node can be used again."
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
    "A trigger condition was unknown on every frame of the first ten seconds of video. It cannot fire while a field "
    "that it reads is missing. Reported once. `count` is the number of frames.",
)
PIPELINE_ENDED = _video.kind(
    "pipeline_ended",
    logging.INFO,
    "pipeline frames frames_per_s events lost decode_errors failures reason fix",
    "A pipeline has come to its end. `events` is the number that fired, `lost` how many of them could not be kept. It "
    "is an error when a node, a recorder or the sink failed at the end, or on a tenth of the frames: then `reason` "
    "says why, and the exit code of `run` is 1. It is a warning when the file ended early (`source_ended_early`), "
    "or a tenth of its packets and more are damaged.",
)
PIPELINE_FAILED = _video.kind(
    "pipeline_failed",
    logging.ERROR,
    "pipeline reason",
    "A pipeline has stopped: its source cannot be opened or read, or an error occurred whose traceback is above this "
    "line.",
)
RECORDING_INCOMPLETE = _video.kind(
    "recording_incomplete",
    logging.ERROR,
    "path reason",
    "A metadata recording could not be written completely.",
)
RECORDING_ENDED = _video.kind("recording_ended", logging.INFO, "path frames", "A metadata recording is finished.")

ELEMENT_NOT_READY = _video.kind(
    "element_not_ready",
    logging.ERROR,
    "node reason",
    "A GStreamer element passes frames on without deciding about them, or decides with its former settings: `reason` "
    "says why. `node` is the name of the element.",
)
ELEMENT_READY = _video.kind(
    "element_ready",
    logging.WARNING,
    "node",
    "A GStreamer element that was not ready decides about frames now.",
)
ELEMENT_SETTINGS_WARNING = _video.kind(
    "element_settings_warning",
    logging.WARNING,
    "node reason",
    "The configuration of a GStreamer element is allowed but probably a mistake.",
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
    "event_name target event_id cameras attempts wait_s accepted failed_cameras reason",
    "An attempt failed, or some of its steps, although the target answers other deliveries. This one is sent again "
    "after `wait_s`. While `accepted` is `no` and no other event arrives, `status` says so after a minute.",
    metric="securos_trigger_delivery_retries",
    labels="target",
)
DELIVERY_DEAD = _delivery.kind(
    "delivery_dead",
    logging.ERROR,
    "event_name target event_id cameras reason",
    "A delivery was given up and is a dead letter: `securos-trigger outbox list CONFIG --state dead`.",
    metric="securos_trigger_deliveries",
    labels="target outcome",
)
COURIER_FAILED = _delivery.kind(
    "courier_failed",
    logging.ERROR,
    "target event_id reason",
    "An error in the courier's own code; the log has the traceback above this line. The delivery is sent again.",
)
TARGET_UNREACHABLE = _delivery.kind(
    "target_unreachable",
    logging.ERROR,
    "target reason outage_s",
    "The target does not answer a delivery or a check, or answers that it can accept nothing. Reported when it begins "
    "and when the cause changes. `outage_s`: for how long already, where that is a second or more, because an attempt "
    "may wait long for an answer.",
)
TARGET_UNAUTHORIZED = _delivery.kind(
    "target_unauthorized",
    logging.ERROR,
    "target reason outage_s",
    "The target refuses the password; deliveries to it pause.",
)
TARGET_UNTRUSTED = _delivery.kind(
    "target_untrusted",
    logging.ERROR,
    "target reason outage_s",
    "The target's certificate is not trusted; nothing is sent.",
)
#: Each says that a target fails; `TARGET_RECOVERED` ends all of them.
TARGET_FAILURES: Final = (TARGET_UNREACHABLE, TARGET_UNAUTHORIZED, TARGET_UNTRUSTED)
TARGET_RECOVERED = _delivery.kind(
    "target_recovered", logging.WARNING, "target outage_s", "The target accepts deliveries again."
)
TARGET_CLOCK_APART = _delivery.kind(
    "target_clock_apart",
    logging.WARNING,
    "target apart_s reason",
    "The clock of the target, or of a proxy before it, differs from this machine's by more than 30 s: three answers in "
    "a row have said so (`Date`). `apart_s` is how far it is ahead; below 0: behind. Reported when it begins, and when "
    "the difference has changed by more than 30 s.",
)
TARGET_CLOCK_AGREES = _delivery.kind(
    "target_clock_agrees", logging.WARNING, "target", "The clocks of the target and this machine agree again."
)
TARGET_NOT_SERVED = _delivery.kind(
    "target_not_served", logging.WARNING, "target", "Deliveries wait for a target that no node sends to any more."
)
TARGET_SETTINGS_REPLACED = _delivery.kind(
    "target_settings_replaced",
    logging.WARNING,
    "target node changes",
    "Two trigger nodes send to this target with different connection settings: from now on those of `node` are used. "
    "`changes` names the properties that differ.",
)
PASSWORD_IN_CLEAR = _delivery.kind(
    "password_in_clear",
    logging.WARNING,
    "target",
    "The password is sent to this target over plain HTTP.",
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
    "The remembered certificate of a target is replaced by one that a CA of the system has signed; its SHA-256 is "
    "given.",
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

_health = Area("Health of the service")
HEALTH_TROUBLE = _health.kind(
    "health_trouble",
    logging.ERROR,
    "trouble about text",
    "A trouble has begun; it is reported to the health cameras.",
)
HEALTH_RECOVERED = _health.kind(
    "health_recovered",
    logging.WARNING,
    "trouble about text",
    "The trouble is over; this is reported to the health cameras, too.",
)
HEALTH_FORGOTTEN = _health.kind(
    "health_forgotten",
    logging.WARNING,
    "path reason",
    "The file of reported troubles cannot be read: troubles that still last are reported once more.",
)
HEALTH_NOT_WRITTEN = _health.kind(
    "health_not_written",
    logging.WARNING,
    "path reason",
    "The file of reported troubles cannot be written: after a restart they may be reported once more.",
)
HEALTH_WRITTEN = _health.kind(
    "health_written", logging.WARNING, "path", "The file of reported troubles is written again."
)
CERTIFICATE_UNREADABLE = _health.kind(
    "certificate_unreadable",
    logging.WARNING,
    "target reason",
    "A target's certificate cannot be parsed, so it is not known when it expires. It is examined again after an hour.",
)
CERTIFICATE_READABLE = _health.kind(
    "certificate_readable", logging.WARNING, "target", "A target shows a certificate again that can be parsed."
)

_mutes = Area("Muted nodes")
NODE_MUTED = _mutes.kind(
    "node_muted",
    logging.WARNING,
    "node since until by reason",
    "A person (`by`) has muted a trigger node: it sends no event before `until`. Also reported at each start "
    "meanwhile.",
)
NODE_STILL_MUTED = _mutes.kind(
    "node_still_muted",
    logging.WARNING,
    "node since until by reason",
    "A trigger node has been muted for more than a day. Reported once a day.",
)
NODE_UNMUTED = _mutes.kind("node_unmuted", logging.WARNING, "node reason", "A mute has ended: the node fires again.")
MUTES_UNREADABLE = _mutes.kind(
    "mutes_unreadable",
    logging.ERROR,
    "path reason",
    "The file of mutes is damaged or cannot be read: no node is muted. Reported once.",
)
MUTES_READABLE = _mutes.kind(
    "mutes_readable",
    logging.WARNING,
    "path",
    "The file of mutes can be read again, or it is gone.",
)
MUTES_NOT_WRITTEN = _mutes.kind(
    "mutes_not_written",
    logging.WARNING,
    "path reason",
    "The file of mutes cannot be written: after a restart of the machine a mute may last longer than meant. Reported "
    "once; it is tried again every second.",
)
MUTES_WRITTEN = _mutes.kind("mutes_written", logging.WARNING, "path", "The file of mutes is written again.")

_console = Area("Console")
LOGINS_LIMITED = _console.kind(
    "logins_limited",
    logging.WARNING,
    "client user",
    "Five attempts to log in to the console failed, from one address or with one user name. Each next one must wait: "
    "first 2 s, then longer, at most 5 min. The token is not limited (docs/troubleshooting.md).",
)

_service = Area("The service itself")
SERVICE_STARTED = _service.kind(
    "service_started",
    logging.INFO,
    "version path pipelines targets waiting",
    "The service runs, with this configuration. `waiting` deliveries are left from before.",
    is_milestone=True,
)
SERVICE_WAS_KILLED = _service.kind(
    "service_was_killed",
    logging.WARNING,
    "path since until",
    "The service that had this outbox before did not end by itself: it was killed, or the machine went down. It had "
    "started at `since`; its last decision in the ledger was at `until` (empty: not known). What it kept is sent now.",
)
SERVICE_STOPPED = _service.kind(
    "service_stopped",
    logging.INFO,
    "events lost waiting failed fix",
    "The service has ended: `events` were kept in this run, `lost` were not; `waiting` deliveries are sent after the "
    "next start. It is an error when something has `failed`; then the exit code of `run` is 1.",
    is_milestone=True,
)
LOG_SHORTENED = _service.kind(
    "log_shortened",
    logging.WARNING,
    "kind count",
    "More than 60 notices of one kind came within a minute: the others are left out of the log. `count` is the "
    "number left out until now.",
)
THREAD_FAILED = _service.kind(
    "thread_failed",
    logging.ERROR,
    "thread reason count wait_s fix",
    "An error in a thread or task; the log has the traceback above this line. It continues after `wait_s` seconds.",
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
    "control_request_failed",
    logging.INFO,
    "reason",
    "A command ended its connection, or was too slow, before it had its answer.",
)
CONTROL_ORDER_LEFT = _service.kind(
    "control_order_left",
    logging.WARNING,
    "order",
    "What a command asked for was not done: the command had given up before its turn came.",
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
    "A reload by command, signal or console was refused: nothing was changed, and the service continues as before.",
)

#: Every kind, by name, in the order of this file.
KINDS: Final = MappingProxyType(REGISTERED)
