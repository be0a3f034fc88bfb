"""Check a configuration, and its triggers against a recording."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from securos_trigger.config.deliver_file import is_deliver_config
from securos_trigger.config.files import outbox_warnings
from securos_trigger.config.needed_parts import lacks_video
from securos_trigger.config.never_fires import NEVER_FIRES
from securos_trigger.config.reader import read_config
from securos_trigger.config.secret_files import files_with_secrets
from securos_trigger.config.settings import PipelineSettings, TriggerSettings
from securos_trigger.errors import RecordingError
from securos_trigger.errors.wording import with_config


@dataclass(frozen=True, slots=True)
class CheckedTrigger:
    """A trigger node: which events it sends, for which cameras, to which receiver.

    `has_mapped_cameras`: it has no ids of its own, and each event is for the cameras that its input names.
    `is_enabled` False: it is switched off and sends none.
    """

    node_id: str
    event_source: str
    camera_ids: tuple[str, ...]
    target: str
    has_mapped_cameras: bool = False
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class CheckedPipeline:
    """A pipeline from its source to its sink. `node_ids` are in order; `triggers` are the trigger nodes among them.

    `can_run` False: its video is not on this machine, or is none. A check against a recording needs no video.
    """

    name: str
    source_type: str
    node_ids: tuple[str, ...]
    sink_type: str
    triggers: tuple[CheckedTrigger, ...]
    can_run: bool = True


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A configuration without mistakes. `warnings` are sentences about what is allowed but probably not meant.

    `never_firing` is the number of trigger nodes of which they say that they can raise no event. `receivers` are those
    that a configuration of `deliver` serves.
    """

    pipelines: tuple[CheckedPipeline, ...]
    warnings: tuple[str, ...]
    receivers: tuple[str, ...] = ()
    never_firing: int = 0


def check_config(config: Path, recording: Path | None = None) -> CheckResult:
    """Check the file `config`, with `recording` also its triggers on that metadata; secrets are then not needed.

    ConfigurationError has every mistake. RecordingError: the recording cannot be read, or holds no frame.
    """
    if recording is None and is_deliver_config(config):
        from securos_trigger.config.deliver import read_deliver_config

        receivers = read_deliver_config(config).receivers
        return CheckResult((), _readable_secrets(config), tuple(str(one.target) for one in receivers))
    settings = read_config(config, has_secrets=recording is None, has_files=recording is None)
    warnings = settings.warnings
    if recording is not None:
        from securos_trigger.replay import check_metadata

        try:
            warnings += tuple(map(str, check_metadata(settings, recording)))
        except RecordingError as error:
            raise RecordingError(with_config(str(error), shlex.quote(str(config)))) from error
    else:
        warnings += (*map(str, outbox_warnings(settings.outbox.path)), *_readable_secrets(config))
    pipelines = tuple(_checked(one, has_files=recording is None) for one in settings.pipelines)
    return CheckResult(
        pipelines, warnings, never_firing=sum(one.what == NEVER_FIRES for one in settings.placed_warnings)
    )


def _readable_secrets(config: Path) -> tuple[str, ...]:
    """A warning for each file with a secret that other users may read, in the words of the doctor."""
    return tuple(f"{one.warning}\n    {one.fix}" for one in files_with_secrets(config) if one.warning)


def _checked(pipeline: PipelineSettings, *, has_files: bool) -> CheckedPipeline:
    return CheckedPipeline(
        name=pipeline.name,
        source_type=pipeline.source.type,
        node_ids=tuple(node.id for node in pipeline.nodes),
        sink_type=pipeline.sink.type,
        triggers=tuple(_checked_trigger(trigger, pipeline) for trigger in pipeline.triggers),
        can_run=not (has_files and lacks_video(pipeline.source)),
    )


def _checked_trigger(trigger: TriggerSettings, pipeline: PipelineSettings) -> CheckedTrigger:
    properties = trigger.properties
    cameras = properties.camera_ids
    is_mapped = pipeline.has_input and not cameras
    target, is_enabled = str(properties.target), properties.enabled
    return CheckedTrigger(trigger.id, properties.event_source, cameras, target, is_mapped, is_enabled)
