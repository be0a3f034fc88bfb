"""Names and ids that mean two things, also where the pipelines or nodes that have them cannot be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from securos_trigger.config.tables import numbered_tables
from securos_trigger.errors import Mistake
from securos_trigger.model.node_ids import SINK_ID


def name_mistakes(raw: Mapping[str, Any], usual_ids: Mapping[str, str]) -> list[Mistake]:
    """Names that are used twice: pipelines in the file (`raw`), nodes in a pipeline; also of those with mistakes.

    Every pipeline has a sink, so no node has its id.
    `usual_ids` are those of nodes without one, by type.
    """
    pipelines = list(numbered_tables(raw.get("pipelines")))
    mistakes = [
        Mistake(f"pipelines[{number}].name", f"{count} pipelines have this name", "Give every pipeline its own name.")
        for _, number, count in _repeated((table.get("name"), number) for number, table in pipelines)
    ]
    for number, table in pipelines:
        nodes = numbered_tables(table.get("nodes"))
        ids = [(node.get("id", usual_ids.get(str(node.get("type")))), index) for index, node in nodes]
        for node_id, index in ids:
            if node_id == SINK_ID:
                where, what = (
                    f"pipelines[{number}].nodes[{index}].id",
                    f'the sink of the pipeline has the id "{node_id}"',
                )
                mistakes.append(Mistake(where, what, f'Give the node another one, such as "{node_id}1".'))
        for node_id, index, count in _repeated(ids):
            where = f"pipelines[{number}].nodes[{index}].id"
            fix = "Give every node of a pipeline its own id."
            mistakes.append(Mistake(where, f'{count} nodes have the id "{node_id}"', fix))
    return mistakes


def _repeated(names: Iterable[tuple[object, int]]) -> Iterator[tuple[str, int, int]]:
    """The texts that come more than once: each with the number of the last, and how many there are."""
    found = [(name, number) for name, number in names if isinstance(name, str) and name]
    last = dict(found)
    return ((name, last[name], count) for name, count in Counter(name for name, _ in found).items() if count > 1)
