"""What the process of a placed pipeline does on this machine, as far as its files say: without the network."""

from __future__ import annotations

from typing import Any

from securos_trigger.config.settings import Settings

#: The process has ended without the end of its source: it was killed, or the machine was switched off.
STOPPED = "stopped"


def placed_here(settings: Settings, pipeline: str) -> dict[str, Any] | None:
    """`node`, `state` and `since` of a pipeline that was placed on this machine; None: it never was.

    `state` is `runs`, `starts`, `waits` (another machine runs it), `ended` or `stopped`. Only `securos-trigger cluster
    status` knows the other machines.
    """
    if settings.relay is None:
        return None
    try:
        from securos_trigger.placement.place import node_name, place_of
        from securos_trigger.placement.state_file import ENDED, is_alive, state_in
    except ModuleNotFoundError:  # the extra [cluster] is not installed: then nothing was placed here
        return None
    place = place_of(settings, pipeline, node_name())
    written = state_in(place.folder)
    state = written.get("state")
    if not isinstance(state, str):
        return None
    if state != ENDED and not is_alive(written):
        state = STOPPED
    return {"node": place.node, "state": state, "since": written.get("since")}
