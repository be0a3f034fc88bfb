"""What the operator reads: each trouble's beginning and end. Times are UTC, with the date on another day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from securos_trigger.delivery import AcceptedBy, ShownCertificate
from securos_trigger.health.ages import Now
from securos_trigger.health.troubles import Ended
from securos_trigger.system.durations import duration_text

_AFTER_EXPIRY = {
    AcceptedBy.PIN: "It is pinned, so deliveries continue.",
    AcceptedBy.MEMORY: "It is the remembered one, so deliveries continue.",
    AcceptedBy.NOTHING: "It is not signed by a CA. Once it is remembered, deliveries continue.",
    AcceptedBy.CA_FILE: "It is signed by a CA, so deliveries {stop}. Renew it on the SecurOS server.",
    AcceptedBy.SYSTEM_CAS: "It is signed by a CA, so deliveries {stop}. Renew it on the SecurOS server.",
}


class Text(NamedTuple):
    """The name and the description of an event."""

    name: str
    description: str


def merged(begun: Text, ended: Text) -> Text:
    """One text for a trouble that was over before its beginning could be reported."""
    return Text(f"{begun.name} (over)", f"{begun.description} {ended.description}")


def no_frames(label: str, since: float, now: Now, *, was_ever_one: bool, has_failed: bool) -> Text:
    """Frames have stopped, or never came."""
    since_when = f"{'' if was_ever_one else 'the start at '}{clock(since, now)} ({duration_text(now.at - since)})"
    failed = " It ended with an error: see the bridge's log." if has_failed else ""
    description = f"No frame since {since_when}.{failed} Events from this camera are not seen."
    return Text(f"Bridge: no frames from {label}", description)


def frames_again(label: str, ended: Ended, now: Now) -> Text:
    """Frames come again."""
    return Text(f"Bridge: frames again from {label}", _back(ended, now))


def frozen(label: str, since: float, now: Now) -> Text:
    """Frames come, and all have the same image."""
    since_when = f"{clock(since, now)} ({duration_text(now.at - since)})"
    description = f"The image has not changed since {since_when}. Events from this camera are not seen."
    return Text(f"Bridge: the image of {label} is frozen", description)


def moves_again(label: str, ended: Ended, now: Now) -> Text:
    """The images change again."""
    return Text(f"Bridge: the image of {label} changes again", _back(ended, now))


def camera_offline(pipeline: str, camera: str, reason: str, since: float, now: Now) -> Text:
    """The source of an input says that a camera, or the source itself (no name), is offline."""
    what = f"{camera} of {pipeline}" if camera else f"the source of {pipeline}"
    since_when = f"{clock(since, now)} ({duration_text(now.at - since)})"
    description = f"Its source says so since {since_when}: {reason}. Events from this camera are not seen."
    if not camera:
        description = f"It says so itself since {since_when}: {reason}. Events from its cameras are not seen."
    return Text(f"Bridge: {what} is offline", description)


def camera_online(pipeline: str, camera: str, ended: Ended, now: Now) -> Text:
    """The source says that the camera works."""
    what = f"{camera} of {pipeline}" if camera else f"the source of {pipeline}"
    return Text(f"Bridge: {what} is online again", _back(ended, now))


def not_through(target: str, since: float, now: Now, lost: int = 0) -> Text:
    """The oldest delivery of a target waits too long. `lost` events of this run were not kept."""
    waits = f"The oldest has waited since {clock(since, now)} ({duration_text(now.at - since)})."
    return Text(
        f"Bridge: events do not get through to {target}",
        f"{waits} {_kept_all(lost)}",
    )


def _kept_all(lost: int) -> str:
    if not lost:
        return "They are kept, and are sent when the receiver accepts them."
    were = "1 event was" if lost == 1 else f"{lost:,} events were"
    return f"Those that were kept are sent when the receiver accepts them; {were} lost."


def through_again(target: str, ended: Ended, now: Now) -> Text:
    """Nothing waits long any more."""
    return Text(f"Bridge: events get through to {target} again", _back(ended, now))


def deep(pending: int, limit: int, since: float, now: Now) -> Text:
    """Many deliveries wait, for all receivers together."""
    many = f"{limit:,} or more since {clock(since, now)} ({duration_text(now.at - since)})."
    return Text(f"Bridge: {pending:,} events wait", f"{many} They are kept, and are sent in order.")


def deep_no_more(pending: int, ended: Ended, now: Now) -> Text:
    """Few deliveries wait."""
    waiting = "1 event waits." if pending == 1 else f"{pending:,} events wait."
    return Text("Bridge: few events wait again", f"{waiting} {_back(ended, now)}")


def losses(count: int, why: str, since: float, now: Now) -> Text:
    """Events cannot be kept on this machine."""
    many, they = ("1 event", "It") if count == 1 else (f"{count:,} events", "They")
    return Text(
        "Bridge: events are lost",
        f"{many} could not be kept since {clock(since, now)}: {why.rstrip('.')}. {they} will not arrive.",
    )


def kept_again(count: int | None, ended: Ended, now: Now) -> Text:
    """Events are kept again. `count` None: the bridge was restarted meanwhile."""
    total = "" if count is None else " 1 event was lost." if count == 1 else f" {count:,} events were lost."
    return Text("Bridge: events are kept again", f"{_back(ended, now)}{total}")


def expires_soon(target: str, certificate: ShownCertificate, now: Now) -> Text:
    """The certificate will expire."""
    left = duration_text(certificate.ends_at.timestamp() - now.unix_s)
    then = _AFTER_EXPIRY[certificate.accepted_by].format(stop="stop then")
    return Text(
        f"Bridge: the certificate of {target} expires soon",
        f"It ends on {_day(certificate.ends_at)}, in {left}. {then}",
    )


def has_expired(target: str, certificate: ShownCertificate) -> Text:
    """The certificate has expired."""
    now = _AFTER_EXPIRY[certificate.accepted_by].format(stop="have stopped")
    return Text(f"Bridge: the certificate of {target} has expired", f"It ended on {_day(certificate.ends_at)}. {now}")


def in_order(target: str, certificate: ShownCertificate, now: Now) -> Text:
    """The certificate is valid for long enough."""
    left = duration_text(certificate.ends_at.timestamp() - now.unix_s)
    return Text(
        f"Bridge: the certificate of {target} is in order",
        f"It is valid until {_day(certificate.ends_at)}, for {left}.",
    )


def clock(at: float, now: Now) -> str:
    """A monotonic instant as a wall clock's time of day in UTC; with the date when that is not today."""
    then, today = (datetime.fromtimestamp(one, UTC) for one in (now.unix_s_of(at), now.unix_s))
    return f"{then:%H:%M:%S} UTC" if then.date() == today.date() else _day(then)


def _back(ended: Ended, now: Now) -> str:
    return f"Back since {clock(ended.healthy_since, now)}, after {duration_text(ended.healthy_since - ended.since)}."


def _day(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"
