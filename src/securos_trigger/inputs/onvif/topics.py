"""Which topics of ONVIF are about what a camera notices, and which are about the device itself."""

from __future__ import annotations

import re
from typing import Final

# First steps of topics that are about the device: its settings, its motors, its disks, the programs that it runs.
_OF_THE_DEVICE: Final = re.compile(
    r"monitoring|configuration|recording\w*|media\w*|network|ptz\w*|light\w*|storage|videoencoder|videooutput|"
    r"audio(control|output|encoder)|connector|advancedsecurity|provisioning|mqtt|log"
)
# Below `Device`: what is wired to it or touches it. Everything else there is the device's own state.
_OUTSIDE: Final = re.compile(r"trigger|io|sensor|casing|tamper\w*|\w*alarm\w*|\w*input\w*")
_OUTPUTS: Final = re.compile(r"relay|\w*output\w*")
# Below `VideoSource` and `AudioSource`: modes and the connection; the rest is what is seen or heard.
_MODES: Final = re.compile(r"daynight\w*|ircut\w*|livestream\w*|abr|\w*focus|signal\w*|\w*configuration\w*|\w*changed")
_LOST: Final = re.compile(r"signal(loss|lost)")
_MEASUREMENTS: Final = frozenset(("metadata", "summary", "statistics"))
_SCHEDULES: Final = "recurring"


def is_of_the_device(topic: str) -> bool:
    """True for a state of the device (day or night, a preset, a full disk): it raises no event, whatever its value.

    `topic` is without prefixes. A digital input, an opened housing and a covered lens come from outside: False.
    """
    first, second, last = _steps(topic)
    if first == "device":
        return _OUTSIDE.fullmatch(second) is None or _OUTPUTS.fullmatch(last) is not None
    if first in ("videosource", "audiosource"):
        return _MODES.fullmatch(second) is not None
    if first == "useralarm":
        return second == _SCHEDULES
    return last in _MEASUREMENTS or _OF_THE_DEVICE.fullmatch(first) is not None


def is_video_loss(topic: str) -> bool:
    """True for the topic by which an encoder says that it has lost its camera."""
    first, second, _ = _steps(topic)
    return first == "videosource" and _LOST.fullmatch(second) is not None


def _steps(topic: str) -> tuple[str, str, str]:
    """The first, second and last step; empty: there is none."""
    steps = topic.lower().split("/")
    return steps[0], steps[1] if len(steps) > 1 else "", steps[-1]
