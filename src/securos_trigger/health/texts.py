"""What the operator reads: each trouble's beginning and end, in the zone of `Now`, with the date on another day.

The beginning says what does not work, since when, why where that is known, what it means for events, and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from securos_trigger.delivery import AcceptedBy, ShownCertificate
from securos_trigger.errors.wording import sentences, some_of
from securos_trigger.health.ages import Now
from securos_trigger.health.troubles import Ended
from securos_trigger.model.heartbeat import NodeFailure
from securos_trigger.model.node_ids import SINK_ID
from securos_trigger.system.durations import duration_text

_AFTER_EXPIRY = {
    AcceptedBy.PIN: "It is pinned, so deliveries continue.",
    AcceptedBy.MEMORY: "It is the remembered one, so deliveries continue.",
    AcceptedBy.NOTHING: "It is not signed by a CA. Once it is remembered, deliveries continue.",
    AcceptedBy.CA_FILE: "It is signed by a CA, so deliveries {stop}. Renew it on the SecurOS server.",
    AcceptedBy.SYSTEM_CAS: "It is signed by a CA, so deliveries {stop}. Renew it on the SecurOS server.",
}
_BRIDGE: Final = "Bridge:"
_FIX_RECEIVER: Final = "Look at the receiver's script in SecurOS, and at the network to it."
_FIX_FAILED: Final = "See the log of the bridge, and start it again."


class Text(NamedTuple):
    """The name and the description of an event."""

    name: str
    description: str


def named(name: str, service: str) -> str:
    """The name of a report of this service: `Bridge gate-7: no frames from yard`. Empty: as it is."""
    return f"Bridge {service}:{name.removeprefix(_BRIDGE)}" if service and name.startswith(_BRIDGE) else name


def merged(begun: Text, ended: Text) -> Text:
    """One text for a trouble that was over before its beginning could be reported."""
    return Text(f"{begun.name} (over)", f"{begun.description} {ended.description}")


def no_frames(
    label: str,
    since: float,
    now: Now,
    *,
    was_ever_one: bool,
    has_failed: bool,
    reason: str = "",
    cameras: Sequence[str] = (),
) -> Text:
    """Frames have stopped, or never came; `reason` says why. The events of `cameras` are missing."""
    since_when = f"{'' if was_ever_one else 'the start at '}{_since(since, now)}"
    if has_failed:
        what = f"No frame since {since_when}. The pipeline has failed{_because(reason)}"
        fix = _FIX_FAILED
    else:
        what = f"No frame since {since_when}{_because(reason)}"
        fix = "Look at the camera, its power and its network."
    return Text(f"Bridge: no frames from {label}", f"{what} {_not_seen(cameras)} {fix}")


def frames_again(label: str, ended: Ended, now: Now) -> Text:
    """Frames come again."""
    return Text(f"Bridge: frames again from {label}", _back(ended, now))


def no_messages(
    label: str, since: float, now: Now, reason: str = "", cameras: Sequence[str] = (), *, has_failed: bool = False
) -> Text:
    """An input is not connected, no message of it has come for too long, or it has failed; `reason` says why."""
    not_seen = _not_seen(cameras, unknown="its cameras")
    if has_failed:
        what = f"No message since {_since(since, now)}. The pipeline has failed{_because(reason)}"
        fix = _FIX_FAILED
    else:
        what = f"No connection, or no message, since {_since(since, now)}{_because(reason)}"
        fix = "Look at the broker, the device or the sender."
    return Text(f"Bridge: no messages from {label}", f"{what} {not_seen} {fix}")


def messages_again(label: str, ended: Ended, now: Now) -> Text:
    """Messages come again."""
    return Text(f"Bridge: messages again from {label}", _back(ended, now))


def frozen(label: str, since: float, now: Now, cameras: Sequence[str] = ()) -> Text:
    """Frames come, and all have the same image."""
    what = f"The image has not changed since {_since(since, now)}. {_not_seen(cameras)}"
    fix = "Look at its live image, and restart the camera or its recorder."
    return Text(f"Bridge: the image of {label} is frozen", f"{what} {fix}")


def moves_again(label: str, ended: Ended, now: Now) -> Text:
    """The images change again."""
    return Text(f"Bridge: the image of {label} changes again", _back(ended, now))


def node_fails(label: str, failing: NodeFailure | None, since: float, now: Now) -> Text:
    """A node of the pipeline, or its sink, fails on many frames, or could not finish its file."""
    node_id, reason, fix = ("a node", "", "") if failing is None else (failing.node_id, failing.reason, failing.fix)
    what = f"It has failed since {_since(since, now)}{_because(reason)}"
    harm = "The video is not whole; events go on." if node_id == SINK_ID else "Events may be missing or wrong."
    return Text(f"Bridge: {node_id} of {label} fails", sentences(what, harm, fix))


def nodes_work_again(label: str, ended: Ended, now: Now) -> Text:
    """All nodes and the sink of the pipeline work."""
    return Text(f"Bridge: all of {label} works again", _back(ended, now))


def camera_offline(pipeline: str, camera: str, reason: str, since: float, now: Now) -> Text:
    """The source of an input says that a camera, or the source itself (no name), is offline."""
    why = "" if reason == "offline" else reason
    if camera:
        what = f"{camera} of {pipeline}"
        said = f"Its source says so since {_since(since, now)}{_because(why)} Events from this camera are not seen."
        fix = "Look at this camera in the system that reads its frames."
    else:
        what = f"the source of {pipeline}"
        said = f"It says so itself since {_since(since, now)}{_because(why)} Events from its cameras are not seen."
        fix = "Look at the system that sends the messages."
    return Text(f"Bridge: {what} is offline", f"{said} {fix}")


def camera_online(pipeline: str, camera: str, ended: Ended, now: Now) -> Text:
    """The source says that the camera works."""
    what = f"{camera} of {pipeline}" if camera else f"the source of {pipeline}"
    return Text(f"Bridge: {what} is online again", _back(ended, now))


def receiver_fails(target: str, since: float, now: Now, lost: int = 0, reason: str = "") -> Text:
    """A target fails, for this reason, and for longer than anything waits for it."""
    fails = f"The receiver has failed since {_since(since, now)}{_because(reason)}"
    return Text(
        f"Bridge: events do not get through to {target}", f"{fails} {_kept_all(lost, 'New events')} {_FIX_RECEIVER}"
    )


def not_through(target: str, since: float, now: Now, lost: int = 0, reason: str = "") -> Text:
    """The oldest delivery of a target waits too long, for this reason. `lost` events of this run were not kept."""
    waits = f"The oldest has waited since {_since(since, now)}{_because(reason)}"
    return Text(f"Bridge: events do not get through to {target}", f"{waits} {_kept_all(lost)} {_FIX_RECEIVER}")


def _kept_all(lost: int, which: str = "They") -> str:
    if not lost:
        return f"{which} are kept, and are sent when the receiver accepts them."
    were = "1 event was" if lost == 1 else f"{lost:,} events were"
    return f"Those that were kept are sent when the receiver accepts them; {were} lost."


def through_again(target: str, ended: Ended, now: Now) -> Text:
    """Nothing waits long any more."""
    return Text(f"Bridge: events get through to {target} again", _back(ended, now))


def deep(pending: int, limit: int, since: float, now: Now) -> Text:
    """Many deliveries wait, for all receivers together."""
    many = f"{limit:,} or more since {_since(since, now)}. They are kept, and are sent in order."
    fix = "Look at the receivers' scripts in SecurOS, and for a node that fires too often."
    return Text(f"Bridge: {pending:,} events wait", f"{many} {fix}")


def deep_no_more(pending: int, ended: Ended, now: Now) -> Text:
    """Few deliveries wait."""
    waiting = "1 event waits." if pending == 1 else f"{pending:,} events wait."
    return Text("Bridge: few events wait again", f"{waiting} {_back(ended, now)}")


def losses(count: int, why: str, since: float, now: Now) -> Text:
    """Events cannot be kept on this machine."""
    many, they = ("1 event", "It") if count == 1 else (f"{count:,} events", "They")
    fix = "Look at the disk of the bridge: is it full, or broken?"
    if "max_size_mb" in why:
        fix = "Look at the receivers: the outbox is full of events that wait for them."
    what = f"{many} could not be kept since {clock(since, now)}{_because(why)} {they} will not arrive."
    return Text("Bridge: events are lost", f"{what} {fix}")


def kept_again(count: int | None, ended: Ended, now: Now) -> Text:
    """Events are kept again. `count` None: the bridge was restarted meanwhile."""
    total = "" if count is None else " 1 event was lost." if count == 1 else f" {count:,} events were lost."
    return Text("Bridge: events are kept again", f"{_back(ended, now)}{total}")


def expires_soon(target: str, certificate: ShownCertificate, now: Now) -> Text:
    """The certificate will expire."""
    ends_at_s = certificate.ends_at.timestamp()
    left = duration_text(ends_at_s - now.unix_s)
    then = _AFTER_EXPIRY[certificate.accepted_by].format(stop="stop then")
    return Text(
        f"Bridge: the certificate of {target} expires soon", f"It ends on {_day(ends_at_s, now)}, in {left}. {then}"
    )


def has_expired(target: str, certificate: ShownCertificate, now: Now) -> Text:
    """The certificate has expired."""
    since = _day(certificate.ends_at.timestamp(), now)
    then = _AFTER_EXPIRY[certificate.accepted_by].format(stop="have stopped")
    return Text(f"Bridge: the certificate of {target} has expired", f"It ended on {since}. {then}")


def in_order(target: str, certificate: ShownCertificate, now: Now) -> Text:
    """The certificate is valid for long enough."""
    ends_at_s = certificate.ends_at.timestamp()
    left = duration_text(ends_at_s - now.unix_s)
    return Text(
        f"Bridge: the certificate of {target} is in order", f"It is valid until {_day(ends_at_s, now)}, for {left}."
    )


def clock(at: float, now: Now) -> str:
    """A monotonic instant as a wall clock's time of day, `14:03:22 CET`; with the date when that is not today."""
    then_s = now.unix_s_of(at)
    then = now.local(then_s)
    return f"{then:%H:%M:%S %Z}" if then.date() == now.local(now.unix_s).date() else _day(then_s, now)


def _since(at: float, now: Now) -> str:
    return f"{clock(at, now)} ({duration_text(now.at - at)})"


def _because(reason: str) -> str:
    """`: connection refused.`; without a reason the full stop alone."""
    reason = reason.strip().rstrip(". ")
    return f": {reason}." if reason else "."


def _not_seen(cameras: Sequence[str], *, unknown: str = "this camera") -> str:
    if not cameras:
        return f"Events from {unknown} are not seen."
    return f"Events of camera{'s' if len(cameras) > 1 else ''} {some_of(cameras)} are not seen."


def _back(ended: Ended, now: Now) -> str:
    return f"Back since {clock(ended.healthy_since, now)}, after {duration_text(ended.healthy_since - ended.since)}."


def _day(unix_s: float, now: Now) -> str:
    return f"{now.local(unix_s):%Y-%m-%d %H:%M:%S %Z}"
