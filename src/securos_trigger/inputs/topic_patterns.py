"""Topics with places in them: `cameras/{camera}_{label}/state`. Known cameras make clear where a name ends.

And how topics are written: plain ones, and those with MQTT's wildcards. What is wrong raises a `custom_mistake`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Final

from pydantic import AfterValidator

from securos_trigger.validation.mistakes import custom_mistake

_PLACE: Final = re.compile(r"\{(\w+)\}")
_LONGEST_TOPIC: Final = 1_024
_WILDCARD: Final = re.compile(r"[+#]")


def topic_prefix(written: str) -> str:
    """The beginning of topics without `/` around it. Refused: wildcards, which no topic of a message has."""
    if _WILDCARD.search(written):
        raise custom_mistake(
            f'"{written[:80]}" has a wildcard of MQTT, and the plain beginning of the topics is expected',
            "Write it as in the source's own settings, without + and #: what stands below it is read.",
        )
    prefix = written.strip().strip("/")
    if not prefix:
        raise custom_mistake("names no topic", "Write the beginning of the topics, as in the source's own settings.")
    return prefix


def topic_filter(written: str) -> str:
    """A topic to subscribe to. Refused: wildcards where MQTT allows none, for which brokers end the connection."""
    levels = written.split("/")
    if any(_WILDCARD.search(one) and one not in ("+", "#") for one in levels) or "#" in levels[:-1]:
        raise custom_mistake(
            f'"{written[:80]}" is not a topic to subscribe to: + and # stand alone between slashes, and # at the end',
            'Write it like "cameras/+/events" or "cameras/#".',
        )
    return written


#: The beginning of all topics of a source.
TopicPrefix = Annotated[str, AfterValidator(topic_prefix)]
#: A topic, perhaps with wildcards.
TopicFilter = Annotated[str, AfterValidator(topic_filter)]


class TopicPattern:
    """A topic with places: `{camera}`, `{label}`, `{zone}`, `{rule}`, `{any}`; each is a part of one level."""

    def __init__(self, written: str, values: Mapping[str, str], cameras: Iterable[str]) -> None:
        self._regex = _compiled(written, values, "[^/]+")
        known = sorted(cameras, key=len, reverse=True)
        self._with_camera = _compiled(written, values, "|".join(map(re.escape, known))) if known else None

    def match(self, topic: str) -> tuple[dict[str, str], bool] | None:
        """The values of the places, and whether the camera is a known one; None: the topic does not fit."""
        if len(topic) > _LONGEST_TOPIC:
            return None
        if self._with_camera is not None and (found := self._with_camera.fullmatch(topic)) is not None:
            return found.groupdict(), True
        found = self._regex.fullmatch(topic)
        return None if found is None else (found.groupdict(), False)


def subscription_to(written: str, values: Mapping[str, str]) -> str:
    """What to subscribe to for a topic with places: `+` for each level that has one."""
    filled = _PLACE.sub(lambda place: values.get(place[1], place[0]), written)
    return "/".join("+" if _PLACE.search(level) else level for level in filled.split("/"))


def _compiled(written: str, values: Mapping[str, str], camera: str) -> re.Pattern[str]:
    text, at, seen = "", 0, set()
    for place in _PLACE.finditer(written):
        text += re.escape(written[at : place.start()])
        at = place.end()
        name = place[1]
        if name in values:
            text += re.escape(values[name])
        elif name in seen or name == "any":
            text += "[^/]+"
        else:
            text += f"(?P<{name}>{camera if name == 'camera' else '[^/]+'})"
            seen.add(name)
    return re.compile(text + re.escape(written[at:]))
