"""What a running service's answer means for a person: each trouble in one sentence, the worst first. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from securos_trigger.config.hot_reload import NEEDS_RESTART
from securos_trigger.system.durations import duration_text
from securos_trigger.system.mounts import LEAST_FREE_MB

#: A live source that has given no frame for this long is a trouble, in seconds.
SILENT_AFTER_S: Final = 30.0
# A node that has failed on fewer frames in a row is not called failing.
_FAILS_AFTER_FRAMES: Final = 3

_TARGET_WORDS: Final = {
    "unreachable": "is unreachable",
    "unauthorized": "refuses the password",
    "untrusted": "shows a certificate that is not trusted",
    "not_served": "is not served",
    "not_relayed": "gets no events, because the cluster does not store them,",
    "undelivered": "gets nothing of what was relayed",
    "given_up": "cannot be served",
}
_TARGET_FIXES: Final = {
    "unreachable": "`securos-trigger doctor` looks for the cause. Events wait; none is lost meanwhile.",
    "unauthorized": "Copy the token of the receiver's script (AUTH_TOKEN) into iss_password, then `securos-trigger "
    "reload CONFIG`.",
    "untrusted": "Was the receiver set up again? Then `securos-trigger trust CONFIG` says what to do. If not: a "
    "possible man in the middle.",
    "not_served": "Send to it again with a node, or throw its events away: `securos-trigger outbox drop --target`.",
    "not_relayed": "`securos-trigger doctor` looks for the cause. Events wait here; none is lost meanwhile.",
    "undelivered": "The cluster keeps the events. Beside deliver, `securos-trigger status --cluster deliver.toml` says "
    "who serves it.",
    "given_up": "`securos-trigger status --cluster deliver.toml` looks at the cluster. It keeps the events.",
}
#: What to do about lost events: the outbox is as large as it may be, or its disk is full or broken.
_FIX_AT_LIMIT: Final = "Fix the receiver, so that events are delivered, or raise outbox.max_size_mb."
_FIX_DISK: Final = "Free some space on the disk of {}. `securos-trigger doctor` looks at it."

#: What to do about cameras whose events are given up.
_FIX_GIVEN_UP: Final = (
    "`securos-trigger outbox list CONFIG` says why. A wrong camera? Correct iss_camera_ids, `securos-trigger reload "
    "CONFIG`, then `securos-trigger outbox retry CONFIG --camera WRONG=RIGHT`. `outbox drop` gives them up."
)
_NAMED_CAMERAS: Final = 8

#: What to do about a source that is lost: video, or a broker, a device or a sender of messages.
_FIX_VIDEO: Final = "Look at the camera, its address and its password. It is being reconnected."
_FIX_FROZEN: Final = (
    "Look at its live image: the camera or its recorder hangs. Is it a generated image? Then set frozen_after_s = 0."
)
_FIX_INPUT: Final = "Look at the broker, the device or the sender. `securos-trigger doctor` tries the connection."


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble, and how to fix it. `needs_person` False: it is worth knowing, and nothing stops.

    `subject` is a word for what it is about, where the doctor examines that too; else empty.
    """

    text: str
    fix: str
    needs_person: bool
    subject: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"text": self.text, "fix": self.fix, "needs_person": self.needs_person}


def troubles_of(answer: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """The troubles in the answer to `status`. `now` is the present moment; its zone is that of the sentences."""
    losses = answer["losses"]
    yield from _losses(losses, answer["outbox"].get("path"), now)
    for target in answer["targets"]:
        waits = f", {waiting(target, now)}"
        yield from target_trouble(target, now, waits, is_losing=losses["is_losing"])
    yield from given_up_troubles(answer.get("given_up", ()), now)  # a service of an older version does not say it
    for pipeline in answer["pipelines"]:
        yield from _pipeline(pipeline, now)
    yield from _outbox(answer, now)
    yield from _ledger(answer.get("ledger", {}), now)
    yield from _unwritten(answer.get("unwritten", ()), now)  # a service of an older version does not say it
    for thread in answer["threads"]:
        if thread["is_failing"] or not thread["is_alive"]:
            what = f"fails: {thread['reason']}" if thread["is_failing"] else "has ended"
            yield Trouble(f"The {thread['kind']} {thread['name']} {what}", "The log has the traceback.", True)
    for node in answer["nodes"]:
        if node["muted_until"]:
            why = f" ({node['mute_reason']})" if node.get("mute_reason") else ""
            text = f"{node['address']} is muted until {clock(node['muted_until'], now)}{why}: its events are not sent"
            yield Trouble(text, f"`securos-trigger unmute CONFIG {node['address']}` ends that.", False, "mute")
        if node.get("is_enabled") is False:
            text = f"{node['address']} is switched off (enabled = false): it sends no events"
            yield Trouble(text, "Take the line out of the file and reload it to switch it on.", False, "switched off")
    yield from _earlier_losses(losses, now)
    yield from _dead(answer["outbox"]["counts"]["dead"])
    yield from _configuration(answer["configuration"], has_pipelines=bool(answer["pipelines"]))


def way_into_force(settings: Collection[str], *, has_pipelines: bool) -> str:
    """How these settings of the file get into force. A program without pipelines has its node from its own code."""
    if not has_pipelines:
        return "Start the program again: it reads the file at its start."
    fixed = [setting for setting in settings if {setting, setting.partition(".")[0]} & {*NEEDS_RESTART}]
    if fixed:
        return f"Restart the service: it reads {', '.join(fixed)} at its start only."
    return "`securos-trigger reload CONFIG` puts the file in force."


def clock(at: str, now: datetime) -> str:
    """An instant of an answer as a time of day in the zone of `now`, with the date on another day."""
    then = datetime.fromisoformat(at).astimezone(now.tzinfo)
    return f"{then:%H:%M:%S}" if then.date() == now.date() else f"{then:%Y-%m-%d %H:%M}"


def age_s(at: str, now: datetime) -> float:
    """Seconds from an instant of an answer until now."""
    return (now - datetime.fromisoformat(at)).total_seconds()


def since(at: str, now: datetime) -> str:
    """`since 03:12:44 (5 min 3 s)`."""
    return f"since {clock(at, now)} ({duration_text(age_s(at, now))})"


def waiting(target: Mapping[str, Any], now: datetime) -> str:
    """`312 waiting, the oldest for 5 min 3 s`."""
    number = "many" if target["waiting"] is None else f"{target['waiting']:,}"
    oldest = f", the oldest for {duration_text(age_s(target['oldest_at'], now))}" if target["oldest_at"] else ""
    return f"{number} waiting{oldest}{_relayed(target, now)}"


def _relayed(target: Mapping[str, Any], now: datetime) -> str:
    """`, 25 relayed, the oldest for 5 min 3 s`; empty where the cluster has none."""
    if not target.get("relayed_oldest_at"):  # also a service of an older version
        return ""
    number = "many" if target["relayed"] is None else f"{target['relayed']:,}"
    return f", {number} relayed, the oldest for {duration_text(age_s(target['relayed_oldest_at'], now))}"


def _losses(losses: Mapping[str, Any], outbox: str | None, now: datetime) -> Iterator[Trouble]:
    if losses["is_losing"]:
        text = f"LOSING EVENTS {since(losses['since'], now)}: {losses['count']:,} lost, {losses['reason']}"
        is_at_limit = "outbox.max_size_mb" in losses["reason"]
        yield Trouble(text, _FIX_AT_LIMIT if is_at_limit else _FIX_DISK.format(outbox or "the outbox"), True)


def _earlier_losses(losses: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    if losses["count"] and not losses["is_losing"]:
        last = f"the last at {clock(losses['last_at'], now)}"
        text = f"Events lost since the start: {losses['count']:,}, {last}: {losses['reason']}"
        yield Trouble(text, "Events are kept again. `securos-trigger explain` names those that were not.", False)


def target_trouble(
    target: Mapping[str, Any], now: datetime, waits: str, *, is_losing: bool = False
) -> Iterator[Trouble]:
    """What is wrong with a receiver. `waits` says what waits for it, after a comma and a space; empty: not known."""
    if target["is_healthy"] is False:
        what = _TARGET_WORDS.get(target["trouble"], "fails")
        text = f"{target['target']} {what} {since(target['failing_since'], now)}{waits}"
        fix = _TARGET_FIXES.get(target["trouble"], "")
        why = target["reason"].removeprefix(f"{target['target']} cannot be reached: ")
        yield Trouble(f"{text}: {why}", fix.partition(" Events wait")[0] if is_losing else fix, True)


def given_up_troubles(
    given_up: Sequence[Mapping[str, Any]], now: datetime, fix: str = _FIX_GIVEN_UP
) -> Iterator[Trouble]:
    """Cameras whose latest event was given up, one sentence for each receiver."""
    for target in dict.fromkeys(one["target"] for one in given_up):
        cameras = [one for one in given_up if one["target"] == target]
        lasts = since(min(one["since"] for one in cameras), now)
        number = sum(one["count"] for one in cameras)
        text = f"{_cameras_of(target, [one['camera'] for one in cameras])} {lasts}, {number:,} given up"
        yield Trouble(f"{text}: {cameras[-1]['reason']}", fix, True)


def _cameras_of(target: str, cameras: Sequence[str]) -> str:
    """`Camera 9 of https://vms:3443 gets no events`."""
    named = [camera for camera in cameras if camera]
    if not named:
        return f"{target} gets no events without a camera"
    more = f" and {len(named) - _NAMED_CAMERAS} more" if len(named) > _NAMED_CAMERAS else ""
    many = len(named) > 1
    names = ", ".join(named[:_NAMED_CAMERAS])
    return f"Camera{'s' if many else ''} {names}{more} of {target} get{'' if many else 's'} no events"


def _pipeline(pipeline: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    name, source = f"Pipeline {pipeline['name']}", pipeline["source"]
    if pipeline["state"] == "failed":
        yield Trouble(f"{name} has failed: {pipeline['reason']}", "The log has more. Start the service again.", True)
    elif pipeline["state"] == "restarting":
        yield Trouble(f"{name} has a fault and is being restarted", "The log has the traceback.", True)
    elif pipeline["source_lost_reason"]:
        lost = since(pipeline["source_lost_since"], now)
        is_input = pipeline.get("input") is not None
        what, fix = ("sends no messages", _FIX_INPUT) if is_input else ("gives no frames", _FIX_VIDEO)
        yield Trouble(f"{name}: {source} {what} {lost}: {pipeline['source_lost_reason']}", fix, True)
    elif pipeline["state"] == "running" and pipeline["is_live"]:
        yield from _silence(name, pipeline)
        if pipeline.get("frozen_since"):  # a service of an older version does not say it
            frozen = since(pipeline["frozen_since"], now)
            yield Trouble(f"{name}: the image of {source} has not changed {frozen}", _FIX_FROZEN, True)
    for node in pipeline.get("failing_nodes", ()) if pipeline["state"] == "running" else ():
        if node["frames"] < _FAILS_AFTER_FRAMES:
            continue
        text = f"{name}: {node['node']} fails on every frame {since(node['since'], now)}: {node['reason']}"
        yield Trouble(text, "The log has the traceback.", True)


def _silence(name: str, pipeline: Mapping[str, Any]) -> Iterator[Trouble]:
    """A live source that is not lost, and gives nothing. Video that never came is missed from the start on."""
    silent_s, source = pipeline["last_frame_age_s"], pipeline["source"]
    has_had_none = silent_s is None and pipeline.get("input") is None
    if has_had_none:
        silent_s = pipeline.get("running_s", 0.0)
    if silent_s is not None and silent_s >= SILENT_AFTER_S:
        of_video = f"{name} has had no frame of {source} since it began, {duration_text(silent_s)} ago"
        text = of_video if has_had_none else f"{name} has read no frame of {source} for {duration_text(silent_s)}"
        yield Trouble(text, "Look at the camera, and at the load of this machine.", True)


def _outbox(answer: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    outbox = answer["outbox"]
    if outbox["is_failing"] and not answer["losses"]["is_losing"]:
        text = f"The outbox takes no events {since(outbox['failing_since'], now)}: {outbox['reason']}"
        yield Trouble(text, "The next events will be lost. `securos-trigger doctor` looks at the disk.", True)
    free_mb = outbox.get("free_mb")
    if free_mb is not None and free_mb < LEAST_FREE_MB:
        text = f"The disk of the outbox is almost full: {free_mb} MB are free"
        yield Trouble(text, "Free some space, before events are lost.", True, "disk")


def _unwritten(unwritten: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[Trouble]:
    """Images of events, and messages of an input, that cannot be written."""
    for one in unwritten:
        lasts = f"{since(one['since'], now)}: {one['reason']}"
        if one["what"] == "messages":
            fix = "`securos-trigger doctor` looks at the disk. Its sender keeps them meanwhile."
            yield Trouble(f"The messages of {one['name']} are held up {lasts}", fix, True)
        else:
            fix = f"Look at {one['name']}, its disk and its rights. Events are not affected."
            yield Trouble(f"The {one['what']} are not written {lasts}", fix, True)


def _ledger(ledger: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """The ledger is not needed to deliver, but a disk that takes none of it soon takes no event."""
    if ledger.get("is_failing"):  # a service of an older version does not say
        text = f"The ledger cannot be written {since(ledger['failing_since'], now)}: {ledger['reason']}"
        yield Trouble(text, "Events still go out. `securos-trigger doctor CONFIG` looks at the disk.", True)


def _dead(count: int) -> Iterator[Trouble]:
    if count:
        yield Trouble(
            f"Deliveries given up: {count:,}",
            "`securos-trigger outbox list CONFIG` says why; `outbox retry` sends them again.",
            False,
            "dead letters",
        )


def _configuration(configuration: Mapping[str, Any] | None, *, has_pipelines: bool) -> Iterator[Trouble]:
    if configuration is None:
        return
    if configuration["mistakes"]:
        text = "The configuration file has mistakes now; the service could not start with it, or reload it"
        yield Trouble(text, "`securos-trigger check` lists them.", False)
    elif configuration["changes"]:
        text = f"Settings of the configuration file that are not in force: {len(configuration['changes'])}"
        settings = [change["setting"] for change in configuration["changes"]]
        way = way_into_force(settings, has_pipelines=has_pipelines)
        yield Trouble(text, f"They are listed below. {way}", False, "settings")
