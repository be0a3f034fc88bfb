"""A source without images: everything that needs no image runs behind it, and no heavy library is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = '''\
import json, sys, threading
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from securos_trigger.analytics import build
from securos_trigger.analytics.settings import NodeSettings
from securos_trigger.config.settings import OutboxSettings
from securos_trigger.model import Frame, Moment
from securos_trigger.notices import Announcer
from securos_trigger.pipeline.loop import Pipeline
from securos_trigger.pipeline.steps import TriggerStep
from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.trigger.context import Context
from securos_trigger.video import open_sink
from securos_trigger.video.settings import NullSinkSettings

folder = Path(sys.argv[1])


class Radar:
    """A hand-written source: one object that walks 10 pixels a frame to the right."""

    name = "radar"
    is_live = False
    figures = SourceFigures()

    def frames(self, stop):
        for number in range(20):
            rect = {"left": 10.0 * number, "top": 90.0, "width": 10, "height": 20}
            metadata = {"objects": [{"id": 1, "label": "person", "rect": rect}]}
            yield Frame(Moment(number / 10, datetime.now(UTC), "radar"), None, metadata, declared_size=(200, 200))


nodes = TypeAdapter(list[NodeSettings]).validate_python(
    [
        {"type": "function", "file": folder / "mine.py"},
        {"type": "line_counter", "units": "fractions", "lines": {"gate": [[0.5, 1.0], [0.5, 0.0]]}},
        {"type": "zone_presence", "rois": {"yard": [[0, 0], [100, 0], [100, 200], [0, 200]]}, "min_presence_s": 0},
        {"type": "event", "event_type": "crossed", "condition": "nodes.annotate_line_counter1.lines.gate.total_objects_crossed > 0"},
        {"type": "metadata_recorder", "path": folder / "seen.jsonl"},
    ]
)
with Dispatch(OutboxSettings(path=folder / "outbox.sqlite"), Announcer()) as dispatch:
    properties = TriggerProperties(iss_ip="127.0.0.1", iss_port="9", iss_password="token", event_source="built_in")
    live = dispatch.add(properties, Context(node_id="alarm"), "site")
    steps = [*(build(node) for node in nodes), TriggerStep("alarm", live.process_frame)]
    result = Pipeline(Radar(), steps, open_sink(NullSinkSettings())).run(threading.Event())
last = json.loads((folder / "seen.jsonl").read_text().splitlines()[-1])["metadata"]
print(json.dumps({
    "faults": dict(result.faults),
    "frames": result.frames_written,
    "events": result.events_fired,
    "kept": dispatch.kept,
    "size": last["size"],
    "crossed": last["nodes"]["annotate_line_counter1"]["lines"]["gate"]["dir1_objects_crossed"],
    "entered": last["nodes"]["annotate_presence1"]["rois"]["yard"]["objects_entered_count"],
    "heavy": sorted({"av", "numpy", "onnxruntime", "scipy", "PIL"} & set(sys.modules)),
}))
'''

FUNCTION = """\
def process_frame(frame, **kwargs):
    meta, info = frame.meta(), frame.video_info()
    meta.set_field("size", [info.width, info.height])
    meta.save()
"""


def test_metadata_without_images_runs_through_every_node_that_needs_none(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(FUNCTION)
    done = subprocess.run([sys.executable, "-c", PROGRAM, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "faults": {},
        "frames": 20,
        "events": 1,
        "kept": 1,
        "size": [200, 200],
        "crossed": 1,
        "entered": 1,
        "heavy": [],
    }
