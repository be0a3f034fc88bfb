"""Record the metadata that the pipelines of a configuration make."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from securos_trigger.config.reader import read_config
from securos_trigger.runtime import record as recording


@dataclass(frozen=True, slots=True)
class RecordResult:
    """A recording that has ended. `is_complete`: all pipelines ended well, and the disk took every frame."""

    path: Path
    is_complete: bool


def record_metadata(config: Path, out: Path) -> RecordResult:
    """Record all pipelines of `config` into `out` until their sources end or a signal comes. No secret is needed.

    ConfigurationError: it has mistakes. RecordingError: `out` cannot be opened.
    """
    code = recording.record_metadata(read_config(config, has_secrets=False), out)
    return RecordResult(out, is_complete=code == 0)
