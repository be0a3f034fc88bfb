from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.never_fires import NEVER_FIRES
from securos_trigger.config.reader import parse_config

RTSP = '{ type = "rtsp", url = "rtsp://camera7.example/live" }'
MQTT = '{ type = "frigate", broker = "mqtt://broker.example:1883" }'
NODES = {
    "d": 'type = "detector"',
    "t": 'type = "tracker"',
    "z": 'type = "zone_presence"\nid = "bay"\nrois = { door = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]] }\nunits = "fractions"',
    "e": 'type = "event"\nid = "made"\nevent_type = "someone"\ncondition = "len(objects) > 0"',
    "f": 'type = "function"\nid = "mine"\nmodule = "mine.py"',
}
SENDS = 'type = "trigger_securos_event"\niss_ip = "vms.example"\niss_port = "3443"\niss_camera_ids = "7"\niss_password = "token"\n'
BUILT_IN = 'event_source = "built_in"'
COUNT = "nodes.bay.rois.door.current_objects_count"


def never_fires(folder: Path, nodes: str, asks: str, *, source: str = RTSP) -> bool:
    """Whether the trigger behind these nodes (letters of NODES) is said to never fire. `asks`: its condition."""
    custom = f'event_source = "custom"\nevent_name = "Person"\ninterval = 60\ntrigger = "{asks}"'
    tables = [*(NODES[letter] for letter in nodes), SENDS + (BUILT_IN if asks == BUILT_IN else custom)]
    text = f'[[pipelines]]\nname = "yard"\nsource = {source}\n'
    text += "".join(f"[[pipelines.nodes]]\n{table}\n" for table in tables)
    settings = parse_config(text, base=folder, has_secrets=False, has_all_warnings=True)
    return any(warning.what == NEVER_FIRES for warning in settings.placed_warnings)


@pytest.mark.parametrize(
    ("nodes", "asks"),
    [
        ("", "people > 0"),
        ("t", "len(objects) > 0"),
        ("dz", f"{COUNT} > 0"),
        ("tz", f"{COUNT} >= 1"),
        ("dtz", "nodes.bays.rois.door.current_objects_count > 0"),
        ("dtz", "nodes.bay.rois.doors.current_objects_count > 0 and len(objects) > 0"),
        ("dz", f"{COUNT} > 0 or nodes.other > 0"),
        ("d", BUILT_IN),
        ("e", BUILT_IN),
    ],
)
def test_what_nothing_before_it_writes_never_fires(nodes: str, asks: str, tmp_path: Path) -> None:
    assert never_fires(tmp_path, nodes, asks)


@pytest.mark.parametrize(
    ("nodes", "asks"),
    [
        ("dtz", f"{COUNT} > 0"),
        ("dz", f"{COUNT} == 0"),  # it is true on every frame
        ("dz", f"{COUNT} > 0 or len(objects) > 0"),
        ("dtz", "not (nodes.bays.x > 0) or len(objects) > 3"),
        ("d", "len([o for o in objects if o.label == 'person']) > 0"),
        ("", "1 == 1"),
        ("de", BUILT_IN),
    ],
)
def test_what_may_be_true_is_not_said_to_never_fire(nodes: str, asks: str, tmp_path: Path) -> None:
    assert not never_fires(tmp_path, nodes, asks)


def test_what_code_of_the_user_or_an_input_writes_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def process(frame):\n    pass\n")
    assert not never_fires(tmp_path, "f", "people > 0")
    assert not never_fires(tmp_path, "", "people > 0", source=MQTT)
