"""The troubles of what a running service reads and writes: outbox, ledger, mutes, images, messages. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from securos_trigger.errors.wording import sentences
from securos_trigger.operations.trouble import Rank, Trouble, clock, since
from securos_trigger.system.mounts import LEAST_FREE_MB, space_to_free, what_uses_space
from securos_trigger.system.reasons import DISK_IS_FULL

_FIX_FOREIGN: Final = (
    "Give each gateway a name of its own (relay.gateway), and restart it. If deliveries were dropped here, or the "
    "outbox is a new one, this ends by itself, ten minutes after the last."
)
_FIX_LOST: Final = (
    "Find who empties the stream, or which server loses its disk. They are kept here, and are sent again an hour after "
    "the last time. Sooner: `securos-trigger outbox retry CONFIG --state relayed --all`."
)
_FIX_MOVED: Final = (
    "Find the other process (`securos-trigger outbox list CONFIG` says which) and end it. Then restart this service: "
    "its next start takes over all events. Nothing is lost."
)

_FIX_LEFT_RELAYED: Final = (
    "Wait until `securos-trigger status --cluster deliver.toml` on the machine of deliver says that none waits. Then "
    "run here `securos-trigger outbox retry CONFIG --state relayed --all`: each is sent once more, and the receiver "
    "does none twice (but Lumeo's script may show one twice)."
)

#: What else is not written, and what that does.
_LATER_HARM: Final = {
    "mutes": "After a restart of the machine a mute may last longer than meant.",
    "reported troubles": "After a restart some may be reported once more.",
}


#: What an outbox without space may be given, and what must stay.
_SAFE_TO_DELETE: Final = (
    "Safe to delete: {system}recordings, images of events where [images] is set "
    "(`securos-trigger images purge CONFIG --all`). Never: {path} and the files beside it. "
    "`securos-trigger doctor CONFIG` looks again."
)


#: What the system itself keeps below /var, and the file systems that /var may be part of.
_OF_SYSTEM: Final = "old logs (`journalctl --vacuum-size=100M`), downloaded packages (`apt-get clean`), "
_SYSTEM_MOUNTS: Final = ("/", "/var")


def outbox_fix(reason: str, outbox: Mapping[str, Any]) -> str:
    """What to do when the outbox takes no events for this reason. `outbox` is that of the answer."""
    path = outbox.get("path") or "the outbox"
    if "outbox.max_size_mb" in reason:
        return _limit_fix(outbox)
    if "deliveries is reached" in reason:
        return (
            "Fix the receiver, so that events are delivered, or give some up: `securos-trigger outbox list CONFIG` "
            "shows them, `securos-trigger outbox drop --help` says how."
        )
    if DISK_IS_FULL in reason:
        return _space_fix(outbox, is_full=True)
    if "wait in memory" in reason:
        return f"Look at the disk of {path}: it hangs, or is too slow. The log of the system says more."
    if "unexpected error in the outbox" in reason:
        return "The log has the traceback. Start the service again."
    return f"Look at the disk of {path}: it is read-only, broken or gone. The log of the system says more."


def space_needed(outbox: Mapping[str, Any]) -> str:
    """The first sentence of what to do when the disk of the outbox is full, without its dot."""
    where = outbox.get("mounted_at") or f"the disk of {outbox.get('path') or 'the outbox'}"
    return space_to_free(where, outbox.get("total_mb"))  # a service of an older version says neither


def _space_fix(outbox: Mapping[str, Any], *, is_full: bool = False) -> str:
    """Which file system is full, how much it has and needs, and what may be deleted.

    `is_full`: events are lost already, and the outbox leaves what is free to the acknowledgements of the others.
    """
    path, free_mb = outbox.get("path") or "the outbox", outbox.get("free_mb")
    where = outbox.get("mounted_at") or f"the disk of {path}"  # a service of an older version does not say it
    if free_mb is not None and free_mb >= LEAST_FREE_MB:
        return f"{free_mb:,} MB are free on {where} now. Does it go on? Then look for a quota, and at `df -i {where}`."
    has = "" if free_mb is None else f": {free_mb} MB are free"
    has += ", kept back to acknowledge the events that wait" if is_full and free_mb else ""
    needed = space_needed(outbox)
    has = has if needed.startswith("Free ") else ""  # what a disk that is too small has is no help
    mount = outbox.get("mounted_at")
    system = _OF_SYSTEM if mount in _SYSTEM_MOUNTS else ""  # elsewhere it would free nothing on this file system
    looks = f"{what_uses_space(mount)} " if mount else ""
    return f"{needed}{has}. {looks}{_SAFE_TO_DELETE.format(path=path, system=system)}"


def _limit_fix(outbox: Mapping[str, Any]) -> str:
    """The limit is the outbox's own: the disk may have space."""
    size_mb = (outbox.get("limits") or {}).get("max_size_mb")
    example = f"max_size_mb = {2 * size_mb}" if size_mb else "a larger max_size_mb"
    free_mb, where = outbox.get("free_mb"), outbox.get("mounted_at")
    has = f" ({where} has {free_mb:,} MB free)" if free_mb is not None and where else ""
    return (
        f"Fix the receiver, so that events are delivered. Or raise the limit: {example} under [outbox]{has}, then "
        "`securos-trigger reload CONFIG`."
    )


def storage_troubles(answer: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """The troubles in the answer to `status`. `now` is the present moment; its zone is that of the sentences."""
    yield from _outbox(answer, now)
    yield from _moved(answer["outbox"], now)
    yield from _in_memory(answer["outbox"], now)
    yield from _set_aside(answer["outbox"], now)
    yield from _cluster(answer, now)
    yield from _ledger(answer.get("ledger", {}), now, is_losing=answer["losses"]["is_losing"])
    yield from _mutes(answer.get("mutes", {}), now)
    yield from _foreign_outcomes(answer.get("foreign_outcomes", {}), now)
    yield from _left_relayed(answer, now)
    yield from _unwritten(answer.get("unwritten", ()), now)  # a service of an older version does not say it


def _outbox(answer: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    outbox = answer["outbox"]
    if outbox["is_failing"] and not answer["losses"]["is_losing"]:
        text = f"The outbox takes no events {since(outbox['failing_since'], now)}: {outbox['reason']}"
        fix = f"The next events may be lost. {outbox_fix(outbox['reason'], outbox)}"
        yield Trouble(text, fix, True, rank=Rank.LOSS)
    free_mb = outbox.get("free_mb")
    if free_mb is not None and free_mb < LEAST_FREE_MB:
        text = f"The disk of the outbox is almost full: {free_mb} MB are free"
        if _space_fix(outbox, is_full=True) not in _fixes_so_far(answer):
            yield Trouble(text, f"Soon events are lost. {_space_fix(outbox)}", True, "disk", rank=Rank.LOSS)


def _fixes_so_far(answer: Mapping[str, Any]) -> list[str]:
    """What the troubles of lost events, and of an outbox that takes none, say about it."""
    losses, outbox = answer["losses"], answer["outbox"]
    reasons = [
        *([losses["reason"]] if losses["is_losing"] else []),
        *([outbox["reason"]] if outbox["is_failing"] else []),
    ]
    return [outbox_fix(reason, outbox) for reason in reasons]


def _moved(outbox: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """The files of the outbox were removed, and another process has made an outbox of its own there."""
    if outbox.get("moved_to"):  # a service of an older version does not say it
        text = f"Another process owns the outbox {outbox['path']} {since(outbox['moved_since'], now)}"
        yield Trouble(f"{text}: this service goes on in {outbox['moved_to']}", _FIX_MOVED, True, "outbox")


def _in_memory(outbox: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """The path of the outbox stands on a file system that ends with the machine."""
    if outbox.get("in_memory"):  # a service of an older version does not say it
        text = f"The outbox {outbox['path']} is in memory {since(outbox['in_memory_since'], now)}"
        fix = "Set outbox.path to a folder on a disk, then restart the service."
        text = f"{text}: {outbox['in_memory']}, so a restart of the machine loses its events"
        yield Trouble(text, fix, False, "disk")


def _set_aside(outbox: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """The outbox was damaged: what waited in it is not sent."""
    if outbox.get("set_aside"):  # a service of an older version does not say it
        text = f"The outbox was damaged, and what waited in it at {clock(outbox['set_aside_at'], now)} is not sent"
        fix = "Look at the disk, and keep that file: a person can look at it. The next start ends this line."
        yield Trouble(f"{text}: it is in {outbox['set_aside']}, beside the new one", fix, True)


def _cluster(answer: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """The cluster of a gateway, while no event has met that yet."""
    cluster = answer.get("relay", {})  # a service of an older version does not say it
    if cluster.get("is_failing") and all(one["trouble"] != "not_relayed" for one in answer["targets"]):
        from securos_trigger.relay.cluster_health import fix_of  # it brings the notices

        text = f"The cluster is not reached {since(cluster['failing_since'], now)}: {cluster['reason']}"
        fix = sentences(fix_of(cluster["reason"]), "events wait here; none is lost")
        yield Trouble(text, fix, True, rank=Rank.DELIVERY)


def _unwritten(unwritten: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[Trouble]:
    """Images of events, and messages of an input, that cannot be written, and events that the cluster loses."""
    for one in unwritten:
        lasts = f"{since(one['since'], now)}: {one['reason']}"
        if one["what"] == "messages":
            fix = "`securos-trigger doctor CONFIG` looks at the disk. Its sender keeps them meanwhile."
            yield Trouble(f"The messages of {one['name']} are held up {lasts}", fix, True, rank=Rank.CAMERA)
        elif one["what"] == "events in the cluster":
            text = f"The cluster loses events for {one['name']} again and again {lasts}"
            yield Trouble(text, _FIX_LOST, True, rank=Rank.LOSS)
        elif one["what"] in _LATER_HARM:
            fix = f"Look at {one['name']}, its disk and its rights. {_LATER_HARM[one['what']]}"
            yield Trouble(f"The {one['what']} are not written {lasts}", fix, False)
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
        yield Trouble(f"{text}: {mutes['reason']}", "Remove the file, then mute the nodes again.", True, "mute")


def _foreign_outcomes(foreign: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """Two gateways of one name read the outcomes of both: events are delivered, and their rows may stay `relayed`."""
    if foreign.get("is_failing"):  # a service of an older version does not say
        text = f"Outcomes come of events that this outbox does not have, {since(foreign['failing_since'], now)}"
        yield Trouble(f"{text}: another gateway may have the name {foreign['reason']} too", _FIX_FOREIGN, True)


def _left_relayed(answer: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """Events that the cluster had when [relay] was taken out: nothing here reads any more how they ended."""
    count = answer["outbox"]["counts"].get("relayed", 0)
    if not count or answer.get("relay", {}).get("is_used", True):  # a service of an older version does not say it
        return
    instants = [one["relayed_oldest_at"] for one in answer["targets"] if one.get("relayed_oldest_at")]
    oldest = f", the oldest kept {since(min(instants), now)}" if instants else ""
    what = "1 event was" if count == 1 else f"{count:,} events were"
    text = f"{what} relayed to a cluster that this service does not use any more{oldest}: how they ended is not known"
    yield Trouble(text, _FIX_LEFT_RELAYED, True)
