"""Mute trigger nodes of a configuration for a while, and unmute them; also while the service is down."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from securos_trigger.errors import ArgumentError, OutboxError
from securos_trigger.errors.suggestions import did_you_mean
from securos_trigger.errors.wording import sentence
from securos_trigger.model import Address
from securos_trigger.operations.placed_here import has_placement, placed_places
from securos_trigger.operations.site import Site, site_of
from securos_trigger.runtime.mutes.file import MuteFile
from securos_trigger.runtime.mutes.mute import LONGEST_S, MAX_PERSON_CHARACTERS, MAX_REASON_CHARACTERS, Mute
from securos_trigger.system.boot_clock import Instant, present_instant
from securos_trigger.system.owners import as_owner
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.timestamps import rfc3339, utc
from securos_trigger.system.write_advice import advice_for
from securos_trigger.trigger.active_hours import zone_of

_UNITS_S: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


@dataclass(frozen=True, slots=True)
class ShownMute:
    """A mute in force. `until` and `muted_at` are in the zone of the configuration; `left_s` is in seconds.

    `person` is who muted it: a user of the console or of the machine; empty: it is not known.
    `is_placed`: pipelines of the file were placed on this machine, so it holds on this machine alone.
    """

    node: str
    until: datetime
    left_s: float
    muted_at: datetime
    reason: str
    person: str = ""
    is_placed: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain data, instants in UTC."""
        return {
            "node": self.node,
            "until": rfc3339(self.until.timestamp()),
            "left_s": round(self.left_s, 3),
            "muted_at": rfc3339(self.muted_at.timestamp()),
            "muted_by": self.person,
            "reason": self.reason,
            "is_placed": self.is_placed,
        }


def length_s(text: str) -> float:
    """The seconds in `90m`, `2h`, `1h30m`, `3d`. ArgumentError: it is no length, or longer than 7 days."""
    if not text.strip():
        raise ArgumentError("for", "say how long, such as --for 2h")
    typed = re.sub(r"\s+", "", text.lower())
    parts = _LENGTH.findall(typed)
    if not parts or "".join(number + unit for number, unit in parts) != typed:
        what = f'"{text[:40]}" is not a length of time; write one with its unit, such as 30m, 2h, 1h30m or 3d'
        raise ArgumentError("for", what)
    found_s = sum(float(number) * _UNITS_S[unit] for number, unit in parts)
    if found_s <= 0:
        raise ArgumentError("for", "a mute of no length mutes nothing; write one such as 30m or 2h")
    if found_s > LONGEST_S:
        fix = "for longer, set enabled = false, or active_hours"
        raise ArgumentError("for", f"a mute lasts at most 7 days, so that none is forgotten; {fix}")
    return found_s


def mutes_in_force(site: Site, now: Instant | None = None) -> tuple[ShownMute, ...]:
    """The mutes of this configuration that are not over, by node. OutboxError: their file is damaged or unreadable."""
    file, now = MuteFile(site.outbox_path), now or present_instant()
    try:
        mutes = file.read()
    except (OSError, ValueError) as error:
        raise OutboxError(_unreadable(file, error)) from None
    shown = (_shown(mute, site, now) for mute in mutes if mute.left_at(now) > 0)
    return tuple(sorted(shown, key=lambda mute: mute.node))


def list_mutes(config: Path) -> tuple[ShownMute, ...]:
    """The mutes in force of a configuration file. OutboxError: their file is damaged or cannot be read.

    Those of placed pipelines are the ones on this machine.
    """
    found: dict[str, ShownMute] = {}
    for kept in _kept(config, site_of(config)):
        for one in mutes_in_force(kept.site):
            if kept.is_of(one.node) and (one.node not in found or one.left_s > found[one.node].left_s):
                found[one.node] = replace(one, is_placed=kept.is_placed)
    return tuple(found[node] for node in sorted(found))


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where mutes are kept: in `site`, those of one placed `pipeline`, or of all but `others` (then it is empty).

    `is_placed` as in `ShownMute`.
    """

    site: Site
    pipeline: str = ""
    others: frozenset[str] = frozenset()
    is_placed: bool = False

    def is_of(self, node: str) -> bool:
        """True for a node whose mutes count there."""
        pipeline = node.rpartition("/")[0]
        return pipeline == self.pipeline if self.pipeline else pipeline not in self.others


def _kept(config: Path, site: Site) -> list[_Kept]:
    """The files of mutes: that of the file's own outbox, and those of the places of its pipelines here."""
    placed = placed_places(config)
    if placed is None:
        return [_Kept(site)]
    # Without [placement], `run` may be what starts next: it reads the file of the own outbox for all pipelines.
    names = frozenset(address.pipeline for address in site.nodes if has_placement(config))
    places = [_Kept(replace(site, outbox_path=outbox), name, is_placed=True) for name, outbox in placed]
    return [_Kept(site, others=names, is_placed=True), *places]


def mute(config: Path, names: Sequence[str], length: str, reason: str = "", person: str = "") -> tuple[ShownMute, ...]:
    """Mute the nodes that are named, for `length` (`2h`) from now on; gives their mutes.

    `person` is the user who does so; empty: it is not known.

    A name is a node's id, `pipeline/node`, a pipeline for all its nodes, or a pattern such as `yard/*`. A node that is
    muted already has the new length instead of what was left.
    ArgumentError: no node has that name, or `length` or `reason` cannot be used. OutboxError: it cannot be written, or
    the file has [placement], and the pipeline of the node is not placed on this machine.
    """
    site = site_of(config)
    nodes = _meant(names, [str(address) for address in site.nodes])
    wanted_s = length_s(length)
    if len(reason) > MAX_REASON_CHARACTERS or not reason.isprintable():
        raise ArgumentError("reason", f"it is one line of at most {MAX_REASON_CHARACTERS} characters")
    now = present_instant()
    who = person[:MAX_PERSON_CHARACTERS]
    new = tuple(Mute(node, wanted_s, now, now.wall_s, reason, who) for node in nodes)
    found = []
    kept = _kept(config, site)
    _require_here(config, kept, nodes)
    for one in kept:
        if own := [mute for mute in new if one.is_of(mute.node)]:
            _change(one.site, now, nodes, own)
            found += [replace(_shown(mute, site, now), is_placed=one.is_placed) for mute in own]
    return tuple({one.node: one for one in found}.values())


def _require_here(config: Path, kept: Sequence[_Kept], nodes: Iterable[str]) -> None:
    """Raise OutboxError for nodes whose pipeline other machines run, which read no file of this one."""
    away = [node for node in nodes if not any(one.is_of(node) for one in kept)]
    if away:
        pipelines = list(dict.fromkeys(node.rpartition("/")[0] for node in away))
        what = f"{' and '.join(pipelines)} {'is' if len(pipelines) == 1 else 'are'} placed, and not on this machine"
        fix = (
            f"`securos-trigger cluster status {shlex.quote(str(config))}` says where: do it there. Nothing was changed."
        )
        raise OutboxError(f"{what}. {fix}")


def unmute(config: Path, names: Sequence[str]) -> tuple[str, ...]:
    """End the mutes of the nodes that are named, as in `mute`; gives the nodes that were muted.

    ArgumentError: no node has that name. OutboxError: as `mute`.
    """
    site = site_of(config)
    muted = [mute.node for mute in list_mutes(config)]
    nodes = _meant(names, list(dict.fromkeys([*map(str, site.nodes), *muted])), is_end=True)
    ended, kept = tuple(node for node in muted if node in nodes), _kept(config, site)
    _require_here(config, kept, nodes)
    for one in kept:
        if any(one.is_of(node) for node in ended):
            _change(one.site, present_instant(), nodes)
    return ended


def _meant(names: Iterable[str], known: Sequence[str], *, is_end: bool = False) -> list[str]:
    """The nodes of `known` that the names mean, in order. To end a mute (`is_end`), one with a camera will do, too."""
    meant: set[str] = set()
    for name in names:
        found = [node for node in known if _is_meant(node, name)]
        of_camera = [] if found else [node for node in known if _is_of_one_camera(node, name)]
        if of_camera and not is_end:
            what = f'"{name[:80]}" is of one camera, and a mute holds for all cameras of a node: name "{of_camera[0]}"'
            raise ArgumentError("node", what)
        found += of_camera
        if not found:
            fix = did_you_mean(name, known) if known else "The configuration has none."
            raise ArgumentError("node", f'there is no trigger node "{name[:80]}". {fix}')
        meant.update(found)
    return [node for node in known if node in meant]


def _is_meant(node: str, name: str) -> bool:
    pipeline, _, own = node.rpartition("/")
    return Address(pipeline, "", own).is_meant(name)


def _is_of_one_camera(node: str, name: str) -> bool:
    """True for `pipeline/camera/node`, as status names a node whose pipeline carries several cameras."""
    pipeline, _, own = node.rpartition("/")
    return bool(pipeline) and name.startswith(f"{pipeline}/") and name.endswith(f"/{own}")


def _shown(mute: Mute, site: Site, now: Instant) -> ShownMute:
    zone, left_s = zone_of(site.time_zone), mute.left_at(now)
    until, muted_at = (utc(at_s).astimezone(zone) for at_s in (now.wall_s + left_s, mute.muted_at_s))
    return ShownMute(mute.node, until, left_s, muted_at, mute.reason, mute.person)


def _change(site: Site, now: Instant, without: Sequence[str], new: Sequence[Mute] = ()) -> None:
    """Write the mutes of a file: without those of these nodes, and with the new ones."""
    file = MuteFile(site.outbox_path)
    try:
        file.change(now, lambda known: [mute for mute in known if mute.node not in without] + list(new))
    except OSError as error:
        rights = f"run the command {as_owner(file.path)}"
        fix = sentence(advice_for(error, file.path, rights=rights))
        raise OutboxError(f"The mutes cannot be written to {file.path}: {reason_of(error).lower()}. {fix}") from None


def _unreadable(file: MuteFile, error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        fix = f"Run the command {as_owner(file.path)}."
        return f"The mutes in {file.path} cannot be read: {reason_of(error).lower()}. {fix}"
    fix = "Remove the file, or mute a node, which writes it again."
    return f"The file {file.path} is damaged: {error}. No node is muted. {fix}"
