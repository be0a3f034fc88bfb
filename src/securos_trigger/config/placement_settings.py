"""The table `[placement]`, and what a pipeline needs of the machine that it is placed on (docs/ray.md)."""

import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from securos_trigger.validation import custom_mistake

_ADDRESS: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s/@:]+):\d{1,5}")


def _checked_address(address: str) -> str:
    if _ADDRESS.fullmatch(address):
        return address
    raise custom_mistake(
        "the address of Ray's head is HOST:PORT", 'Write ray_address = "head.example:6379", without ray:// before it.'
    )


def _whole_above_one(gpus: float) -> float:
    if gpus <= 1 or gpus.is_integer():
        return gpus
    raise custom_mistake("Ray gives a part of one GPU, or whole GPUs", "Write gpus = 0.5, gpus = 1 or gpus = 2.")


class PlacementSettings(BaseModel):
    """The Ray cluster that `securos-trigger cluster run` places pipelines on."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    ray_address: Annotated[str, AfterValidator(_checked_address)] = Field(
        description="The head of the Ray cluster, `HOST:PORT`, as `ray start --address` has it."
    )
    token_file: Path | None = Field(
        None, description="File with the token of the Ray cluster. Left out: `~/.ray/auth_token`, or RAY_AUTH_TOKEN."
    )


class PipelinePlacement(BaseModel):
    """What a pipeline needs of the machine that it is placed on."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    cpus: float = Field(1.0, ge=0, le=1024, allow_inf_nan=False, description="Processor cores.")
    gpus: Annotated[float, AfterValidator(_whole_above_one)] = Field(
        0.0, ge=0, le=64, allow_inf_nan=False, description="GPUs; 0.25 is a quarter of one."
    )
    resources: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(
        default_factory=dict,
        description="Other resources, by the names that `ray start --resources` gives them: `{ yard_network = 1 }`.",
    )
