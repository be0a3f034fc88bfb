"""The troubles of what a running service reads and writes: outbox, ledger, mutes, images, messages. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from securos_trigger.operations.trouble import Trouble, since
from securos_trigger.system.mounts import LEAST_FREE_MB

_FIX_FOREIGN: Final = (
    "Give each gateway a name of its own (relay.gateway), and restart it. If deliveries were dropped here, or the "
    "outbox is a new one, this ends by itself, ten minutes after the last."
)
_FIX_MOVED: Final = (
    "Find the other process (`securos-trigger outbox list CONFIG` says which) and end it. Then restart this service: "
    "its next start takes up everything. Nothing is lost."
)


def storage_troubles(answer: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """The troubles in the answer to `status`. `now` is the present moment; its zone is that of the sentences."""
    yield from _outbox(answer, now)
    yield from _moved(answer["outbox"], now)
    yield from _ledger(answer.get("ledger", {}), now, is_losing=answer["losses"]["is_losing"])
    yield from _mutes(answer.get("mutes", {}), now)
    yield from _foreign_outcomes(answer.get("foreign_outcomes", {}), now)
    yield from _unwritten(answer.get("unwritten", ()), now)  # a service of an older version does not say it


def _outbox(answer: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    outbox = answer["outbox"]
    if outbox["is_failing"] and not answer["losses"]["is_losing"]:
        text = f"The outbox takes no events {since(outbox['failing_since'], now)}: {outbox['reason']}"
        yield Trouble(text, "The next events will be lost. `securos-trigger doctor CONFIG` looks at the disk.", True)
    free_mb = outbox.get("free_mb")
    if free_mb is not None and free_mb < LEAST_FREE_MB:
        text = f"The disk of the outbox is almost full: {free_mb} MB are free"
        fix = f"Free some space on the disk of {outbox.get('path') or 'the outbox'}, before events are lost."
        yield Trouble(text, fix, True, "disk")


def _moved(outbox: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """The files of the outbox were removed, and another process has made an outbox of its own there."""
    if outbox.get("moved_to"):  # a service of an older version does not say it
        text = f"Another process owns the outbox {outbox['path']} {since(outbox['moved_since'], now)}"
        yield Trouble(f"{text}: this service goes on in {outbox['moved_to']}", _FIX_MOVED, True, "outbox")


def _unwritten(unwritten: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[Trouble]:
    """Images of events, and messages of an input, that cannot be written."""
    for one in unwritten:
        lasts = f"{since(one['since'], now)}: {one['reason']}"
        if one["what"] == "messages":
            fix = "`securos-trigger doctor CONFIG` looks at the disk. Its sender keeps them meanwhile."
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
