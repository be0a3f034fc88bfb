"""Shows the table to write where a source or a sink is only an address, a path or a number."""

from __future__ import annotations

from typing import Any

from securos_trigger.errors import Mistake
from securos_trigger.video.settings import STREAM_PROTOCOLS

_MOST_SHOWN = 60


def with_table(mistake: Mistake, raw: dict[str, Any], where: str) -> Mistake:
    """The mistake of a pipeline (`raw`, at the place `where`) with the table that was meant; any other as it is."""
    for name in ("source", "sink"):
        given = raw.get(name)
        if mistake.where == f"{where}.{name}" and isinstance(given, str | int) and not isinstance(given, bool):
            kind = "text" if isinstance(given, str) else "number"
            table = _source(str(given)) if name == "source" else f'type = "file", path = "{given}"'
            what = f"a table is expected, and this is a {kind}"
            return Mistake(mistake.where, what, f"Write {name} = {{ {table} }}.")
    return mistake


def _source(given: str) -> str:
    scheme, colon, _ = given.partition("://")
    if colon:  # the rest of an address may hold a password
        kind = "stream" if scheme in STREAM_PROTOCOLS else "rtsp"
        return f'type = "{kind}", url = "{scheme[:20]}://…"'
    if given.isdecimal() or given.startswith("/dev/video"):
        device = f"/dev/video{given}" if given.isdecimal() else given
        return f'type = "usb", device = "{device[:_MOST_SHOWN]}"'
    return f'type = "file", path = "{given[:_MOST_SHOWN]}"'
