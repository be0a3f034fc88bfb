"""Which topics of ONVIF are about what a camera notices, and which are about the device itself."""

from __future__ import annotations

import re
from typing import Final

# First steps of topics that are about the device: its settings, its motors, its disks, the programs that it runs.
_OF_THE_DEVICE: Final = re.compile(
    r"monitoring|configuration|recording\w*|media\w*|network|ptz\w*|light(control|status)?|storage|videoencoder|"
    r"videooutput|audio(control|output|encoder)|connector|advancedsecurity|provisioning|mqtt|log"
)
# A motor that follows an object has seen one.
_TRACKING: Final = re.compile(r"\w*tracking")
# Below `Device`: its own state. What is not here is news: a maker's name for an alarm must not be lost.
_STATES: Final = re.compile(
    r"|hardwarefailure|\w*status|health|network|lights?|light(control|status)|mqtt|operat(ion|ing)mode|heartbeat|"
    r"(storage|edgestorage|disk|hdd|raid|sdcard)\w*|(fan|heater|temperature|power|powersupply|battery|cpu|memory)\w*|"
    r"ringpower\w*|systemmessage|system|time|clock|firmware|upgrade|reboot|restart|shutdown|livestream\w*|"
    r"\w*configuration\w*"
)
_OUTPUTS: Final = re.compile(r"(?!\w*input)\w*(relay|output)\w*")
# Below `VideoSource` and `AudioSource`: modes and the connection; the rest is what is seen or heard.
_MODES: Final = re.compile(
    r"daynight\w*|ircut\w*|livestream\w*|abr|autofocus|focus|signal\w*|\w*configuration\w*|"
    r"\w*(mode|profile|resolution|settings)changed"
)
_LOST: Final = re.compile(r"signal(loss|lost)")
_MEASUREMENTS: Final = frozenset(("metadata", "summary", "statistics"))
_SCHEDULES: Final = "recurring"


def is_of_the_device(topic: str) -> bool:
    """True for a state of the device (day or night, a preset, a full disk): it raises no event, whatever its value.

    `topic` is without prefixes. False for what comes from outside (a button, a digital input, a covered lens) and
    for any topic below `Device`, `VideoSource` and `AudioSource` that is not known as a state.
    """
    first, second, last = _steps(topic)
    if first == "device":
        return any(_OUTPUTS.fullmatch(step) for step in (second, last)) or _STATES.fullmatch(second) is not None
    if first in ("videosource", "audiosource"):
        return _MODES.fullmatch(second) is not None
    if first == "useralarm":
        return second == _SCHEDULES
    if first.startswith("ptz") and _TRACKING.fullmatch(second):
        return False
    return last in _MEASUREMENTS or _OF_THE_DEVICE.fullmatch(first) is not None


def is_video_loss(topic: str) -> bool:
    """True for the topic by which an encoder says that it has lost its camera."""
    first, second, _ = _steps(topic)
    return first == "videosource" and _LOST.fullmatch(second) is not None


def _steps(topic: str) -> tuple[str, str, str]:
    """The first, second and last step; empty: there is none."""
    steps = topic.lower().split("/")
    return steps[0], steps[1] if len(steps) > 1 else "", steps[-1]
