"""Replay a recording with a change that is not saved: what the change adds and what it loses."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from securos_trigger.config.settings import PipelineSettings, Settings
from securos_trigger.errors import ArgumentError, ConflictError
from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.replay import Side, reads_source, replay_recording
from securos_trigger.runtime.recorded_messages import beginning_of, recording_at
from securos_trigger.system.real_paths import real_path
from securos_trigger.system.timestamps import rfc3339

#: A larger recording is replayed with the command.
MAX_BYTES: Final = 200 * 1024**2
MAX_FILES: Final = 200
MAX_SHOWN: Final = 100
_UNFINISHED: Final = ".partial"
_ENDINGS: Final = (".jsonl", ".jsonl.gz")
_one_at_a_time = threading.Lock()


def recordings_in(folders: Sequence[Path], pipeline: PipelineSettings | None = None) -> list[dict[str, Any]]:
    """The recordings in these folders: those of the pipeline first, then the newest first.

    `source` is the source of the first frame, `kind` that of recorded messages (empty: not known). `is_own` False: the
    pipeline reads another source. One that is not `is_finished` may still be written.
    """
    found = sorted(((path.stat(), path) for path in _files(folders)), key=lambda one: one[0].st_mtime, reverse=True)
    begun = ((stat, path, beginning_of(path)) for stat, path in found)
    recordings = [
        {
            "path": _name_of(path),
            "size_bytes": stat.st_size,
            "changed_at": rfc3339(stat.st_mtime),
            "is_finished": path.suffix != _UNFINISHED,
            "kind": beginning[0],
            "source": beginning[1],
            "is_own": pipeline is None or _is_of(pipeline, *beginning),
        }
        for stat, path, beginning in islice((one for one in begun if one[2] is not None), MAX_FILES)
        if beginning is not None
    ]
    return sorted(recordings, key=lambda one: not one["is_own"])


def recordings_for(editor: ConfigEditor, pipeline: str) -> list[dict[str, Any]]:
    """The same in the folders of an editor, for a pipeline of the file (empty: for none).

    NotFoundError: there is no such pipeline. ConfigurationError: the file has mistakes.
    """
    if not pipeline:
        return recordings_in(editor.folders)
    settings = editor.draft(PartChange(pipeline))
    return recordings_in(editor.folders, next(one for one in settings.pipelines if one.name == pipeline))


def _is_of(pipeline: PipelineSettings, kind: str, source: str) -> bool:
    """True for what a pipeline reads, and for what cannot be read: its replay says why."""
    if kind:
        return bool(pipeline.has_input and pipeline.source.type == kind)
    return not source or reads_source(pipeline, source)


def replay_change(editor: ConfigEditor, change: PartChange, recording: str) -> dict[str, Any]:
    """What a node would have done with the change and without it. One replay at a time.

    ArgumentError: the recording is not in the folders of the console, or too large. ConflictError: one is going on.
    ConfigurationError: the change has mistakes. RecordingError: there is no frame in it.
    """
    path = next((one for one in _files(editor.folders) if _name_of(one) == recording), None)
    if path is None:
        raise ArgumentError("recording", "there is no such recording in the folders of the console")
    if path.stat().st_size > MAX_BYTES:
        too_large = f"it is larger than {MAX_BYTES // 1024**2} MB; `securos-trigger replay` has no limit"
        raise ArgumentError("recording", too_large)
    if not _one_at_a_time.acquire(blocking=False):
        raise ConflictError("Another replay is going on. Try again when it has ended.")
    try:
        unchanged = PartChange(change.pipeline, change.node)
        before, after = (_alone(editor.draft(one), change.pipeline) for one in (unchanged, change))
        result = replay_recording(path, before, node_ids=[change.node], changed=after, open_recording=recording_at)
    finally:
        _one_at_a_time.release()
    comparison = result.comparison
    assert comparison is not None, "there are two sides"
    [pipeline] = after.pipelines
    foreign = {one.source_name for one in result.reports if not reads_source(pipeline, one.source_name)}
    return {
        "frames": result.recording.frames,
        "before": _totals(comparison.before),
        "after": _totals(comparison.after),
        "lost": _unmet(comparison.before),
        "added": _unmet(comparison.after),
        "kept": {"count": comparison.after.occasions - comparison.after.unmet_count},
        "foreign_sources": sorted(foreign),
    }


def _name_of(path: Path) -> str:
    """The path as it is listed and asked for; bytes that are no UTF-8 as `\\xff`, since JSON has texts alone."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _alone(settings: Settings, pipeline: str) -> Settings:
    """The settings with this pipeline only: another one may have a node of the same id."""
    return replace(settings, pipelines=tuple(one for one in settings.pipelines if one.name == pipeline))


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted(folder.glob("*")) if folder.is_dir() else ():
            if (
                path.name.removesuffix(_UNFINISHED).endswith(_ENDINGS)
                and path.is_file()
                and real_path(path).is_relative_to(folder)
            ):
                yield path


def _totals(side: Side) -> dict[str, int]:
    return {"events": side.events, "occasions": side.occasions}


def _unmet(side: Side) -> dict[str, Any]:
    return {"count": side.unmet_count, "firings": [one.to_json() for one in side.unmet[:MAX_SHOWN]]}
