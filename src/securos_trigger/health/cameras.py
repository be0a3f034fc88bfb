"""The cameras that an input's source calls offline: one subject for each, watched from its first trouble on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from securos_trigger.health import texts
from securos_trigger.health.subjects import Evidence
from securos_trigger.health.texts import Text
from securos_trigger.health.troubles import Ended, Observation, Sign
from securos_trigger.model.heartbeat import Heartbeat

#: Cameras of one pipeline that are watched; more than any site has.
MAX_CAMERAS: Final = 1_000


@dataclass(slots=True)
class OfflineCamera:
    """Whether the source of a pipeline calls a camera offline. `camera` is its name there; empty: the source itself."""

    pipeline: str
    camera: str
    heartbeat: Heartbeat
    kind: ClassVar[str] = "camera_offline"

    @property
    def about(self) -> str:
        """The pipeline and the camera."""
        return f"{self.pipeline}/{self.camera}"

    def look(self, evidence: Evidence) -> Observation | None:
        """How the camera does; None: its source has not said yet."""
        state = self.heartbeat.cameras.get(self.camera)
        if state is None:
            return None
        return Observation(Sign.FAILING if state.offline_reason else Sign.HEALTHY, evidence.now.at, state.since_ticks)

    def begun(self, since: float, evidence: Evidence) -> Text:
        """The words for the beginning of the trouble."""
        state = self.heartbeat.cameras.get(self.camera)
        reason = "" if state is None else state.offline_reason
        return texts.camera_offline(self.pipeline, self.camera, reason, since, evidence.now)

    def ended(self, ended: Ended, evidence: Evidence) -> Text:
        """The words for its end."""
        return texts.camera_online(self.pipeline, self.camera, ended, evidence.now)


class WatchedCameras:
    """The cameras of each pipeline that have been offline: they stay watched."""

    def __init__(self) -> None:
        self._by_pipeline: dict[str, dict[str, None]] = {}

    def take_new(self, pipeline: str, heartbeat: Heartbeat) -> list[OfflineCamera]:
        """The cameras that are offline for the first time."""
        known = self._by_pipeline.setdefault(pipeline, {})
        names = [name for name, state in heartbeat.cameras.items() if state.offline_reason and name not in known]
        return [self._taken(pipeline, name, heartbeat) for name in names[: MAX_CAMERAS - len(known)]]

    def of(self, pipeline: str, heartbeat: Heartbeat) -> Iterator[OfflineCamera]:
        """All cameras of a pipeline that are watched."""
        return (OfflineCamera(pipeline, name, heartbeat) for name in self._by_pipeline.get(pipeline, {}))

    def restore(self, reported: Iterable[str], heartbeats: Mapping[str, Heartbeat]) -> list[OfflineCamera]:
        """The cameras whose trouble an earlier process has reported; `reported` are keys of troubles."""
        found = []
        for key in reported:
            kind, _, about = key.partition(" ")
            fitting = [name for name in heartbeats if kind == OfflineCamera.kind and about.startswith(f"{name}/")]
            if fitting:
                pipeline = max(fitting, key=len)
                camera = about.removeprefix(f"{pipeline}/")
                found.append(self._taken(pipeline, camera, heartbeats[pipeline]))
        return found

    def forget(self, pipeline: str) -> None:
        """The pipeline is no more."""
        self._by_pipeline.pop(pipeline, None)

    def _taken(self, pipeline: str, camera: str, heartbeat: Heartbeat) -> OfflineCamera:
        self._by_pipeline.setdefault(pipeline, {})[camera] = None
        return OfflineCamera(pipeline, camera, heartbeat)
