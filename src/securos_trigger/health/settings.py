"""The configuration's `[health]` table."""

from pydantic import BaseModel, ConfigDict, Field


class HealthSettings(BaseModel):
    """When the service reports trouble of its own to the cameras in `health_camera_ids` (docs/health.md)."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str = Field(
        "",
        max_length=64,
        description="Name of this service in the reports. Left out: `identity.gateway_name`, else "
        "`identity.deployment_name`, else the host name of the machine.",
    )
    frames_stopped_after_s: float = Field(
        30.0, gt=0, allow_inf_nan=False, description="Seconds without a frame after which a pipeline counts as stopped."
    )
    outbox_oldest_after_s: float = Field(
        300.0, gt=0, allow_inf_nan=False, description="Seconds after which a waiting delivery counts as too old."
    )
    outbox_deep_at: int = Field(
        1_000,
        ge=1,
        description="Number of deliveries, neither delivered nor given up, from which they are too many.",
    )
    certificate_days: int = Field(
        30,
        ge=0,
        le=3_650,
        description="A receiver's certificate that ends within this many days is reported; `status` warns of it also "
        "without health cameras.",
    )
    steady_for_s: float = Field(
        10.0,
        ge=0,
        allow_inf_nan=False,
        description="A trouble is over when all has been healthy for this long without a break. Deliveries are "
        "reported when they have been too old or too many for this long.",
    )
