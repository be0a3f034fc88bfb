"""What is wrong with the messages of an input of a running service: each trouble in one sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from securos_trigger.errors.wording import some_of
from securos_trigger.operations.trouble import Rank, Trouble, age_s, since
from securos_trigger.system.durations import duration_text

#: A clock that is ahead by more is not followed: events get the time of arrival (docs/inputs).
_AHEAD_S: Final = 5.0
#: A source whose messages name a time that is longer ago is worth a look, in seconds.
_BEHIND_S: Final = 60.0
#: An unknown camera that has said nothing for longer may have another name meanwhile, in seconds.
_SILENT_S: Final = 600.0
#: A source that says something each minute has nothing to say for longer, in seconds.
_UNHEARD_S: Final = 150.0

_FIX_UNHEARD: Final = (
    "Does it run, with the topic_prefix of this pipeline, and may the user of this pipeline read its topics (the "
    "access list of the broker)?"
)
_FIX_CAMERA: Final = "Look at this camera in the system that reads its frames."
_FIX_CAMERA_MAP: Final = 'Add them to cameras of the pipeline, or "*" = "…" for all others.'
_FIX_CLOCK: Final = (
    "Which clock is wrong, the source's or this machine's? Let both take their time from one NTP server."
)
_UNUSABLE: Final = {
    "malformed": (
        "{count} messages cannot be read, and all others raise no event",
        "The log has one (message_malformed). Compare it with the page of its kind in docs/inputs.",
    ),
    "refused": (
        "{count} messages were refused, and all others raise no event",
        "Give the sender the token of its cameras, or add the cameras to its token.",
    ),
    "no_camera": (
        "{count} messages name no camera, and all others raise no event either",
        "`securos-trigger input try FOLDER` shows how one is read. Does the mapping name the camera (source)?",
    ),
    "too_old": (
        "the last {count} messages of {camera} name a time {age} ago, which is too old: they raise no event",
        f"{_FIX_CLOCK} Is it a delay? Then raise age_limit_s.",
    ),
}
#: For a reason that only a newer version of the service knows.
_OTHERWISE_UNUSABLE: Final = (
    "{count} messages raise no event ({why})",
    "Update this program to the version of the service: it can say more.",
)

_REFUSED_POSTS: Final = {
    401: ("show no token or a wrong one", "Let the sender show the token: Authorization: Bearer TOKEN."),
    404: ("go to an address that is not there", "Let it send to {accepted_at}."),
    405: ("have a wrong method", "Let it send to {accepted_at}."),
    413: ("are too large", "Let it send less in one message, and no images."),
    415: ("are compressed or of a wrong type", "Let it send text such as application/json, not compressed."),
}
#: For an answer that only a newer version of the service counts.
_OTHERWISE_REFUSED: Final = ("are refused", "The answer to each names the reason: look at the log of the sender.")


def input_troubles(name: str, seen: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """What the messages of an input say, or do not say. `name` is that of the pipeline, in a sentence."""
    for camera, reason in seen.get("offline_cameras", {}).items():
        what = f"its source calls the camera {camera} offline" if camera else "its source says that it is offline"
        yield Trouble(f"{name}: {what}: {reason}", _FIX_CAMERA, True, rank=Rank.CAMERA)
    unheard_s = seen.get("unheard_s") or 0.0
    if unheard_s >= _UNHEARD_S:
        text = f"{name}: no message has come in the {duration_text(unheard_s)} since it was connected"
        # An access list may leave out what Frigate says each minute, and all that raises events is read.
        yield Trouble(f"{text}, not even the messages that its source sends each minute", _FIX_UNHEARD, False)
    for run in seen.get("unusable", ()):  # a service of an older version does not say it
        text, fix = _UNUSABLE.get(run["why"], _OTHERWISE_UNUSABLE)
        age = duration_text(run["age_s"])
        what = text.format(count=f"{run['count']:,}", camera=run["camera"], age=age, why=run["why"])
        why = f": {run['reason']}" if run["reason"] else ""
        yield Trouble(f"{name}: {what}, {since(run['since'], now)}{why}", fix, True, rank=Rank.CAMERA)
    yield from _refused_posts(name, seen, now)
    yield from _clocks(name, seen)
    if unknown := unknown_cameras(seen, now):
        text = f"{name}: cameras that are not in the camera map raise no events: {some_of(unknown)}"
        yield Trouble(text, _FIX_CAMERA_MAP, False, "cameras")


def _refused_posts(name: str, seen: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """What was posted and refused before it was read. Red while no post is taken."""
    for run in seen.get("refused_posts", ()):  # a service of an older version does not say it
        what, fix = _REFUSED_POSTS.get(run["status"], _OTHERWISE_REFUSED)
        ago = duration_text(age_s(run["last_at"], now))
        text = f"{name}: {run['count']:,} posts of {run['sender']} {what} ({run['status']}), the last {ago} ago"
        rank = Rank.CAMERA if run["is_all"] else Rank.OTHER
        yield Trouble(text, fix.format(accepted_at=run["accepted_at"]), run["is_all"], rank=rank)


def unknown_cameras(seen: Mapping[str, Any], now: datetime) -> list[str]:
    """The cameras that the camera map does not have, each with how long it has been silent, where that is long."""
    heard = seen.get("unknown_cameras_heard", {})  # a service of an older version does not say it
    silent_s = {camera: age_s(at, now) for camera, at in heard.items()}
    return [
        f"{camera} (silent for {duration_text(silent_s[camera])})" if silent_s.get(camera, 0.0) >= _SILENT_S else camera
        for camera in seen.get("unknown_cameras") or ()
    ]


def _clocks(name: str, seen: Mapping[str, Any]) -> Iterator[Trouble]:
    """Cameras whose clock and that of this machine differ: their events still get a time that is right or near it."""
    offsets = {one["name"]: one["clock_offset_s"] or 0.0 for one in seen.get("cameras", ())}
    ahead = {camera: -offset_s for camera, offset_s in offsets.items() if offset_s < -_AHEAD_S}
    behind = {camera: offset_s for camera, offset_s in offsets.items() if offset_s > _BEHIND_S}
    if ahead:
        text = f"{name}: messages name a time that is up to {duration_text(max(ahead.values()))} in the future"
        yield Trouble(f"{text}: {some_of(list(ahead))}; their events get the time of arrival", _FIX_CLOCK, False)
    if behind:
        text = f"{name}: messages name a time that is up to {duration_text(max(behind.values()))} ago"
        yield Trouble(f"{text}: {some_of(list(behind))}; a clock is wrong, or they come late", _FIX_CLOCK, False)
