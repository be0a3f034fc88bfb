"""The trigger nodes and the cameras that the text of a configuration names, for the completion of a shell.

The file is not checked. Of one that is not there, or has a mistake, nothing is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from securos_trigger.config.quick_tables import quick_tables


def named_nodes(config: Path) -> list[tuple[str, str]]:
    """The pipeline and the id of each trigger node, in order."""
    return [(str(pipeline.get("name", "")), str(node.get("id", "trigger1"))) for pipeline, node in _triggers(config)]


def named_camera_ids(config: Path) -> list[str]:
    """The ids in SecurOS of the cameras that events are sent to, each once."""
    lists = [node.get("iss_camera_ids", "") for _, node in _triggers(config)]
    for pipeline in _pipelines(config):
        lists += pipeline["cameras"].values() if isinstance(pipeline.get("cameras"), Mapping) else ()
    ids = (one.strip() for each in lists for one in str(each).split(","))
    return [one for one in dict.fromkeys(ids) if one]


def _triggers(config: Path) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The table of its pipeline and the table of each trigger node."""
    for pipeline in _pipelines(config):
        nodes = pipeline.get("nodes")
        for node in nodes if isinstance(nodes, list) else ():
            if isinstance(node, Mapping) and node.get("type") == "trigger_securos_event":
                yield pipeline, node


def _pipelines(config: Path) -> list[Mapping[str, Any]]:
    try:
        found = quick_tables(config).get("pipelines")
    except (OSError, ValueError, RecursionError):
        return []
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
