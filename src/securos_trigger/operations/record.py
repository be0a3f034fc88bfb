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
from securos_trigger.runtime.record_messages import record_messages


@dataclass(frozen=True, slots=True)
class RecordResult:
    """A recording that has ended. `is_complete`: all pipelines ended well, and the disk took every frame."""

    path: Path
    is_complete: bool


def record_metadata(config: Path, out: Path, *, is_forced: bool = False) -> RecordResult:
    """Record all pipelines of `config` into `out` until their sources end or a signal comes. No secret is needed.

    Of an input the messages are recorded as they come, and its login is needed.

    An existing file is replaced only if `is_forced`, and never one that the configuration names.
    ConfigurationError: it has mistakes. ArgumentError: `out` may not be written. RecordingError: it cannot be.
    """
    settings = read_config(config, has_secrets=False)
    if any(is_without_address(pipeline.source) for pipeline in settings.pipelines):
        settings = read_config(config)  # it says why the address cannot be read
    inputs = [pipeline for pipeline in settings.pipelines if pipeline.has_input]
    if inputs and len(settings.pipelines) > 1:
        names = ", ".join(one.name for one in inputs)
        what = f"{names} has an input as its source, and the file is for one input alone"
        raise ArgumentError("config", f"{what}. Write a configuration with that pipeline only.")
    if inputs:
        settings = read_config(config)  # a broker or a device wants a login
    used = [file.path for file in (*files_read(settings), *files_written(settings))]
    existing = checked_output("out", out, is_forced=is_forced, used=used)
    if inputs:
        code = record_messages(settings.pipelines[0], out, existing)
    else:
        code = recording.record_metadata(settings, out, existing)
    return RecordResult(out, is_complete=code == 0)
