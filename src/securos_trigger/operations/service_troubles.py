"""What a running service's answer means for a person: each trouble in one sentence, the worst first. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from securos_trigger.config.hot_reload import NEEDS_RESTART
from securos_trigger.errors.wording import counted
from securos_trigger.operations.given_up_troubles import FIX_RETIRED, CamerasAt, MaySendTo, given_up_troubles
from securos_trigger.operations.pipeline_troubles import ended_trouble, node_troubles, pipeline_troubles
from securos_trigger.operations.storage_troubles import outbox_fix, storage_troubles
from securos_trigger.operations.target_troubles import (
    PasswordFix,
    certificate_trouble,
    clock_trouble,
    connection_troubles,
    target_trouble,
    waiting,
)
from securos_trigger.operations.trouble import Headline, Rank, Trouble, age_s, clock, file_trouble, naming, since

#: Losses are a remark for this long after the last one, in seconds: a day, so that every shift sees them.
_LOSSES_STAY_S: Final = 86_400.0
_FIX_LOG: Final = "The log has the traceback."


def troubles_of(
    answer: Mapping[str, Any],
    now: datetime,
    cameras_at: CamerasAt = lambda _address: None,
    password_fix: PasswordFix = lambda _addresses: "",
    may_send_to: MaySendTo = lambda _target, _camera: True,
) -> Iterator[Trouble]:
    """The troubles in the answer to `status`. `now` is the present moment; its zone is that of the sentences.

    `cameras_at` says where the file has the cameras of a node, `password_fix` where the password of nodes is, and
    `may_send_to` whether anything in the file sends to a camera.
    """
    losses, outbox = answer["losses"], answer["outbox"]
    yield from _losses(losses, outbox, now)
    senders: dict[str | None, list[str]] = {}
    for node in answer["nodes"]:
        senders.setdefault(node.get("target"), []).append(node["address"])
    who = "SecurOS" if len(answer["targets"]) == 1 else ""
    for target in answer["targets"]:
        waits = f", {waiting(target, now)}"
        about = {"target": target["target"]}
        fix = password_fix(senders.get(target["target"], [])) if target["trouble"] == "unauthorized" else ""
        found = target_trouble(target, now, waits, is_losing=losses["is_losing"], outbox=outbox, fix=fix, who=who)
        yield from naming(about, (*found, *certificate_trouble(target, now), *clock_trouble(target, now)))
        yield from naming(about, connection_troubles(target))
    yield from _elements(answer.get("elements", ()), now)
    yield from _given_up(answer, now, cameras_at, may_send_to)
    yield from _pipelines(answer, now)
    yield from storage_troubles(answer, now)
    for thread in answer["threads"]:
        if thread["is_failing"] or not thread["is_alive"]:
            what = f"fails: {thread['reason']}" if thread["is_failing"] else "has ended"
            yield Trouble(f"The {thread['kind']} {thread['name']} {what}", _FIX_LOG, True, rank=Rank.SERVICE)
    for node in answer["nodes"]:
        yield from naming({"address": node["address"]}, node_troubles(node, now))
    yield from _earlier_losses(losses, now, has_gap=bool(answer.get("ledger", {}).get("dropped")))
    yield from _dead(answer["outbox"]["counts"]["dead"], answer["targets"], answer.get("given_up", ()))
    yield from _configuration(answer["configuration"], has_pipelines=bool(answer["pipelines"]))


def _given_up(
    answer: Mapping[str, Any], now: datetime, cameras_at: CamerasAt, may_send_to: MaySendTo
) -> Iterator[Trouble]:
    """The cameras whose events are given up. What the file sends to is known where all of it is in force."""
    nodes, targets = answer["nodes"], answer["targets"]
    served = {
        *(one.get("target") for one in nodes),
        *(one["target"] for one in targets if one["trouble"] != "not_served"),
    }
    is_file_in_force = bool(answer["pipelines"]) and not answer.get("elements") and not _changes(answer)
    yield from given_up_troubles(
        answer.get("given_up", ()),  # a service of an older version does not say it
        now,
        senders=nodes,
        cameras_at=cameras_at,
        served=served,
        may_send_to=lambda target, camera: not is_file_in_force or may_send_to(target, camera),
    )


def _changes(answer: Mapping[str, Any]) -> bool:
    """Whether the file has something else than what is in force, as far as that is known."""
    configuration = answer["configuration"]
    return configuration is None or bool(configuration["changes"] or configuration["mistakes"])


def _pipelines(answer: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    held_up = [one for one in answer.get("unwritten", ()) if one["what"] == "messages"]
    goes_on = any(one["state"] not in ("ended", "failed") for one in answer["pipelines"])
    mistakes = (answer.get("configuration") or {}).get("mistakes", "")
    for pipeline in answer["pipelines"]:
        about = {"pipeline": pipeline["name"]}
        changed = [one for one in pipeline.get("files_changed", ()) if not _is_said(one, mistakes)]
        if goes_on and pipeline["state"] == "ended":
            yield from naming(about, ended_trouble(pipeline))
        is_held_up = any(_is_input_of(pipeline, one) for one in held_up)
        pipeline_now = {**pipeline, "files_changed": changed}
        yield from naming(about, pipeline_troubles(pipeline_now, now, is_held_up=is_held_up))


def _is_said(changed: Mapping[str, Any], mistakes: str) -> bool:
    """Whether the mistakes of the file say enough of a changed file: that it is gone, or that no reload takes it."""
    return bool(mistakes) and (changed["is_there"] or changed["path"] in mistakes)


def way_into_force(settings: Collection[str], *, has_pipelines: bool) -> str:
    """How these settings of the file get into force. A program without pipelines has its node from its own code."""
    if not has_pipelines:
        return "Start the program again: it reads the file at its start."
    if fixed := read_at_start_only(settings):
        return f"Restart the service: it reads {', '.join(fixed)} at its start only."
    return "`securos-trigger reload CONFIG` puts the file in force."


def read_at_start_only(settings: Collection[str]) -> list[str]:
    """Those of these settings that a running service does not take from the file."""
    return [setting for setting in settings if {setting, setting.partition(".")[0]} & {*NEEDS_RESTART}]


def _losses(losses: Mapping[str, Any], outbox: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    if not losses["is_losing"]:
        return
    fix = outbox_fix(losses["reason"], outbox)
    last, stays_until = clock(losses["last_at"], now), losses.get("recent_until")
    if losses.get("is_over") and stays_until:  # a service of an older version does not say it
        began, number = clock(losses["since"], now), counted(losses["count_since"], "event")
        text = f"EVENTS WERE LOST from {began} to {last}: {number}, {losses['reason']}"
        remark = f"Events are kept again. This line stays until {clock(stays_until, now)}."
        yield Trouble(text, f"{remark} {fix}", True, is_over=True)
        return
    text = f"LOSING EVENTS {since(losses['since'], now)}: {losses['count']:,} lost, the last at {last}"
    headline = Headline("Events are being lost", f"Events are being lost: {losses['reason']}")
    yield Trouble(f"{text}: {losses['reason']}", fix, True, headline=headline, rank=Rank.LOSS)


def _earlier_losses(losses: Mapping[str, Any], now: datetime, *, has_gap: bool) -> Iterator[Trouble]:
    if losses["count"] and not losses["is_losing"] and age_s(losses["last_at"], now) < _LOSSES_STAY_S:
        last = f"the last at {clock(losses['last_at'], now)}"
        text = f"Events lost since the start: {losses['count']:,}, {last}: {losses['reason']}"
        at = datetime.fromisoformat(losses["last_at"]).astimezone(now.tzinfo).isoformat("T", "seconds")
        of_gap = " The ledger has a gap, too: not all are in it." if has_gap else ""
        ends = datetime.fromisoformat(losses["last_at"]) + timedelta(seconds=_LOSSES_STAY_S)
        stays = f"This line stays until {clock(ends.isoformat(), now)}, or until a restart."
        fix = f"`securos-trigger explain CONFIG --at {at}` says what happened then.{of_gap} {stays}"
        yield Trouble(text, fix, False)


def _is_input_of(pipeline: Mapping[str, Any], held_up: Mapping[str, Any]) -> bool:
    """Two pipelines may have inputs of one name. A service of an older version does not say which it is."""
    of = held_up.get("pipeline") or pipeline["name"]
    return bool((of, held_up["name"]) == (pipeline["name"], pipeline["source"]))


def _elements(elements: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[Trouble]:
    """Elements of GStreamer that are not what their properties say. A service of an older version does not say it."""
    for one in elements:
        what = "decides with its former settings" if one["decides"] else "passes frames on without deciding"
        text = f"The element {one['element']} {what} {since(one['since'], now)}: {one['reason']}"
        yield Trouble(text, "Correct that: it is tried again.", True, rank=Rank.NODE)


def _dead(count: int, targets: Sequence[Mapping[str, Any]], given_up: Sequence[Mapping[str, Any]]) -> Iterator[Trouble]:
    """Dead letters, unless the cameras that get no events account for all of them."""
    numbers = [one.get("dead_letters") for one in given_up]  # a service of an older version does not say it
    if count and (None in numbers or count != sum(number or 0 for number in numbers)):
        fix = f"`securos-trigger outbox list CONFIG` says why. {_fix_dead(count, targets)}"
        yield Trouble(f"Dead letters: {count:,}", fix, False, "dead letters")


def _fix_dead(count: int, targets: Sequence[Mapping[str, Any]]) -> str:
    """What to do about dead letters. Those of a receiver that no node sends to any more would only wait for it."""
    numbers = [one.get("dead") for one in targets if one["trouble"] != "not_served"]
    if None in numbers:  # too many to count, or a service of an older version
        return "To send those of a receiver again: `securos-trigger outbox retry CONFIG --target TARGET`."
    retired = count - sum(number or 0 for number in numbers)
    if retired <= 0:
        return "To send them again: `securos-trigger outbox retry CONFIG --all`."
    moved = FIX_RETIRED.replace("TARGET", "OLD")
    if retired == count:
        return f"They are for a receiver that no node sends to any more. {moved}"
    are = "1 is" if retired == 1 else f"{retired:,} are"
    again = "To send those of another receiver again: `securos-trigger outbox retry CONFIG --target TARGET`."
    return f"{are} for a receiver that no node sends to any more. {moved} {again}"


def _configuration(configuration: Mapping[str, Any] | None, *, has_pipelines: bool) -> Iterator[Trouble]:
    if configuration is None:
        return
    if configuration["mistakes"]:
        is_refused = configuration.get("is_refused", False)  # a service of an older version does not say it
        yield file_trouble(configuration["mistakes"], is_reloadable=has_pipelines, is_refused=is_refused)
    elif configuration["changes"]:
        text = f"Settings of the configuration file that are not in force: {len(configuration['changes'])}"
        settings = [change["setting"] for change in configuration["changes"]]
        way = way_into_force(settings, has_pipelines=has_pipelines)
        yield Trouble(text, f"They are listed below. {way}", False, "settings", {"file": "changes"})
