"""Right configurations with an input, of every kind: `check` complains about nothing that an input writes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from securos_trigger.cli.check import check
from securos_trigger.config.reader import parse_config
from securos_trigger.inputs.device_connection import DEVICE_KINDS
from securos_trigger.inputs.kinds import KINDS, load_kind
from securos_trigger.operations.check import check_config

ROOT = Path(__file__).parents[3]
PAGES = sorted(path.name for path in (ROOT / "docs" / "inputs").glob("*.md"))
RECEIVER = 'iss_ip = "vms.example"\niss_port = "3443"\niss_password = "token"\n'
TRIGGER = f'\n[[pipelines.nodes]]\ntype = "trigger_securos_event"\n{RECEIVER}'
BROKER = 'broker = "mqtts://broker.example:8883", user = "bridge", password = "word", topics = ["cameras/#"]'
#: A mapping, which the kind `generic` needs.
MAPPING = ', mapping = { gives = "event", label = "what" }'


def transport_of(kind: str) -> str:
    if kind in DEVICE_KINDS:
        return 'url = "https://192.0.2.20", user = "events", password = "word"'
    return 'url = "rtsp://192.0.2.20/stream1"' if kind == "onvif-metadata" else BROKER


def site(kind: str, nodes: str = "") -> str:
    more = MAPPING if kind == "generic" else ""
    cameras = "" if kind == "lumeoevent" else 'cameras = { gate = "1", yard = "2,3" }\n'
    head = f'[[pipelines]]\nname = "site"\nsource = {{ type = "{kind}", {transport_of(kind)}{more} }}\n{cameras}'
    return head + (nodes or f'{TRIGGER}event_source = "built_in"\n')


def custom(condition: str, more: str = "") -> str:
    return f"{TRIGGER}event_source = \"custom\"\nevent_name = \"A\"\ninterval = 5\ntrigger = '''{condition}'''\n{more}"


def warnings_of(text: str, base: Path) -> tuple[str, ...]:
    return parse_config(text, base=base).warnings


FRIGATE = f"""\
[health]
frames_stopped_after_s = 60

[[pipelines]]
name = "site"
source = {{ type = "frigate", broker = "mqtts://broker.example:8883", user = "bridge", password = "word", \
client_id = "bridge-1", topic_prefix = "frigate", events_from = "objects", silent_after_s = 600, name = "nvr" }}
cameras = {{ gate = "1", yard = "2,3", "*" = "9" }}

[[pipelines.nodes]]
type = "zone_presence"
id = "bay"
units = "fractions"
rois = {{ door = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]] }}
{TRIGGER}id = "begun"
event_source = "built_in"
health_camera_ids = "900"
send_bounding_boxes = true
event_description = "{{{{ nodes.nvr.message.labels | join(', ') }}}} in {{{{ nodes.nvr.message.zones | join(', ') }}}}"
{custom("nodes.nvr.zones.fence.entered_delta > 0", 'id = "fence"')}
{custom("any(o.label == 'person' and 'fence' in o.zones for o in objects)", 'id = "people"')}
{custom("any(e.severity == 'alert' for e in nodes.nvr.events)", 'id = "alerts"')}
{custom("nodes.nvr.message.plate == 'TEST001'", 'id = "plate"')}
{custom("nodes.nvr.current_objects_count >= 3", 'id = "crowd"')}
{custom("nodes.bay.rois.door.current_objects_count > 0", 'id = "door"')}
"""


def test_a_whole_configuration_of_frigate_is_not_complained_about(tmp_path: Path) -> None:
    assert warnings_of(FRIGATE, tmp_path) == ()


def test_check_says_that_the_cameras_come_from_the_input(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(FRIGATE)
    (tmp_path / "site.toml").chmod(0o600)  # it holds a password
    [pipeline] = check_config(tmp_path / "site.toml").pipelines
    assert all(trigger.has_mapped_cameras for trigger in pipeline.triggers)
    said = CliRunner().invoke(check, [str(tmp_path / "site.toml"), "--strict"])
    line = "begun: sends built_in events to the cameras that the input names at https://vms.example:3443"
    assert (said.exit_code, line in said.output) == (0, True)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_with_a_camera_map_and_events_of_its_own_is_right(kind: str, tmp_path: Path) -> None:
    assert warnings_of(site(kind), tmp_path) == ()


def condition_about(path: str, example: object) -> str:
    """A condition about a field that looks like this."""
    if isinstance(example, bool):
        return path
    if isinstance(example, str):
        return f'{path} == "x"'
    return f"{path} > 0" if isinstance(example, int | float) else f"len({path}) > 0"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_field_of_a_kind_can_be_asked_for(kind: str, tmp_path: Path) -> None:
    message = f"nodes.{kind.replace('-', '_')}.message"
    asked = []
    for field in load_kind(kind).fields:
        name = field.name.replace("<name>", "colour")
        in_list, _, rest = name.partition("[].")
        if not rest:
            asked.append((condition_about(f"{message}.{name}", field.example), f"{{{{ {message}.{name} }}}}"))
        elif in_list == "objects":
            asked.append((f"any({condition_about(f'o.{rest}', field.example)} for o in objects)", "{{ objects }}"))
    assert asked
    nodes = [custom(when, f'id = "n{at}"\nevent_description = "{text}"\n') for at, (when, text) in enumerate(asked)]
    assert warnings_of(site(kind, "".join(nodes)), tmp_path) == ()


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_are_right(page: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "inputs" / page).read_text(encoding="utf-8")
    for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        filled = re.sub(r'(url = )\{ file = "[^"]*" \}', r'\1"rtsp://192.0.2.20/stream1"', block)
        filled = re.sub(r'\{ (file|env) = "[^"]*" \}', '"a-token-of-senders"', filled)
        if "source" not in (table := tomllib.loads(filled)) and "pipelines" not in table:
            continue  # a part of a table
        if "pipelines" not in table:
            cameras = "" if "cameras" in table else 'cameras = { "*" = "1" }\n'
            filled = f'[[pipelines]]\nname = "site"\n{filled}{cameras}{TRIGGER}event_source = "built_in"\n'
        if "iss_ip" not in filled:  # a story's pipeline: its first step prints these lines (docs/inputs/README.md)
            trigger = 'type = "trigger_securos_event"\n'
            filled = filled.replace(trigger, trigger + RECEIVER)
        assert warnings_of(filled, tmp_path) == ()
