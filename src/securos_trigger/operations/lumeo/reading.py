"""Reads a pipeline of Lumeo: its nodes with their properties, in the order in which a frame passes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.system.near_files import meant_file
from securos_trigger.system.reasons import reason_of

_MAX_BYTES: Final = 16 * 1024 * 1024
_SHAPE: Final = 'A pipeline is a list of nodes: [{"id": "video1", "properties": {"type": "video", …}, "wires": {…}}, …]'
_DEPLOYMENT_SHAPE: Final = 'A deployment maps ids of nodes to properties: {"video1": {"source_id": "…"}, …}.'


@dataclass(frozen=True, slots=True)
class LumeoNode:
    """A node of a pipeline. `next_ids` are the nodes that its wires lead to."""

    id: str
    type: str
    properties: Mapping[str, Any]
    next_ids: tuple[str, ...] = ()

    @property
    def is_source(self) -> bool:
        """True for what frames come from."""
        return self.type in ("video", "camera", "input_stream") or "source_type" in self.properties


@dataclass(frozen=True, slots=True)
class LumeoPipeline:
    """A pipeline, with the properties of its deployment in its nodes. `unknown_ids` only the deployment has."""

    name: str
    nodes: tuple[LumeoNode, ...]
    unknown_ids: tuple[str, ...] = ()

    def branches(self) -> list[tuple[LumeoNode | None, list[LumeoNode]]]:
        """Each source with the nodes that its frames reach, in their order; None for nodes that no source reaches."""
        ordered = self._ordered()
        sources = [node for node in ordered if node.is_source]
        branches: list[tuple[LumeoNode | None, list[LumeoNode]]] = []
        reached: set[str] = set()
        for source in sources:
            ids = self._reached_from(source)
            reached |= ids
            branches.append((source, [node for node in ordered if node.id in ids and not node.is_source]))
        left = [node for node in ordered if node.id not in reached and not node.is_source]
        if left and len(branches) == 1:  # wires are missing: one source, so its frames pass them all
            only, nodes = branches[0]
            return [(only, [node for node in ordered if node in nodes or node in left])]
        return [*branches, (None, left)] if left else branches

    def _ordered(self) -> list[LumeoNode]:
        """Every node after those that lead to it; where the wires say nothing, in the order of the file."""
        waits_for = {node.id: set[str]() for node in self.nodes}
        for node in self.nodes:
            for next_id in node.next_ids:
                waits_for.get(next_id, set()).add(node.id)
        left, ordered = list(self.nodes), list[LumeoNode]()
        done: set[str] = set()
        while left:
            node = next((node for node in left if waits_for[node.id] <= done), left[0])  # else a circle: as in the file
            left.remove(node)
            done.add(node.id)
            ordered.append(node)
        return ordered

    def _reached_from(self, source: LumeoNode) -> set[str]:
        by_id = {node.id: node for node in self.nodes}
        reached, look_at = set[str](), [source.id]
        while look_at:
            node = by_id.get(look_at.pop())
            if node is not None and node.id not in reached:
                reached.add(node.id)
                look_at += node.next_ids
        return reached


def read_pipeline(path: Path, deployment: Path | None = None) -> LumeoPipeline:
    """Read the pipeline's file, and the deployment's. ConfigurationError: they are not what they should be."""
    whole = _json_of(path, _SHAPE)
    name = path.stem
    if isinstance(whole, Mapping):
        name = whole["name"] if isinstance(whole.get("name"), str) and whole["name"].strip() else name
        whole = next((whole[key] for key in ("definition", "nodes", "pipeline") if key in whole), whole)
        whole = json.loads(whole) if isinstance(whole, str) and whole.lstrip().startswith("[") else whole
    if not isinstance(whole, list) or not whole:
        raise ConfigurationError([Mistake("", "this is not a pipeline of Lumeo", _SHAPE)], str(path))
    overrides = {} if deployment is None else _overrides(deployment)
    mistakes: list[Mistake] = []
    nodes = [node for number, raw in enumerate(whole) if (node := _node(raw, number, overrides, mistakes))]
    ids = [node.id for node in nodes]
    mistakes += [Mistake(f"node {one}", "the id is there twice") for one in dict.fromkeys(ids) if ids.count(one) > 1]
    if mistakes:
        raise ConfigurationError(mistakes, str(path))
    return LumeoPipeline(name.strip(), tuple(nodes), tuple(one for one in overrides if one not in ids))


def _json_of(path: Path, shape: str) -> Any:
    """What the file holds. `shape` is what it is to look like, for the mistake of one that is no JSON."""
    try:
        content = path.read_bytes()
        if len(content) > _MAX_BYTES:
            raise ConfigurationError([Mistake("", "the file is larger than 16 MB")], str(path))
        if not content.strip():
            raise ConfigurationError([Mistake("", "the file is empty", shape)], str(path))
        return json.loads(content.decode("utf-8-sig"))
    except OSError as error:
        what = f"the file cannot be read: {reason_of(error)}"
        fix = meant_file(path, error, ("*.json",), "the file of JSON", shape)
        raise ConfigurationError([Mistake("", what, fix)], str(path)) from None
    except UnicodeDecodeError:
        what = "the file is not a text in UTF-8, so it is not JSON"
        raise ConfigurationError([Mistake("", what, shape)], str(path)) from None
    except (ValueError, RecursionError) as error:
        what = f"the file is not JSON: {str(error)[:100]}"
        raise ConfigurationError([Mistake("", what, shape)], str(path)) from None


def _overrides(path: Path) -> dict[str, Mapping[str, Any]]:
    whole = _json_of(path, _DEPLOYMENT_SHAPE)
    if isinstance(whole, Mapping) and isinstance(whole.get("configuration"), Mapping):
        whole = whole["configuration"]
    if not isinstance(whole, Mapping) or not all(isinstance(value, Mapping) for value in whole.values()):
        raise ConfigurationError([Mistake("", "this is not a deployment of Lumeo", _DEPLOYMENT_SHAPE)], str(path))
    return {str(node_id): properties for node_id, properties in whole.items()}


def _node(
    raw: object, number: int, overrides: Mapping[str, Mapping[str, Any]], mistakes: list[Mistake]
) -> LumeoNode | None:
    """One node; None when it is none (added to `mistakes`)."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("id"), str) or not raw["id"]:
        mistakes.append(Mistake(f"node number {number + 1}", "it has no id", "" if mistakes else _SHAPE))
        return None
    node_id = raw["id"]
    properties = raw.get("properties")
    if not isinstance(properties, Mapping):  # an older form has them beside the id
        properties = {key: value for key, value in raw.items() if key not in ("id", "wires")}
    merged = {**properties, **overrides.get(node_id, {})}
    kind = merged.pop("type", None) or raw.get("type") or re.sub(r"\d+$", "", node_id)
    return LumeoNode(node_id, str(kind), merged, tuple(dict.fromkeys(_next_ids(raw.get("wires")))))


def _next_ids(wires: object) -> Iterable[str]:
    """The nodes in `{"output": ["encode1.input"]}`; anything else is left out."""
    for ends in wires.values() if isinstance(wires, Mapping) else ():
        for end in ends if isinstance(ends, list) else [ends]:
            if isinstance(end, str) and end:
                yield end.partition(".")[0]
