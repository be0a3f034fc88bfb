"""The SQL of the outbox, read from `schema.sql` and `queries.sql` once."""

from __future__ import annotations

import re
from importlib import resources
from typing import Final


def _sections(file_name: str, marker: str) -> dict[str, str]:
    """The parts of an SQL file by the word after their marker comment (`-- name: put`)."""
    text = resources.files(__package__).joinpath(file_name).read_text(encoding="utf-8")
    _, *parts = re.split(rf"^-- {marker} *(\w+).*$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))


def _queries() -> dict[str, str]:
    """The statements of `queries.sql`. `{chosen}` stands for the part of a statement below `-- clause: chosen`."""
    clauses, statements = _sections("clauses.sql", "clause:"), _sections("queries.sql", "name:")
    return {
        name: re.sub(r"\{(\w+)\}", lambda found: clauses[found[1]], statement) for name, statement in statements.items()
    }


#: Statement by name.
QUERIES: Final = _queries()

#: Migrations in order; the first brings an empty file to version 1.
MIGRATIONS: Final = tuple(_sections("schema.sql", "migration").values())
