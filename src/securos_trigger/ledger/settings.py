"""The configuration's `[ledger]` table."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class LedgerSettings(BaseModel):
    """Where decisions are written down, so that `securos-trigger explain` can say why an event did or did not come."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    enabled: bool = Field(True, description="false: decisions are held in memory only, and `explain` finds nothing.")
    path: Path | None = Field(
        None, description="File of JSON lines; one process writes it. Left out: beside the outbox."
    )
    max_size_mb: float = Field(10.0, ge=0.1, description="A file of this size is rotated.")
    files: int = Field(5, ge=1, le=100, description="How many files are kept, the one that is being written included.")

    def path_beside(self, outbox: Path) -> Path:
        """The file to write: the one that is set, else the one that belongs to this outbox."""
        return self.path or outbox.with_name(f"{outbox.stem}.ledger.jsonl")
