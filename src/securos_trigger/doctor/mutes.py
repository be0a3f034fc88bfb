"""Examines which nodes are muted: a forgotten mute looks like a camera that sees nothing."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from securos_trigger.config.settings import Settings
from securos_trigger.doctor.findings import Finding, failed, warning
from securos_trigger.errors.wording import why_muted
from securos_trigger.runtime.mutes.file import MuteFile
from securos_trigger.system.boot_clock import present_instant
from securos_trigger.system.owners import as_owner
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.timestamps import utc
from securos_trigger.trigger.active_hours import zone_of


def examine_mutes(settings: Settings) -> Iterator[Finding]:
    """A warning for each node that is muted; nothing when none is."""
    file, now = MuteFile(settings.outbox.path), present_instant()
    try:
        mutes = file.read()
    except ValueError as error:
        yield failed(
            "mute", f"{file.path} is damaged, so no node is muted: {error}", f"`rm {shlex.quote(str(file.path))}`"
        )
        return
    except OSError as error:
        fix = f"Run the doctor {as_owner(file.path)}."
        yield failed("mute", f"{file.path} cannot be read: {reason_of(error).lower()}", fix)
        return
    for mute in mutes:
        if left_s := mute.left_at(now):
            zone = zone_of(settings.time_zone)
            since, until = (utc(at_s).astimezone(zone) for at_s in (mute.muted_at_s, now.wall_s + left_s))
            lasts = f"since {since:%a %d %b %H:%M}, until {until:%a %d %b %H:%M %Z}"
            why = why_muted(mute.reason, mute.person)
            why = f" ({why})" if why else ""
            fix = f"`securos-trigger unmute CONFIG {shlex.quote(mute.node)}`"
            yield warning("mute", f"{mute.node} is muted {lasts}{why}", fix)
