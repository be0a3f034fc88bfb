"""What kinds that read one device have in common: its name, and the parts of an event that are live."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from pydantic import Field

from securos_trigger.inputs.camera_map import ANY_SOURCE
from securos_trigger.inputs.settings import InputSettings

#: Events in one message of a stream: a recorded one may have thousands.
MAX_PARTS: Final = 20_000
_MOST_EVENTS: Final = 2_000
_MOST_PARTS: Final = 64


class DeviceSettings(InputSettings):
    """An input that reads one device."""

    device: str = Field(
        "", max_length=200, description="Name of the device in the camera map. Default: the name of the source."
    )

    @property
    def device_name(self) -> str:
        """The name by which the camera map knows the device."""
        return self.device or self.name or str(type(self).model_fields["type"].default)

    @property
    def level_source(self) -> str | None:
        """The source of what is said of the whole device: None where the map has rows for its channels only."""
        has_row = self.device_name in self.cameras or ANY_SOURCE in self.cameras
        has_channels = any(name.startswith(f"{self.device_name}#") for name in self.cameras)
        return None if has_channels and not has_row else self.device_name


class LiveParts:
    """The parts (regions, rules, objects) of each event that are live, for an end that does not name its part."""

    def __init__(self) -> None:
        self._parts: OrderedDict[str, dict[str, None]] = OrderedDict()

    def begin(self, event: str, part: str) -> None:
        """Remember a part of an event."""
        parts = self._parts.setdefault(event, {})
        self._parts.move_to_end(event)
        parts[part] = None
        if len(parts) > _MOST_PARTS:
            del parts[next(iter(parts))]
        if len(self._parts) > _MOST_EVENTS:
            self._parts.popitem(last=False)

    def of(self, event: str) -> Sequence[str]:
        """The live parts of an event."""
        return tuple(self._parts.get(event, ()))

    def end(self, event: str, part: str) -> None:
        """Forget a part of an event."""
        parts = self._parts.get(event)
        if parts is not None:
            parts.pop(part, None)
            if not parts:
                del self._parts[event]
