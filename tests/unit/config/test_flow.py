"""Slips that people make in whole configurations, and configurations that are right.

`slips/NAME.toml` is the slip, `slips/NAME.txt` all that `check` says of it; `FOLDER` stands for the folder.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from securos_trigger.analytics.declarations import DECLARATIONS
from securos_trigger.analytics.settings import NodeSettings
from securos_trigger.config.reader import parse_config
from securos_trigger.errors import ConfigurationError
from securos_trigger.operations.check import check_config
from securos_trigger.trigger.properties import TriggerProperties

SLIPS = Path(__file__).parent / "slips"
ROOT = Path(__file__).parents[3]


def said_of(site: Path) -> str:
    """All that a check says of a configuration, without the head line, and of a file that everybody may read."""
    try:
        result = check_config(site)
    except ConfigurationError as error:
        return str(error).split("\n", 1)[1]
    warnings = (one for one in result.warnings if "holds a password and others may use it" not in one)
    return "\n".join(f"warning: {one}" for one in warnings) or "ok"


@pytest.mark.parametrize("slip", sorted(path.stem for path in SLIPS.glob("*.toml")))
def test_a_slip_is_found_with_its_line_and_how_to_fix_it(slip: str) -> None:
    expected = (SLIPS / f"{slip}.txt").read_text(encoding="utf-8")
    assert said_of(SLIPS / f"{slip}.toml").replace(str(SLIPS), "FOLDER") + "\n" == expected


HEAD = """\
[[pipelines]]
name = "yard"
source = { type = "rtsp", url = "rtsp://viewer:password@camera7.example/live" }
"""
CHAIN: dict[str, str] = {
    "detector": "",
    "tracker": "",
    "line_counter": "lines = { gate = [[0, 300], [767, 300]] }",
    "zone_presence": "rois = { bay = [[300, 150], [560, 150], [600, 400]] }",
    "event": 'event_type = "line_crossed"\ncondition = "len(objects) > 0"',
}
DETECTOR = '\n[[pipelines.nodes]]\ntype = "detector"\n'
TRIGGER = """
[[pipelines.nodes]]
type = "trigger_securos_event"
iss_ip = "vms.example"
iss_port = "3443"
iss_camera_ids = "7"
iss_password = "token"
event_source = "custom"
"""
FIRES = """\
event_name = "Someone"
trigger = "nodes.annotate_line_counter1.lines.gate.total_objects_crossed_delta > 0"
"""


def site(node: str = "", more: str = "", trigger: str = FIRES) -> str:
    """A pipeline with every node; the node of the type `node` has the lines `more`, too."""
    nodes = "".join(
        f'\n[[pipelines.nodes]]\ntype = "{kind}"\n{lines}\n{more if kind == node else ""}\n'
        for kind, lines in CHAIN.items()
    )
    return HEAD + nodes + TRIGGER + trigger


def conditions() -> Iterator[str]:
    """A condition for every field that a node writes."""
    ids = {model.model_fields["type"].default: model.model_fields["id"].default for model in models()}
    for kind, declared in DECLARATIONS.items():
        for field in declared.fields:
            path = field.path.replace("<id>", str(ids[kind]))
            path = path.replace("<name>", {"line_counter": "gate", "zone_presence": "bay"}.get(kind, ""))
            head, *below = path.split("[]")
            number = "< 100" if field.change else "> 0"  # a count since the start stays above
            test = f'== "{field.example}"' if isinstance(field.example, str) else number
            if not below:
                yield f"{path} {test}"
            elif len(below) == 1:
                yield f"any(o{below[0]} {test} for o in {head})"
            else:
                yield f"any(a{below[1]} {test} for o in {head} for a in o{below[0]})"


def models() -> list[Any]:
    return list(get_args(get_args(NodeSettings)[0]))


def toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return repr(value) if isinstance(value, int | float) else f'"{value}"'


def settings() -> Iterator[tuple[str, str]]:
    """Every setting of every node, at its default."""
    for model in models():
        kind = model.model_fields["type"].default
        for name, field in model.model_fields.items():
            given = CHAIN.get(kind)
            is_given = given is None or name == "type" or f"{name} = " in given or field.is_required()
            if not is_given and field.default is not None and field.default != {}:
                yield kind, f"{name} = {toml(field.default)}"


def properties() -> Iterator[str]:
    """Every property of the trigger node, at its default."""
    for name, field in TriggerProperties.model_fields.items():
        if field.default is not None and not name.startswith("iss_port") and name != "event_source":
            yield f"{name} = {toml(getattr(field.default, 'value', field.default))}"


MORE_CONDITIONS = [
    "objects[0].label in ['person', 'car'] and objects[0].probability > 0.6",
    "sum(1 for o in objects if o.probability > 0.5) >= 2",
    "nodes.annotate_presence1.rois.*.current_objects_count >= 4",
    "nodes.annotate_presence*.rois.bay.current_objects_count >= 4",
    "2 <= nodes.annotate_presence1.rois.bay.current_objects_count < 5",
    "max(r.current_objects_count for r in nodes.annotate_presence1.rois.*) >= 3",
    "not (len(objects) > 3) and nodes.event1.event_state == 1",
    "any(o.label != 'person' for o in objects) or len(objects) == 0",
    "any(o.id == 3 for o in nodes.annotate_presence1.rois.bay.current_objects)",
    "objects[0].rect.left + objects[0].rect.width > 300",
    "lower(objects[0].label) == 'person'",
    "any(o.label != 'truck' for o in objects) and upper(objects[0].label) == 'CAR'",
    "0.5 < objects[0].probability <= 1",
    "objects[0].probability >= 0.5 and objects[0].probability <= 1",
    "objects[0].probability * 100 > 50",
    "len(objects) >= 0",
    "round(objects[0].probability) >= 1",
    "objects[0].rect.left >= 0 and objects[0].rect.width > 1",
    "nodes.annotate_line_counter1.lines.gate.dir1_objects_crossed - 5 > 0",
    "nodes.annotate_line_counter1.lines.gate.dir1_objects_crossed - nodes.event1.event_state < 0",
    "abs(objects[0].rect.left - objects[1].rect.left) < 40.5",
    "any(o.present_s > 3600 for o in nodes.annotate_presence1.rois.bay.current_objects)",
    "nodes.event1.event_delta == 1 and nodes.event1.event_state == 0",
]
#: Right with interval = 0: each of them is true on a frame with a change only.
OF_ONE_FRAME = [
    "nodes.annotate_line_counter1.lines.gate.total_objects_crossed_delta > 0 and len(objects) > 3",
    "nodes.annotate_line_counter1.lines.gate.dir1_objects_crossed_delta > 0 or nodes.event1.event_delta == 1",
    "any(o.label == 'person' for o in nodes.annotate_line_counter1.lines.gate.cur_dir1_objects)",
    "not nodes.annotate_presence1.rois.bay.objects_entered_delta == 0",
    "nodes.*.lines.*.total_objects_crossed_delta > 0",
]
TEMPLATES = [
    "{{ objects|length }} objects at {{ frame_time.strftime('%H:%M') }}",
    "{% for o in objects %}{{ o.label }} {{ loop.index }}{% endfor %}",
    "{{ nodes.annotate_presence1.rois.bay.current_objects_count }} of {{ source_name }} in {{ deployment_name }}",
    "{{ meta.objects[0].label.upper() }} {{ nodes.event1.event_id | default('-') }}",
    "{{ scene | default('') }}",
    "{% for o in objects %}{% if o.label == 'person' and o.probability > 0.5 %}{{ o.label }}{% endif %}{% endfor %}",
    "{% set n = objects|length %}{% if n > 50 %}many{% endif %}{{ 'x' if meta.objects[0].probability < 1 else 'y' }}",
    "{% for key, value in nodes|items %}{% if key == 'event1' %}{{ value.event_state }}{% endif %}{% endfor %}",
]
FUNCTION = 'type = "function"\nmodule = "json"'
OWN = [  # a function of one's own may write anything
    "speed > 30",
    "nodes.weight1.kg > 100 and plate == 'ABC'",
    "scene.is_dark and len(objects) > 2",
    "any(o.label == 'forklift' for o in objects)",
    "objects[0].probability > 50",
    "nodes.f.temp_delta > 0.2 and nodes.f.temp_delta < 0.8",
    "nodes.f.objects > 0.5 and nodes.f.objects < 1",
]
RIGHT = {
    "whole": site(),
    **{f"{kind} {line}": site(kind, line) for kind, line in settings()},
    **{line: site(trigger=FIRES + line) for line in properties()},
    **{
        text: site(
            "detector", 'keep = ["person", "car", "bicycle"]', f'event_name = "x"\ninterval = 5\ntrigger = """{text}"""'
        )
        for text in [*conditions(), *MORE_CONDITIONS]
    },
    **{
        f"at once {text}": site(trigger=f'event_name = "x"\ninterval = 0\ntrigger = """{text}"""')
        for text in OF_ONE_FRAME
    },
    **{text: site(trigger=FIRES + f'event_description = """{text}"""') for text in TEMPLATES},
    **{
        f"own {text}": HEAD
        + f"\n[[pipelines.nodes]]\n{FUNCTION}\n"
        + TRIGGER
        + f'event_name = "x"\ntrigger = """{text}"""'
        for text in OWN
    },
    **{
        mode: site(trigger=f'event_name = "x"\n{mode}\ntrigger = "len(objects) > 0"')
        for mode in (
            'trigger_mode = "rising_edge"',
            "interval = 1000.5",
            "interval = 1020",
            "interval = 10800",
            "hold = 3600\ninterval = 7200",
            "interval = 900",
            "interval = 0.5",
            "hold = 2\ninterval = 1",
        )
    },
    **{
        table: site().replace(HEAD.splitlines()[2], table)
        for table in (
            'source = { type = "file", path = "a.mp4", realtime = true, loop = true }',
            'source = { type = "file", path = "a.h264", frames_per_s = 1000 }',
            'source = { type = "usb", device = "/dev/video1", width = 640, height = 480, frames_per_s = 5 }',
            "source = { type = 'usb' }\nsink = { type = 'null' }",
            "source = { type = 'usb' }\nsink = { type = 'file', path = 'out.mp4', quality = 30 }",
            "source = { type = 'usb' }\nsink = { type = 'annotated', path = 'out.mp4', banner_s = 0 }",
            'source = { type = "rtsp", url = "rtsp://camera7.example:8554/" }',
            'source = { type = "rtsp", url = "rtsps://[2001:db8::1]:8554/a?b=c", transport = "udp", timeout_s = 5 }',
        )
    },
    "once, at the hundredth": site(
        trigger='event_name = "x"\ntrigger_mode = "rising_edge"\n'
        'trigger = "nodes.annotate_line_counter1.lines.gate.total_objects_crossed >= 100"'
    ),
    "a line to the edge": site("line_counter", 'units = "fractions"').replace(
        "[[0, 300], [767, 300]]", "[[0, 1], [1, 0]]"
    ),
    "every fifth frame": site("detector", "every = 5"),
    **{
        f"two detectors with {name} between": f'{HEAD}{DETECTOR}{reader}{DETECTOR}id = "second"\n'
        f'{TRIGGER}id = "last"\nevent_name = "x"\ninterval = 5\ntrigger = "len(objects) > 0"\n'
        for name, reader in (
            ("a trigger", f'{TRIGGER}event_name = "x"\ninterval = 5\ntrigger = "len(objects) > 0"\n'),
            (
                "a loop",
                f'{TRIGGER}event_name = "x"\ninterval = 5\ntrigger = "any(o.label == \'person\' for o in objects)"\n',
            ),
            ("an event", '\n[[pipelines.nodes]]\ntype = "event"\nevent_type = "car"\ncondition = "len(objects) > 0"\n'),
            ("a zone", '\n[[pipelines.nodes]]\ntype = "tracker"\n\n[[pipelines.nodes]]\ntype = "zone_presence"\n'),
        )
    },
    "twins that are both disabled": site(
        trigger=f"enabled = false\n{FIRES}{TRIGGER}id = 'b'\nenabled = false\n{FIRES}"
    ),
    "built_in": site(trigger="").replace('event_source = "custom"\n', ""),
    "fractions": site("zone_presence", 'units = "fractions"').replace(
        "[[300, 150], [560, 150], [600, 400]]", "[[0.1, 0.1], [0.9, 0.1], [0.5, 1]]"
    ),
    "whole frame": site().replace("rois = { bay = [[300, 150], [560, 150], [600, 400]] }", ""),
    "quoted name": site(trigger=FIRES.replace("lines.gate", "lines['gate 1']")).replace("{ gate", '{ "gate 1"'),
    "wildcard delta": site(
        trigger=FIRES.replace("lines.gate.total_objects_crossed_delta", "lines.*.total_objects_crossed_delta")
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_configuration_is_not_complained_about(name: str, tmp_path: Path) -> None:
    assert parse_config(RIGHT[name], base=tmp_path).warnings == ()


def test_there_are_a_hundred_right_ones() -> None:
    assert len(RIGHT) >= 100


@pytest.mark.parametrize("text", ["nodes._x.y == 1", "x == 1e999", "nodes['__a'] != 'b'", "x.in < 2", "x == '\\\\b'"])
def test_a_comparison_in_a_template_that_no_condition_can_have_is_left_alone(text: str) -> None:
    own = f"\n[[pipelines.nodes]]\n{FUNCTION}\n"
    site_text = HEAD + own + TRIGGER + FIRES + f'event_description = "{{% if {text} %}}a{{% endif %}}"'
    assert parse_config(site_text, base=ROOT).warnings == ()


@pytest.mark.parametrize(
    "page", ["README.md", "docs/nodes.md", "examples/site.toml", "src/securos_trigger/demo/demo.toml"]
)
def test_the_examples_are_right(page: str, tmp_path: Path) -> None:
    (tmp_path / "recordings").mkdir()  # the demo makes it
    text = (ROOT / page).read_text(encoding="utf-8").replace("{source}", '{ type = "file", path = "square.avi" }')
    text = text.replace("{receiver}", 'iss_ip = "vms.example"\niss_port = "3443"\niss_password = "token"')
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if page.endswith(".md") else [text]
    whole = [block for block in blocks if "trigger_securos_event" in block and tomllib.loads(block).get("pipelines")]
    for block in whole:
        filled = re.sub(r'\{ (file|env) = "[^"]*" \}|"…"', '"token"', re.sub(r"iss_certificate_sha256 .*", "", block))
        assert parse_config(filled, base=tmp_path).warnings == ()


@pytest.mark.parametrize("path", ["rois.bay.current_objects_count", "rois.*.objects_entered_delta"])
@pytest.mark.parametrize("is_open", [False, True])
def test_no_count_lies_between_two_whole_numbers_but_what_own_code_writes_may(path: str, is_open: bool) -> None:
    clauses = [f"nodes.annotate_presence1.{path} {limit}" for limit in ("> 0", "< 1")]
    text = site(trigger=f'event_name = "x"\ninterval = 5\ntrigger = "{" and ".join(clauses)}"')
    text = text.replace(TRIGGER, f"\n[[pipelines.nodes]]\n{FUNCTION}\n{TRIGGER}") if is_open else text
    found = parse_config(text, base=Path(), has_all_warnings=True).warnings
    said = f"{' and '.join(clauses)} are never true together"
    assert any(said in str(one) for one in found) is not is_open, found
