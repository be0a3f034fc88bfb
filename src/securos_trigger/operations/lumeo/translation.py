"""What became of a pipeline of Lumeo, as it grows node by node."""

from __future__ import annotations

from dataclasses import dataclass, field

from securos_trigger.operations.lumeo.reading import LumeoNode
from securos_trigger.operations.toml_writer import Table


@dataclass(slots=True)
class Translation:
    """What became of a pipeline: tables in order, remarks about what did not, and files that belong to it.

    `files` are texts by file name; those whose name ends in `.token` are secrets.
    """

    tables: list[Table] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)

    def remark(self, node: LumeoNode, sentence: str, table: Table | None = None) -> None:
        """Note what could not be carried over; it stands above the node's table, or alone in its place."""
        text = f"{node.id} ({node.type}): {sentence}."
        self.remarks.append(text)
        if table is None:
            self.tables.append(Table("", comments=[text]))
        else:
            table.comments.append(text)
