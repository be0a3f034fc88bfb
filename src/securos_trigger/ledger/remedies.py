"""What to do about each cause why no event came."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

from securos_trigger.errors.wording import STARTS_IT
from securos_trigger.ledger.coverage import Why
from securos_trigger.ledger.event_causes import EXPIRED, LOSS_IS_OVER, NOT_KNOWN
from securos_trigger.ledger.node_answer import NodeAnswer
from securos_trigger.model import Reason

_DOCTOR: Final = "`securos-trigger doctor CONFIG` says what is wrong and how to fix it."
FIXES: Final[Mapping[str, str]] = {
    Reason.DISABLED: "set enabled = true, then `securos-trigger reload CONFIG`.",
    Reason.MUTED: "`securos-trigger unmute CONFIG {node}` ends the mute.",
    Reason.INACTIVE_HOURS: "change active_hours, if this time should be watched.",
    Reason.PAUSE_AFTER_LOSS: _DOCTOR,
    Reason.INTERVAL: "make interval shorter, if two events so close are wanted.",
    Reason.DUPLICATE: "the first one is the event: ask about its time.",
    Reason.HOLDING: "make hold shorter, if it lasts too long.",
    Reason.NOT_RISEN: 'ask about the time when it became true, or set trigger_mode = "level".',
    Reason.CONDITION_FALSE: "compare the values below with the video; if they are right, change trigger.",
    Reason.CONDITION_UNKNOWN: "look for a typing mistake in the path, and for the node that should write the value.",
    Reason.NOT_BOOLEAN: "compare the value with something, as in nodes.lpr.plate == 'AB 123'.",
    Reason.NO_EVENT: "look at the event nodes before this one: their conditions are below, if they are known.",
    "source_lost": "look at the camera, its power, address and password; the service connects again by itself.",
    "pipeline_failed": _DOCTOR,
    "pipeline_ended": "a file is read once. To repeat it, set loop = true in its source, then reload.",
    "camera_offline": "look at this camera in the system that sends the messages.",
    "camera_unknown": "add the camera to the camera map of the pipeline, then `securos-trigger reload CONFIG`.",
    "messages_too_old": "let source and service take their time from one NTP server; a delay? raise age_limit_s.",
    "node_failed": "the log of the service has the error with its place.",
    Why.NOT_RUNNING: "start the service, and see why it was stopped: its log, or `journalctl`.",
    Why.FINISHED: f"ask about a time before that. {STARTS_IT}.",
    Why.UNKNOWN: "see in the log of the service, or with `journalctl`, why it ended.",
    Why.UNMARKED: "see in the log of the service, or with `journalctl`, whether it ran.",
    Why.STOOD_STILL: "see who stopped the process, or what kept the machine busy then: `journalctl`.",
    Why.BEFORE: "ask about a later time; [ledger] max_size_mb and files say how far back it reaches.",
    Why.GAP: _DOCTOR,
    "not_written": "ask again in ten seconds. `securos-trigger status CONFIG` shows what comes now.",
    "no_frame": "`securos-trigger status CONFIG` shows whether frames or messages come now.",
    "dead": "`securos-trigger status CONFIG` says what to correct and how to send it again; "
    "`securos-trigger outbox list CONFIG --state dead` shows it.",
    EXPIRED: "`securos-trigger doctor CONFIG` says why the receiver took no events. When it does again, "
    "`securos-trigger outbox retry CONFIG --reason expired` sends what expired.",
    NOT_KNOWN: "look in SecurOS for the event.",
    LOSS_IS_OVER: "`securos-trigger doctor CONFIG` says whether anything is still wrong.",
    **dict.fromkeys(("not_kept", "waiting", "input_held_up", "message_malformed"), _DOCTOR),
}


def fix_mute(node: NodeAnswer) -> str:
    """How to end the mute of a node."""
    return FIXES[Reason.MUTED].format(node=shlex.quote(str(node.address)))
