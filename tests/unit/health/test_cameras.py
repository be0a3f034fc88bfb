"""The cameras that are watched: each from its first trouble on."""

from __future__ import annotations

from securos_trigger.health.cameras import MAX_CAMERAS, WatchedCameras
from securos_trigger.model.heartbeat import CameraState, Heartbeat


def heartbeat_of(**reasons: str) -> Heartbeat:
    return Heartbeat(cameras={name: CameraState(reason, 5.0) for name, reason in reasons.items()})


def test_a_camera_is_new_once_and_stays_watched() -> None:
    watched, heartbeat = WatchedCameras(), heartbeat_of(gate="offline", yard="")
    assert [one.about for one in watched.take_new("site", heartbeat)] == ["site/gate"]
    assert watched.take_new("site", heartbeat) == []
    assert [one.camera for one in watched.of("site", heartbeat)] == ["gate"]
    watched.forget("site")
    assert list(watched.of("site", heartbeat)) == []


def test_a_source_with_very_many_cameras_does_not_grow_the_watch_without_end() -> None:
    watched, heartbeat = WatchedCameras(), heartbeat_of(**{f"c{one}": "offline" for one in range(MAX_CAMERAS + 5)})
    assert len(watched.take_new("site", heartbeat)) == MAX_CAMERAS


def test_what_an_earlier_process_has_reported_is_found_by_its_pipeline() -> None:
    heartbeats = {"site": Heartbeat(), "site/north": Heartbeat()}
    reported = [
        "camera_offline site/north/gate",
        "camera_offline site/",
        "camera_offline gone/x",
        "frames_stopped site",
    ]
    found = WatchedCameras().restore(reported, heartbeats)
    assert [(one.pipeline, one.camera) for one in found] == [("site/north", "gate"), ("site", "")]
