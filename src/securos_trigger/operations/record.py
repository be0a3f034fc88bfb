"""Record the metadata that the pipelines of a configuration make."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from securos_trigger.config.files import files_read, files_written
from securos_trigger.config.reader import read_config
from securos_trigger.config.secrets import is_without_address
from securos_trigger.errors import ArgumentError
from securos_trigger.operations.outputs import checked_output
from securos_trigger.runtime import record as recording


@dataclass(frozen=True, slots=True)
class RecordResult:
    """A recording that has ended. `is_complete`: all pipelines ended well, and the disk took every frame."""

    path: Path
    is_complete: bool


def record_metadata(config: Path, out: Path, *, is_forced: bool = False) -> RecordResult:
    """Record all pipelines of `config` into `out` until their sources end or a signal comes. No secret is needed.

    An existing file is replaced only if `is_forced`, and never one that the configuration names.
    ConfigurationError: it has mistakes. ArgumentError: `out` may not be written. RecordingError: it cannot be.
    """
    settings = read_config(config, has_secrets=False)
    if any(is_without_address(pipeline.source) for pipeline in settings.pipelines):
        settings = read_config(config)  # it says why the address cannot be read
    if inputs := [pipeline.name for pipeline in settings.pipelines if pipeline.has_input]:
        what = f"{', '.join(inputs)} has an input as its source, and this command records sources of video"
        raise ArgumentError("config", f'{what}. Put a node with type = "metadata_recorder" into the pipeline.')
    used = [file.path for file in (*files_read(settings), *files_written(settings))]
    existing = checked_output("out", out, is_forced=is_forced, used=used)
    code = recording.record_metadata(settings, out, existing)
    return RecordResult(out, is_complete=code == 0)
