"""What a shell completes: the trigger nodes and the cameras that the configuration before them names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click


def node_names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The ids of trigger nodes; PIPELINE/ID where several have one id, or a pipeline is typed."""
    from securos_trigger.operations.named_in_file import named_nodes

    config = _config(ctx)
    nodes = [] if config is None else named_nodes(config)
    count = Counter(node for _, node in nodes)
    short = [node if count[node] == 1 else f"{pipeline}/{node}" for pipeline, node in nodes]
    whole = [f"{pipeline}/{node}" for pipeline, node in nodes] if incomplete else []
    return [one for one in dict.fromkeys((*short, *whole)) if one.startswith(incomplete)]


def camera_ids(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The ids in SecurOS of the cameras that events are sent to."""
    from securos_trigger.operations.named_in_file import named_camera_ids

    config = _config(ctx)
    return [] if config is None else [one for one in named_camera_ids(config) if one.startswith(incomplete)]


def _config(ctx: click.Context) -> Path | None:
    """The configuration before the word. Where the value of an option is being typed, no argument is parsed yet."""
    config = ctx.params.get("config") or next((one for one in ctx.args if Path(one).is_file()), None)
    return None if config is None else Path(config)
