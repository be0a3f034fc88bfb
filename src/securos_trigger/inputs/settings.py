"""The settings that every input has. Each kind adds its own, beside its parser."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from securos_trigger.inputs.happening import Reading
from securos_trigger.validation.camera_ids import normal_camera_ids
from securos_trigger.validation.mistakes import custom_mistake


def _as_ids(value: object) -> object:
    """SecurOS ids of one source: `"2,3"`, a number, or a list of them, as one text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list) and all(isinstance(one, str | int) and not isinstance(one, bool) for one in value):
        return ",".join(str(one) for one in value)
    return value


def _is_some(value: str) -> str:
    if not value.replace(",", " ").strip():
        raise custom_mistake("names no camera", 'Write the ids in SecurOS, such as "1" or "2,3".')
    return normal_camera_ids(value) or value


#: Ids of cameras in SecurOS, as `"2,3"`.
CameraIds = Annotated[str, BeforeValidator(_as_ids), AfterValidator(_is_some)]
#: Width and height of the frames that boxes belong to, pixels.
FrameSize = tuple[Annotated[int, Field(ge=1, le=100_000)], Annotated[int, Field(ge=1, le=100_000)]]


class InputSettings(BaseModel):
    """What every input has."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str = Field("", description="Name of the source. Default: its kind.")
    cameras: dict[str, CameraIds] = Field(
        default_factory=dict,
        description='The camera map: the source\'s name for a camera, and its ids in SecurOS (`"2,3"`). '
        '`"*"` is for all others; without it, a camera that is not here raises no event and is counted.',
    )
    age_limit_s: float = Field(
        300.0,
        gt=0,
        le=86_400,
        description="A message older than this many seconds, by its own time, raises no event. Not for live streams.",
    )

    @property
    def input_name(self) -> str:
        """The name of the input in `nodes.<input>`: letters, digits and underscores."""
        return re.sub(r"\W", "_", self.source_name)

    @property
    def source_name(self) -> str:
        """What the source is called in notices."""
        return self.name or str(type(self).model_fields["type"].default)

    @property
    def mqtt_topics(self) -> tuple[str, ...]:
        """The topics to subscribe to; empty: the kind has none of its own, and they are to be set."""
        return ()

    @property
    def topics_example(self) -> str:
        """Where the topics stand in the source's own configuration, and what to write; for a kind without its own."""
        return 'List them: topics = ["cameras/+/events"].'

    def is_event(self, reading: Reading) -> bool:
        """True when what a reading says counts as something that begins, changes or ends."""
        return True

    def is_presence(self, reading: Reading) -> bool:
        """True when the thing of a reading stands among the objects for as long as it is here."""
        return True
