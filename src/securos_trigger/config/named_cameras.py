"""Which cameras in SecurOS events of a configuration may go to: all places where the number of one can come from."""

from __future__ import annotations

from securos_trigger.config.settings import Settings
from securos_trigger.inputs.camera_map import ids_in
from securos_trigger.inputs.source_settings import InputSourceSettings

#: The kind of input whose events name their cameras themselves.
_NAMES_CAMERAS = "lumeoevent"


def named_cameras(settings: Settings) -> dict[str, set[str]]:
    """The ids that the file names, by receiver: of nodes, of camera maps, and of health reports."""
    found: dict[str, set[str]] = {}
    for pipeline in settings.pipelines:
        source = pipeline.source
        mapped = ids_in(source.reads.cameras) if isinstance(source, InputSourceSettings) else ()
        for trigger in pipeline.triggers:
            properties = trigger.properties
            own = found.setdefault(str(properties.target), set())
            own.update(properties.camera_ids or mapped, properties.health_cameras)
    return found


def names_all_cameras(settings: Settings) -> bool:
    """False: events come that others have made, and that may name any camera."""
    return all(pipeline.source.type != _NAMES_CAMERAS for pipeline in settings.pipelines)
