"""What a running service's answer means for a person: each trouble in one sentence, the worst first. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from securos_trigger.config.hot_reload import NEEDS_RESTART
from securos_trigger.errors.wording import some_of
from securos_trigger.operations.pipeline_troubles import node_troubles, pipeline_troubles
from securos_trigger.operations.trouble import Trouble, age_s, clock, naming, since
from securos_trigger.system.durations import duration_text
from securos_trigger.system.mounts import LEAST_FREE_MB

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
#: What to do about lost events, by a word of the reason. The first that fits counts.
_LOSS_FIXES: Final = {
    "outbox.max_size_mb": "Fix the receiver, so that events are delivered, or raise outbox.max_size_mb.",
    "full": "Free some space on the disk of {}. `securos-trigger doctor` looks at it.",
    "wait in memory": "Look at the disk of {}: it hangs, or is too slow. The log of the system says more.",
    "unexpected error in the outbox": "The log has the traceback. Start the service again.",
}
_FIX_BROKEN: Final = "Look at the disk of {}: it is read-only, broken or gone. The log of the system says more."

#: Events that wait this long for a receiver that answers are a trouble, in seconds.
WAITS_LONG_AFTER_S: Final = 300.0
#: A backlog is delivered at least at this rate, in events a second, or at outbox.late_per_s.
_LEAST_DELIVERED_PER_S: Final = 20
_FIX_WAITING: Final = "`securos-trigger outbox list CONFIG --state waiting` says for which camera, and why."
_FIX_CERTIFICATE: Final = "Renew it on the SecurOS server."
_FIX_INCOMPLETE: Final = "Look at the camera in SecurOS: does it record, has it a captioner? docs/securos.md says more."
_FIX_FOREIGN: Final = (
    "Give each gateway a name of its own (relay.gateway), and restart it. If deliveries were dropped here, or the "
    "outbox is a new one, this ends by itself, ten minutes after the last."
)

#: What to do about cameras whose events are given up.
_FIX_GIVEN_UP: Final = (
    "`securos-trigger outbox list CONFIG` says why. A wrong camera? Correct iss_camera_ids, `securos-trigger reload "
    "CONFIG`, then `securos-trigger outbox retry CONFIG --camera WRONG=RIGHT`. `outbox drop` gives them up."
)


def troubles_of(answer: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """The troubles in the answer to `status`. `now` is the present moment; its zone is that of the sentences."""
    losses, outbox = answer["losses"], answer["outbox"]
    yield from _losses(losses, outbox.get("path"), now)
    for target in answer["targets"]:
        waits = f", {waiting(target, now)}"
        about = {"target": target["target"]}
        found = target_trouble(target, now, waits, is_losing=losses["is_losing"], outbox=outbox)
        yield from naming(about, (*found, *_certificate(target, now)))
    yield from given_up_troubles(answer.get("given_up", ()), now)  # a service of an older version does not say it
    held_up = [one for one in answer.get("unwritten", ()) if one["what"] == "messages"]
    for pipeline in answer["pipelines"]:
        is_held_up = any(_is_input_of(pipeline, one) for one in held_up)
        found = pipeline_troubles(pipeline, now, is_held_up=is_held_up)
        yield from naming({"pipeline": pipeline["name"]}, found)
    yield from _outbox(answer, now)
    yield from _ledger(answer.get("ledger", {}), now, is_losing=losses["is_losing"])
    yield from _mutes(answer.get("mutes", {}), now)
    yield from _foreign_outcomes(answer.get("foreign_outcomes", {}), now)
    yield from _unwritten(answer.get("unwritten", ()), now)  # a service of an older version does not say it
    for thread in answer["threads"]:
        if thread["is_failing"] or not thread["is_alive"]:
            what = f"fails: {thread['reason']}" if thread["is_failing"] else "has ended"
            yield Trouble(f"The {thread['kind']} {thread['name']} {what}", "The log has the traceback.", True)
    for node in answer["nodes"]:
        yield from naming({"address": node["address"]}, node_troubles(node, now))
    yield from _earlier_losses(losses, now, has_gap=bool(answer.get("ledger", {}).get("dropped")))
    yield from _dead(answer["outbox"]["counts"]["dead"], answer.get("given_up", ()))
    yield from _configuration(answer["configuration"], has_pipelines=bool(answer["pipelines"]))


def way_into_force(settings: Collection[str], *, has_pipelines: bool) -> str:
    """How these settings of the file get into force. A program without pipelines has its node from its own code."""
    if not has_pipelines:
        return "Start the program again: it reads the file at its start."
    fixed = [setting for setting in settings if {setting, setting.partition(".")[0]} & {*NEEDS_RESTART}]
    if fixed:
        return f"Restart the service: it reads {', '.join(fixed)} at its start only."
    return "`securos-trigger reload CONFIG` puts the file in force."


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
        fix = next((fix for word, fix in _LOSS_FIXES.items() if word in losses["reason"]), _FIX_BROKEN)
        yield Trouble(text, fix.format(outbox or "the outbox"), True)


def _earlier_losses(losses: Mapping[str, Any], now: datetime, *, has_gap: bool) -> Iterator[Trouble]:
    if losses["count"] and not losses["is_losing"]:
        last = f"the last at {clock(losses['last_at'], now)}"
        text = f"Events lost since the start: {losses['count']:,}, {last}: {losses['reason']}"
        of_gap = "Of some it has their number only: it has a gap, too." if has_gap else ""
        fix = f"Events are kept again. `securos-trigger explain CONFIG --at TIME` names those that were not. {of_gap}"
        yield Trouble(text, fix.rstrip(), False)


def target_trouble(
    target: Mapping[str, Any],
    now: datetime,
    waits: str,
    *,
    is_losing: bool = False,
    outbox: Mapping[str, Any] | None = None,
) -> Iterator[Trouble]:
    """What is wrong with a receiver.

    `waits` says what waits for it, after a comma and a space; empty: not known. `outbox` is that of the answer.
    """
    if target["is_healthy"] is False:
        what = _TARGET_WORDS.get(target["trouble"], "fails")
        text = f"{target['target']} {what} {_lasts(target, now)}{waits}"
        fix = _TARGET_FIXES.get(target["trouble"], "")
        why = target["reason"].removeprefix(f"{target['target']} cannot be reached: ")
        yield Trouble(f"{text}: {why}", fix.partition(" Events wait")[0] if is_losing else fix, True)
        return
    if _waits_long(target, outbox or {}, now):
        yield Trouble(f"Events for {target['target']} wait long, although it answers{waits}", _FIX_WAITING, True)
    if target.get("incomplete_reason"):  # a service of an older version does not say it
        lasts = since(target["incomplete_since"], now)
        text = f"Events reach {target['target']} without their recording or subtitle {lasts}"
        yield Trouble(f"{text}: {target['incomplete_reason']}", _FIX_INCOMPLETE, True)


def _lasts(target: Mapping[str, Any], now: datetime) -> str:
    """`since 03:12:44 (5 min), no delivery since 03:11:03`: two instants where another trouble came before."""
    began_at = target["failing_since"]
    trouble_at = target.get("trouble_since") or began_at  # a service of an older version does not say it
    has_other_before = clock(trouble_at, now) != clock(began_at, now)
    return since(trouble_at, now) + (f", no delivery since {clock(began_at, now)}" if has_other_before else "")


def _certificate(target: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """A certificate that nothing is sent to once it has ended: one that is pinned or remembered goes on."""
    shown = target.get("certificate")  # a service of an older version does not say it
    if not shown or not shown["is_refused_when_expired"]:
        return
    left_s = -age_s(shown["ends_at"], now)
    ends_at = f"{datetime.fromisoformat(shown['ends_at']).astimezone(now.tzinfo):%Y-%m-%d %H:%M}"
    if left_s <= 0 and target["is_healthy"] is not False:
        text = f"The certificate of {target['target']} expired on {ends_at}: the next connection is refused"
        yield Trouble(text, _FIX_CERTIFICATE, True, "certificate")
    elif 0 < left_s < shown["soon_days"] * 86_400:
        text = f"The certificate of {target['target']} expires in {duration_text(left_s)}, on {ends_at}"
        yield Trouble(text, f"{_FIX_CERTIFICATE} Nothing is sent after that.", False, "certificate")


def _waits_long(target: Mapping[str, Any], outbox: Mapping[str, Any], now: datetime) -> bool:
    """True when events wait although the receiver has answered for longer than a backlog takes."""
    oldest_at, healthy_since = target.get("oldest_at"), target.get("healthy_since")
    if not oldest_at or not healthy_since or age_s(oldest_at, now) < WAITS_LONG_AFTER_S:
        return False
    number = target["waiting"]
    if number is None:  # more than are counted for each receiver
        number = outbox["counts"]["waiting"]
    limits = outbox.get("limits") or {}
    per_s = min(_LEAST_DELIVERED_PER_S, limits.get("late_per_s", _LEAST_DELIVERED_PER_S))
    backlog_s: float = number / per_s
    return age_s(healthy_since, now) > WAITS_LONG_AFTER_S + backlog_s


def given_up_troubles(
    given_up: Sequence[Mapping[str, Any]], now: datetime, fix: str = _FIX_GIVEN_UP
) -> Iterator[Trouble]:
    """Cameras whose latest event was given up, one sentence for each receiver."""
    for target in dict.fromkeys(one["target"] for one in given_up):
        cameras = [one for one in given_up if one["target"] == target]
        lasts = since(min(one["since"] for one in cameras), now)
        number = sum(one["count"] for one in cameras)
        text = f"{_cameras_of(target, [one['camera'] for one in cameras])} {lasts}, {number:,} given up"
        yield Trouble(f"{text}: {cameras[-1]['reason']}", fix, True, about={"target": target})


def _cameras_of(target: str, cameras: Sequence[str]) -> str:
    """`Camera 9 of https://vms:3443 gets no events`."""
    named = [camera for camera in cameras if camera]
    if not named:
        return f"{target} gets no events without a camera"
    many = len(named) > 1
    return f"Camera{'s' if many else ''} {some_of(named)} of {target} get{'' if many else 's'} no events"


def _is_input_of(pipeline: Mapping[str, Any], held_up: Mapping[str, Any]) -> bool:
    """Two pipelines may have inputs of one name. A service of an older version does not say which it is."""
    of = held_up.get("pipeline") or pipeline["name"]
    return bool((of, held_up["name"]) == (pipeline["name"], pipeline["source"]))


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


def _ledger(ledger: Mapping[str, Any], now: datetime, *, is_losing: bool) -> Iterator[Trouble]:
    """The ledger is not needed to deliver, but a disk that takes none of it soon takes no event."""
    if ledger.get("is_failing"):  # a service of an older version does not say
        text = f"The ledger cannot be written {since(ledger['failing_since'], now)}: {ledger['reason']}"
        fix = "What the nodes decide is not recorded meanwhile. `securos-trigger doctor CONFIG` looks at the disk."
        yield Trouble(text, fix if is_losing else f"Events still go out. {fix}", True)


def _mutes(mutes: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """While the file of mutes cannot be read, the events of nodes are sent that a person has muted."""
    if mutes.get("is_failing"):  # a service of an older version does not say
        text = f"The file of mutes cannot be read {since(mutes['failing_since'], now)}, so no node is muted"
        yield Trouble(
            f"{text}: {mutes['reason']}", "Remove the file, then mute again what is to be muted.", True, "mute"
        )


def _foreign_outcomes(foreign: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """Two gateways of one name read the outcomes of both: events are delivered, and their rows may stay `relayed`."""
    if foreign.get("is_failing"):  # a service of an older version does not say
        text = f"Outcomes come of events that this outbox does not have, {since(foreign['failing_since'], now)}"
        yield Trouble(f"{text}: another gateway may have the name {foreign['reason']} too", _FIX_FOREIGN, True)


def _dead(count: int, given_up: Sequence[Mapping[str, Any]]) -> Iterator[Trouble]:
    """Dead letters, unless the cameras that get no events account for all of them."""
    numbers = [one.get("dead_letters") for one in given_up]  # a service of an older version does not say it
    if count and (None in numbers or count != sum(number or 0 for number in numbers)):
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
