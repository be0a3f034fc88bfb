"""Checks what nodes or tables of a configuration must agree about: one receiver, CA files, this machine's name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.config.settings import IdentitySettings, PipelineSettings, TriggerSettings
from securos_trigger.errors import Mistake
from securos_trigger.model import Target
from securos_trigger.validation.connection import CA_FILE_FIX, ca_file_problem

#: The pipelines that could be read, each with its number in the file.
Numbered = Sequence[tuple[int, PipelineSettings]]

#: Properties that nodes of one target must share, because one courier serves the target.
SHARED_BY_TARGET = ("iss_password", "iss_certificate_sha256", "iss_ca_file", "record_max_lateness")


def triggers_of(pipelines: Numbered) -> Iterator[tuple[str, TriggerSettings]]:
    """All trigger nodes, each with its place: `pipelines[0].nodes[2]`."""
    for number, pipeline in pipelines:
        for index, node in enumerate(pipeline.nodes):
            if isinstance(node, TriggerSettings):
                yield f"pipelines[{number}].nodes[{index}]", node


def target_mistakes(pipelines: Numbered) -> list[Mistake]:
    """Mistakes of nodes that send to one receiver and disagree about how to reach it."""
    first: dict[Target, TriggerSettings] = {}
    mistakes = []
    for where, trigger in triggers_of(pipelines):
        other = first.setdefault(trigger.properties.target, trigger)
        for name in SHARED_BY_TARGET:
            if getattr(trigger.properties, name) != getattr(other.properties, name):
                what = f"differs from the one of {other.id}, which has the same receiver {other.properties.target}"
                mistakes.append(Mistake(f"{where}.{name}", what, "Nodes with one receiver share this property."))
    return mistakes


def gateway_mistakes(relay: RelaySettings | None, identity: IdentitySettings) -> list[Mistake]:
    """A relay without a name for this machine: the cluster could not say what became of its events."""
    if relay is None or relay.gateway or identity.gateway_id:
        return []
    fix = 'Write gateway = "gate-7", or gateway_id in [identity]: a name that no other machine has.'
    return [Mistake("relay.gateway", "this machine needs a name in the cluster", fix)]


def ca_file_mistakes(pipelines: Numbered) -> list[Mistake]:
    """CA files that cannot be read, or that hold no certificate: no delivery could begin."""
    mistakes = []
    for where, trigger in triggers_of(pipelines):
        file = trigger.properties.iss_ca_file
        what = ca_file_problem(Path(file)) if file and trigger.properties.iss_scheme == "https" else ""
        if what:
            mistakes.append(Mistake(f"{where}.iss_ca_file", what, CA_FILE_FIX))
    return mistakes
