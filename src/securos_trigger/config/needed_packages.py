"""Looks for the packages that the parts of a configuration need and that an extra brings."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from securos_trigger.analytics.settings import DetectorSettings, TrackerSettings
from securos_trigger.config.agreement import Numbered
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.config.settings import MetricsSettings, PipelineSettings
from securos_trigger.errors import Mistake, extra_of
from securos_trigger.inputs.mqtt_settings import MqttSettings
from securos_trigger.inputs.stream_connection import StreamConnection


def package_mistakes(pipelines: Numbered, metrics: MetricsSettings, relay: RelaySettings | None) -> list[Mistake]:
    """The first part of the file that each extra is missing for: without it `run` does not start."""
    needed = [one for number, pipeline in pipelines for one in _of_pipeline(pipeline, f"pipelines[{number}]")]
    needed += [("metrics.port", "prometheus_client")] if metrics.port is not None else []
    needed += [("relay.servers", "nats")] if relay is not None else []
    found: dict[str, Mistake] = {}
    for where, module in needed:
        extra = extra_of(module)
        if extra is not None and extra not in found and not _is_there(module):
            what = f"this needs {module}, which the extra {extra} brings"
            found[extra] = Mistake(where, what, f"pip install 'securos-trigger[{extra}]'")
    return list(found.values())


def _of_pipeline(pipeline: PipelineSettings, place: str) -> Iterator[tuple[str, str]]:
    """The places of the parts of a pipeline, each with a package that it needs."""
    transport = getattr(pipeline.source, "transport", None)
    if not pipeline.has_input or isinstance(transport, StreamConnection):
        yield f"{place}.source.type", "av"
    elif isinstance(transport, MqttSettings):
        yield f"{place}.source.type", "paho"
    for index, node in enumerate(pipeline.nodes):
        if isinstance(node, DetectorSettings):
            yield from ((f"{place}.nodes[{index}].type", module) for module in ("numpy", "onnxruntime"))
        elif isinstance(node, TrackerSettings):
            yield from ((f"{place}.nodes[{index}].type", module) for module in ("numpy", "scipy"))
    if pipeline.sink.type != "null":
        yield from ((f"{place}.sink.type", module) for module in ("av", "numpy", "PIL"))


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # a program that hides it
        return False
