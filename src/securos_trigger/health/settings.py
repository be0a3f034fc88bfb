"""The configuration's `[health]` table."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class HealthSettings(BaseModel):
    """When the bridge reports trouble of its own to the cameras in `health_camera_ids` (docs/health.md)."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    frames_stopped_after_s: float = Field(
        30.0, gt=0, allow_inf_nan=False, description="A pipeline without a frame for this long has stopped."
    )
    outbox_oldest_after_s: float = Field(
        300.0, gt=0, allow_inf_nan=False, description="A delivery that waits longer does not get through."
    )
    outbox_deep_at: int = Field(
        1_000, ge=1, description="From this number on, deliveries that are neither delivered nor given up are too many."
    )
    certificate_days: int = Field(
        30, ge=0, le=3_650, description="A receiver's certificate that ends within this many days ends soon."
    )
    steady_for_s: float = Field(
        10.0,
        ge=0,
        allow_inf_nan=False,
        description="A trouble is over when all has been healthy for this long without a break. Deliveries must have "
        "been too old or too many for as long, too.",
    )
