"""Which file or folder recorded messages are read from. Imports nothing heavy."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class FileSettings(BaseModel):
    """Recorded messages: a folder, or a file."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    path: Path = Field(
        description="A folder with `expected.json`, or with one message in each file; or a file: lines of JSON "
        "(`.jsonl`, as `securos-trigger record` writes them, too), else one message."
    )
    realtime: bool = Field(
        False,
        description="Read at the speed at which the messages were recorded, as if the first one came now. "
        "Default: as fast as possible, with the recorded times.",
    )
    messages_per_s: float = Field(
        25.0, gt=0, le=1_000, description="Messages a second of a file that has no times of its own."
    )
