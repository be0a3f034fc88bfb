"""The table `[images]`: an image of the moment of each event, kept on this machine (docs/console.md)."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class ImagesSettings(BaseModel):
    """Images of events, for the console. Without this table none is kept. They never leave this machine."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    max_size_mb: int = Field(500, ge=10, description="Largest size of all images together; the oldest are deleted.")
    keep_days: float = Field(7.0, gt=0, le=366, description="An image of this age is deleted.")
    max_width: int = Field(1280, ge=64, le=3840, description="A wider image is scaled down to this width, in pixels.")


def images_path(outbox: Path) -> Path:
    """The folder of the images that belong to this outbox file."""
    return outbox.with_name(f"{outbox.stem}.images")
