"""Looks for what a run needs on this machine: models, functions, videos, folders, optional packages.

Of a file it reads the first bytes; code is parsed and not run. Where this user may not look nothing is said: the start
does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from securos_trigger.analytics.function_code import function_problem
from securos_trigger.analytics.settings import DetectorSettings, FunctionSettings, RecorderSettings
from securos_trigger.config.agreement import Numbered
from securos_trigger.config.needed_packages import package_mistakes
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.config.settings import MetricsSettings, Settings, TriggerSettings
from securos_trigger.errors import Mistake
from securos_trigger.system.path_kinds import PathKind, kind_of
from securos_trigger.validation.file_contents import HOW_RELATIVE, model_mistakes, no_file, what_instead
from securos_trigger.video.settings import FileSourceSettings, UsbSourceSettings

_MP4_SUFFIXES: Final = (".mp4", ".m4v", ".mov", "")
_NOT_THERE: Final = (PathKind.NOTHING, PathKind.FOLDER)
#: Settings of files that are read at the start, and never made.
_CREDENTIALS: Final = (
    *("certificate", "key", "certificate_file", "key_file", "ca_file", "client_certificate_file", "client_key_file"),
    *("credentials_file", "nkey_file"),
)


def part_mistakes(pipelines: Numbered, metrics: MetricsSettings, relay: RelaySettings | None = None) -> list[Mistake]:
    """Parts without which `run` does not start, or that can do nothing."""
    mistakes = []
    for number, pipeline in pipelines:
        place = f"pipelines[{number}]"
        for index, node in enumerate(pipeline.nodes):
            mistakes += _node_mistakes(node, f"{place}.nodes[{index}]")
    return mistakes + package_mistakes(pipelines, metrics, relay)


def needed_files(settings: Settings) -> Iterator[Path]:
    """The files that a run cannot do without: models, functions, secrets and CA files."""
    yield from settings.secret_files
    for pipeline in settings.pipelines:
        for node in pipeline.nodes:
            _, file = _file_of(node)
            if file is not None:
                yield file
            elif isinstance(node, TriggerSettings) and node.properties.iss_ca_file:
                yield Path(node.properties.iss_ca_file)


def _node_mistakes(node: object, where: str) -> list[Mistake]:
    """What is wrong with the file that a node cannot do without."""
    setting, file = _file_of(node)
    if file is None:
        return []
    where = f"{where}.{setting}"
    if not isinstance(node, FunctionSettings):
        return model_mistakes(file, where)
    if kind_of(file) not in (PathKind.FILE, PathKind.UNKNOWN):
        return [no_file(file, where)]
    what, fix = function_problem(file)
    return [Mistake(where, what, fix)] if what else []


def _file_of(node: object) -> tuple[str, Path | None]:
    """The setting of a node that names a file it cannot do without, and the file."""
    if isinstance(node, DetectorSettings):
        return "model", node.model
    return ("file", node.file) if isinstance(node, FunctionSettings) else ("", None)


def _output_warnings(file: Path | None, where: str) -> list[Mistake]:
    """Why a file cannot be written: there is no folder for it."""
    if file is None:
        return []
    if kind_of(file.parent) is PathKind.FILE:
        return [Mistake(where, f"{file.parent} is a file, so nothing can be in it", "Name another folder.")]
    if kind_of(file.parent) not in (PathKind.FOLDER, PathKind.UNKNOWN):
        return [Mistake(where, f"there is no folder {file.parent} to write to", f"Make it. {HOW_RELATIVE}")]
    return []


def _sink_warnings(file: Path | None, where: str) -> list[Mistake]:
    """A name that says something else than what is written."""
    if file is None or file.suffix.lower() in _MP4_SUFFIXES or kind_of(file) is PathKind.OTHER:
        return []
    what = f"an MP4 file is written, and its name ends in {file.suffix}"
    return [Mistake(where, what, f'Name it "{file.stem}.mp4".')]


def _credential_warnings(table: BaseModel, place: str) -> list[Mistake]:
    """Certificates, keys and credentials that are not there."""
    files = ((name, value) for name, value in table if isinstance(value, Path) and name in _CREDENTIALS)
    return [no_file(file, f"{place}{name}") for name, file in files if kind_of(file) in _NOT_THERE]


def file_warnings(pipelines: Numbered, *tables: tuple[str, BaseModel | None]) -> list[Mistake]:
    """Videos that are not there, or are none: their pipeline fails, the others run.

    `tables` are further tables with files, each with its name.
    """
    found = [one for name, table in tables if table is not None for one in _credential_warnings(table, f"{name}.")]
    for number, pipeline in pipelines:
        source, place = pipeline.source, f"pipelines[{number}].source"
        if isinstance(source, FileSourceSettings):
            found += _video_warnings(source.path, f"{place}.path")
        elif isinstance(source, UsbSourceSettings):
            found += _device_warnings(source.device, f"{place}.device")
        if isinstance(transport := getattr(source, "transport", None), BaseModel):
            found += _credential_warnings(transport, f"{place}.")
    return found


def output_warnings(pipelines: Numbered) -> list[Mistake]:
    """Videos and recordings that cannot be written as they are named: their pipeline runs without them."""
    found = []
    for number, pipeline in pipelines:
        for index, node in enumerate(pipeline.nodes):
            if isinstance(node, RecorderSettings):
                found += _output_warnings(node.path, f"pipelines[{number}].nodes[{index}].path")
        found += _output_warnings(getattr(pipeline.sink, "path", None), f"pipelines[{number}].sink.path")
        found += _sink_warnings(getattr(pipeline.sink, "path", None), f"pipelines[{number}].sink.path")
    return found


def _device_warnings(device: Path, where: str) -> list[Mistake]:
    if not device.is_relative_to("/dev") or kind_of(device) is not PathKind.NOTHING:  # on Windows it is a name
        return []
    fix = "Is the camera plugged in? `ls /dev/video*` lists what is there."
    return [Mistake(where, f"there is no device {device}", fix)]


def lacks_video(source: object) -> bool:
    """Whether this is a file source whose video is not on this machine, or is none: its pipeline fails."""
    return isinstance(source, FileSourceSettings) and bool(_video_warnings(source.path, ""))


def _video_warnings(path: Path, where: str) -> list[Mistake]:
    kind = kind_of(path)
    if kind is PathKind.FILE:
        what, fix = what_instead(path)
        return [Mistake(where, f"{path} {what}", fix)] if what else []
    if kind in (PathKind.OTHER, PathKind.UNKNOWN):
        return []
    is_numbered = re.search(r"%0?\d*d", path.name) and kind_of(path.parent) is PathKind.FOLDER  # a folder of images
    return [] if is_numbered else [no_file(path, where)]
