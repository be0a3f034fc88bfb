"""What an actor is given: one pipeline of a configuration, as plain data that travels to another machine."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from securos_trigger.config.placement_settings import PipelinePlacement
from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import Settings
from securos_trigger.relay.names import token_of

#: The table `[placement]` says where Ray is; another address of the same cluster changes no pipeline.
_NAMESPACE = "securos-trigger"


@dataclass(frozen=True, slots=True)
class Assignment:
    """One pipeline. `text` is the whole configuration, `base` the folder that its relative paths begin at.

    Secrets that `text` names by a file or by a variable are read on the machine that runs the pipeline.
    """

    pipeline: str
    text: str
    base: str
    version: str

    @property
    def digest(self) -> str:
        """Another one for every other content: an actor with the same is left alone."""
        content = json.dumps([self.pipeline, self.text, self.base, self.version])
        return hashlib.sha256(content.encode()).hexdigest()

    def settings(self) -> Settings:
        """The whole configuration, as this machine reads it. ConfigurationError: it has mistakes here."""
        return parse_config(self.text, base=Path(self.base), source=self.pipeline)


def namespace_of(stream: str, site: str) -> str:
    """The namespace of the actors of a site in Ray: one for each name of streams and of a site on them."""
    return f"{_NAMESPACE}.{stream}.{token_of(site)}"


def demands_of(placement: PipelinePlacement | None) -> dict[str, float]:
    """What a pipeline needs of a machine, by the names that Ray has for it."""
    wanted = placement or PipelinePlacement()
    found = {"CPU": wanted.cpus, "GPU": wanted.gpus, **wanted.resources}
    return {name: amount for name, amount in found.items() if amount}
