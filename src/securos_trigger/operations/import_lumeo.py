"""Write a configuration from a pipeline of Lumeo."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from securos_trigger.config.reader import read_config
from securos_trigger.errors import ArgumentError, ConfigurationError
from securos_trigger.errors.wording import sentence
from securos_trigger.operations.lumeo.drawings import labels_of
from securos_trigger.operations.lumeo.nodes import node_table, source_table
from securos_trigger.operations.lumeo.reading import LumeoPipeline, read_pipeline
from securos_trigger.operations.lumeo.translation import Translation
from securos_trigger.operations.outputs import checked_output
from securos_trigger.operations.toml_writer import text_of
from securos_trigger.system.files import write_whole
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.write_advice import advice_for


@dataclass(frozen=True, slots=True)
class Imported:
    """What was written, what could not be carried over, and what `check` says of it.

    `missing` are the mistakes that are left, one text for each: empty when the configuration can be run.
    """

    config: Path
    files: tuple[Path, ...]
    remarks: tuple[str, ...]
    missing: tuple[str, ...]
    warnings: tuple[str, ...]


def import_lumeo(pipeline: Path, config: Path, *, deployment: Path | None = None, is_forced: bool = False) -> Imported:
    """Translate a pipeline and write it to `config`, with the files that belong to it beside it.

    Every file is for its owner alone (mode 0600): addresses of cameras and passwords stand in them. ConfigurationError:
    `pipeline` or `deployment` is not what it should be. ArgumentError: a file is there already, or is one of these two.
    """
    read = read_pipeline(pipeline, deployment)
    done = translate(read)
    head = [
        f"Made by `securos-trigger import lumeo` from {pipeline.name}, the pipeline {read.name}.",
        "Settings that could not be converted are comments in their place, with the reason.",
    ]
    written = {config: text_of(head, done.tables)} | {config.parent / name: text for name, text in done.files.items()}
    used = [pipeline, *([deployment] if deployment else [])]
    for path in written:
        checked_output("output", path, is_forced=is_forced, used=used)
    for path, text in written.items():
        _write(path, text)
    missing, warnings = _checked(config)
    return Imported(config, tuple(written)[1:], tuple(done.remarks), missing, warnings)


def translate(pipeline: LumeoPipeline) -> Translation:
    """Every table of the configuration, and every remark."""
    done = Translation()
    branches = pipeline.branches()
    for source, nodes in branches:
        name = pipeline.name if len(branches) == 1 else f"{pipeline.name} {source.id if source else 'without source'}"
        source_table(name, source, done)
        labels = dict.fromkeys(label for node in nodes for label in labels_of(node.properties)[0])
        for node in nodes:
            node_table(node, labels, done)
    for node_id in pipeline.unknown_ids:
        done.remarks.append(f"{node_id}: the deployment has properties for it, and the pipeline has no such node.")
    return done


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text)
    except OSError as error:
        fix = sentence(advice_for(error, path))
        raise ArgumentError("output", f"{path} cannot be written: {reason_of(error).lower()}. {fix}") from None


def _checked(config: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The mistakes and the warnings of the configuration."""
    try:
        return (), read_config(config).warnings
    except ConfigurationError as error:
        return tuple(map(str, error.mistakes)), ()
