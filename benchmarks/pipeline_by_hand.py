"""The other side of bench_pipeline: the same pipeline as one script, as an integrator would write it.

python -m benchmarks.pipeline_by_hand VIDEO MODEL URL CERTIFICATE SPINNING     (the receiver's token in SECUROS_TOKEN)

Decode with PyAV, find people with onnxruntime, give them ids with ByteTrack, count those in the zone with supervision,
and post an event with requests when the zone fills. SPINNING is a setting of onnxruntime, 1 unless a person sets it to
0: threads that spin while they wait are faster on an idle machine, and take a core from other programs on a busy one.
The script keeps nothing when the receiver is down, it stops the video while it posts, and it says nothing about why it
did not fire. It prints the frames, the events and the time as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import av
import numpy as np
import onnxruntime
import requests
import supervision as sv
from trackers import ByteTrackTracker

SIZE = 416
MEAN = np.array([103.53, 116.28, 123.675], dtype=np.float32)
SPREAD = np.array([57.375, 57.12, 58.395], dtype=np.float32)
PERSON = 0
BINS = 11
THRESHOLD = 0.5
NMS_IOU = 0.6
ZONE = [(0.62, 0.36), (0.80, 0.20), (0.95, 0.45), (0.97, 0.80), (0.64, 0.68)]
ENOUGH = 3
INTERVAL_S = 2.0


class Detector:
    """NanoDet: people in a frame."""

    def __init__(self, model: str, spinning: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        options.add_session_config_entry("session.intra_op.allow_spinning", spinning)
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name

    def people(self, frame: av.VideoFrame) -> sv.Detections:
        pixels = frame.reformat(width=SIZE, height=SIZE, format="bgr24").to_ndarray()
        tensor = ((pixels.astype(np.float32) - MEAN) / SPREAD).transpose(2, 0, 1)[None]
        outputs = self.session.run(None, {self.input: np.ascontiguousarray(tensor)})
        levels = [level(outputs[index][0], outputs[index + 3][0]) for index in range(3)]
        corners = np.concatenate([corners for corners, _ in levels])
        scores = np.concatenate([scores for _, scores in levels])
        corners *= np.array([frame.width / SIZE, frame.height / SIZE] * 2)
        found = sv.Detections(corners, confidence=scores, class_id=np.full(len(scores), PERSON))
        return found.with_nms(NMS_IOU, class_agnostic=True)


def level(scores: Any, distances: Any) -> tuple[Any, Any]:
    """The people of one of the model's three levels: corners in pixels of its input, and scores."""
    cells = len(scores)
    columns = round(cells**0.5)
    stride = SIZE / columns
    rows = np.flatnonzero((scores.argmax(axis=1) == PERSON) & (scores[:, PERSON] >= THRESHOLD))
    weights = np.exp(distances[rows].reshape(len(rows), 4, BINS))
    sides = (weights @ np.arange(BINS)) / weights.sum(axis=2) * stride
    centres = (np.stack([rows % columns, rows // columns], axis=1) + 0.5) * stride
    return np.concatenate([centres - sides[:, :2], centres + sides[:, 2:]], axis=1), scores[rows, PERSON]


def main() -> None:
    video, model, url, certificate, spinning = sys.argv[1:]
    detector = Detector(model, spinning)
    tracker = ByteTrackTracker(frame_rate=10, track_activation_threshold=0.5, high_conf_det_threshold=0.5)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {os.environ['SECUROS_TOKEN']}"
    zone: sv.PolygonZone | None = None
    was_full, last_at_ticks = False, -INTERVAL_S
    frames = events = 0
    began_at_s = time.monotonic()
    with av.open(video) as container:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            frames += 1
            people: Any = tracker.update(detector.people(frame))
            if zone is None:
                zone = sv.PolygonZone(np.array([(x * frame.width, y * frame.height) for x, y in ZONE]).astype(int))
            inside = people[zone.trigger(people)]
            count = int((inside.tracker_id >= 0).sum())
            is_full = count >= ENOUGH
            if is_full and not was_full and frame.time - last_at_ticks >= INTERVAL_S:
                last_at_ticks = frame.time
                events += 1
                body = {
                    "camera_id": ["1"],
                    "event_name": "Group at the junction",
                    "event_description": f"{count} people",
                    "event_id": str(uuid.uuid4()),
                    "event_time": datetime.now(UTC).isoformat(),
                }
                session.post(url, json=body, timeout=5, verify=certificate).raise_for_status()
            was_full = is_full
    print(json.dumps({"frames": frames, "events": events, "elapsed_s": time.monotonic() - began_at_s}))


if __name__ == "__main__":
    main()
