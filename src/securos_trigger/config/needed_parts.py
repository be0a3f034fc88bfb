"""Looks for what a run needs on this machine: models, functions, videos, optional packages. It opens none of them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from securos_trigger.analytics.settings import DetectorSettings, FunctionSettings
from securos_trigger.config.agreement import Numbered
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.config.settings import MetricsSettings
from securos_trigger.errors import Mistake
from securos_trigger.video.settings import FileSourceSettings

_RELATIVE = "A relative path begins at the folder of the configuration file."


def part_mistakes(pipelines: Numbered, metrics: MetricsSettings, relay: RelaySettings | None = None) -> list[Mistake]:
    """Parts without which `run` does not start."""
    mistakes = []
    for number, pipeline in pipelines:
        for index, node in enumerate(pipeline.nodes):
            setting, file = _file_of(node)
            if file is not None and not file.is_file():
                where = f"pipelines[{number}].nodes[{index}].{setting}"
                mistakes.append(Mistake(where, f"there is no file {file}", _RELATIVE))
    if metrics.port is not None and find_spec("prometheus_client") is None:
        what = "this needs prometheus_client, which is not installed"
        mistakes.append(Mistake("metrics.port", what, "pip install 'securos-trigger[metrics]'"))
    if relay is not None and find_spec("nats") is None:
        what = "this needs nats-py, which is not installed"
        mistakes.append(Mistake("relay.servers", what, "pip install 'securos-trigger[cluster]'"))
    return mistakes


def _file_of(node: object) -> tuple[str, Path | None]:
    """The setting of a node that names a file it cannot do without, and the file."""
    if isinstance(node, DetectorSettings):
        return "model", node.model
    return ("file", node.file) if isinstance(node, FunctionSettings) else ("", None)


def file_warnings(pipelines: Numbered) -> list[Mistake]:
    """Video files that are not there: their pipeline fails, the others run."""
    return [
        Mistake(f"pipelines[{number}].source.path", f"there is no file {pipeline.source.path}", _RELATIVE)
        for number, pipeline in pipelines
        if isinstance(pipeline.source, FileSourceSettings) and not pipeline.source.path.is_file()
    ]
