"""Replay a recording: what the trigger nodes of a configuration, and of a changed one, would have done."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from pathlib import Path

from securos_trigger.config.reader import read_config
from securos_trigger.errors import RecordingError
from securos_trigger.errors.wording import with_config
from securos_trigger.replay import DEFAULT_TOLERANCE_S, ReplayResult, replay_recording
from securos_trigger.runtime.recorded_messages import recording_at


def replay_file(
    recording: Path,
    config: Path,
    *,
    node_ids: Collection[str] = (),
    changed_config: Path | None = None,
    tolerance_s: float = DEFAULT_TOLERANCE_S,
) -> ReplayResult:
    """Replay the file `recording` with the configuration file `config`, and with `changed_config` beside it.

    Recorded messages of an input are read with the settings of the first pipeline that has an input of their kind.

    ConfigurationError: a configuration has mistakes, or no node of `node_ids`. RecordingError: there is no frame.
    """
    settings = read_config(config, has_secrets=False)
    changed = read_config(changed_config, has_secrets=False) if changed_config is not None else None
    try:
        return replay_recording(
            recording,
            settings,
            node_ids=node_ids,
            changed=changed,
            tolerance_s=tolerance_s,
            open_recording=recording_at,
        )
    except RecordingError as error:
        raise RecordingError(with_config(str(error), shlex.quote(str(config)))) from error
