"""What a person can do about each trouble of the log, or why there is nothing to do. A log line ends with it: `fix=`.

Each is short, so that the line can be read: what takes more space is said by the command that it names. One that is a
command alone names a command that says what to do. A line that is too long is no reason to leave out an action.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_STATUS: Final = "`securos-trigger status CONFIG`"
_DOCTOR: Final = "`securos-trigger doctor CONFIG`"
_UNMUTE: Final = "`securos-trigger unmute CONFIG NODE` ends it"
_NOT_LOST: Final = "nothing is lost; find who changes files there"

#: By the name of the notice. One that has a field `fix` of its own is not here.
FIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "source_lost": "look at its power, address and password",
        "source_still_lost": "look at its power, address and password",
        "source_frozen": "look at its live image, restart the camera",
        "source_times_unusable": "restart the camera, look at its clock",
        "source_size_changed": "draw lines and zones again, or in fractions",
        "source_times_made_up": "set frames_per_s if it has another rate",
        "source_ended_early": "copy the file again; join parts with `ffmpeg -f concat`",
        "source_behind": "use fewer cameras, or a smaller model of the detector",
        "frame_time_replaced": "correct the times that the source gives",
        "media_time_unusable": "in the program, give each frame its own `at`, in seconds",
        "frame_size_unknown": "give the size of the frame, or set send_bounding_boxes = false",
        "condition_always_unknown": "`securos-trigger explain CONFIG`",
        "pipeline_failed": "correct the cause, then start the service again",
        "recording_incomplete": "look at its disk, then record again",
        "element_not_ready": "correct what `reason` names: it is tried again",
        "element_settings_warning": "correct the property that `reason` names, if you did not want it so",
        "delivery_done": _DOCTOR,
        "delivery_dead": _STATUS,
        "courier_failed": "report the traceback above; it is sent again",
        "target_unreachable": f"events wait; {_DOCTOR}",
        "target_unauthorized": _STATUS,
        "target_untrusted": "`securos-trigger trust CONFIG`",
        "target_clock_apart": "let both take their time from one NTP server",
        "target_not_served": "a new address? `securos-trigger outbox move CONFIG OLD NEW`",
        "target_settings_replaced": "give its nodes the same settings",
        "password_in_clear": "switch HTTPS on in the receiver, and set iss_scheme to https",
        "event_not_kept": _STATUS,
        "events_lost": _STATUS,
        "outbox_failing": _STATUS,
        "disk_almost_full": _STATUS,
        "outbox_deleted": _NOT_LOST,
        "outbox_replaced": _NOT_LOST,
        "outbox_files_renewed": _NOT_LOST,
        "outbox_moved": "`securos-trigger outbox list CONFIG` names the process: end it, restart this one",
        "outbox_set_aside": "look at the disk; its waiting events are in `kept_as`, not sent",
        "outbox_in_memory": "set outbox.path to a folder on a disk",
        "outbox_migrated": "look at its disk; there is no way back to the older version now",
        "outbox_settlements_lost": _DOCTOR,
        "outbox_left": "start the service: it sends them",
        "cluster_message_unreadable": "install the same version for gateways and deliver",
        "outcomes_foreign": "give each gateway a name of its own in [relay]",
        "target_undelivered": "beside deliver: `securos-trigger status --cluster deliver.toml`",
        "gateway_clock_apart": "take its time from an NTP server",
        "server_clock_apart": "let server and deliver take their time from one NTP server",
        "events_lost_again": "find out who empties the stream",
        "events_relayed_again": "find out who emptied the stream, or which server lost its disk",
        "target_given_up": "`securos-trigger status --cluster deliver.toml`",
        "ends_refused": "`securos-trigger status --cluster deliver.toml`",
        "pipeline_lease_lost": "look at the network to the cluster; the pipeline goes on",
        "ledger_failing": _STATUS,
        "ledger_dropped": "events are not affected; it needs a faster disk or fewer frames",
        "images_failing": _STATUS,
        "images_dropped": "raise the interval of the node that fires most",
        "health_not_written": _STATUS,
        "certificate_unreadable": "make a new one: `securos-trigger receiver init --host HOST`",
        "node_muted": _UNMUTE,
        "node_still_muted": _UNMUTE,
        "mutes_unreadable": "remove the file, then mute again",
        "mutes_not_written": _STATUS,
        "logins_limited": "wait, or use the token; the audit log has each attempt",
        "log_shortened": "`securos-trigger status CONFIG` has the numbers",
        "control_order_left": "give the command again",
        "control_unavailable": "look at the rights of the folder, and for another process",
        "service_was_killed": "out of memory? see `journalctl -k`",
        "reload_refused": "`securos-trigger check CONFIG`",
    }
)

_ENDS: Final = "it says that a trouble is over"
_ASKED_FOR: Final = "a person wanted it"

#: Notices that are warnings or more, and say nothing that a person must fix: why not.
WITHOUT_FIX: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                *("source_recovered", "source_moves_again", "source_caught_up", "drawings_inside", "input_goes_on"),
                "messages_in_time",
                *("source_times_usable", "media_time_usable"),
                *("camera_online", "element_ready", "target_recovered", "events_kept_again", "outbox_recovered"),
                *("disk_has_space", "cluster_recovered", "outcomes_own_again", "target_delivered_again"),
                *("ledger_recovered", "images_recovered", "health_recovered", "mutes_readable", "thread_recovered"),
                *("health_written", "certificate_readable", "mutes_written", "node_recovered", "ends_accepted"),
                *("target_clock_agrees", "gateway_clock_agrees", "server_clock_agrees"),
                "events_lost_no_more",
            ),
            _ENDS,
        ),
        **dict.fromkeys(("node_unmuted", "reload_done"), _ASKED_FOR),
        "certificate_remembered": "it says what is trusted from now on; a change of it is refused",
        "certificate_replaced": "a CA of the system has signed the new one",
        "event_already_there": "the event is in the outbox, and is sent once",
        "pipeline_moved": "another machine runs the pipeline",
        "event_superseded": "another machine has decided about the same frames",
        "health_forgotten": "the file is written again; some reports may come once more",
        "health_trouble": "its text says what to do",
    }
)
#: Warnings that are no trouble: a terminal shows them in green.
GOOD_NEWS: Final = frozenset(name for name, why in WITHOUT_FIX.items() if why in (_ENDS, _ASKED_FOR))
