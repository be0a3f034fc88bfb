"""Slips of people who write a configuration by hand: `check` names each with its line and what to write, in one round."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests import commands
from tests.made_videos import write_video
from tests.terminals import read_to_end

pytestmark = pytest.mark.usefixtures("private_files")

PIPELINE = """\
[[pipelines]]
name = "gate"
source = { type = "rtsp", url = "rtsp://10.0.0.9/live" }
"""
INPUT = """\
[[pipelines]]
name = "site"
cameras = { front = "1" }
[pipelines.source]
type = "frigate"
"""
TRIGGER = """\
[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "custom"
trigger = "people > 0"
event_name = "Person"
iss_camera_ids = "1"
iss_ip = "10.0.0.5"
iss_port = "3443"
iss_password = "a-token-of-the-receiver"
"""
SITE = PIPELINE + TRIGGER

#: The file, and all that `check` says of it.
WRONG: dict[str, tuple[str, tuple[str, ...]]] = {
    "an empty file": ("# nothing yet\n", ("the file has no pipeline", "`securos-trigger init` asks for them")),
    "two pipelines of one name, one with a mistake": (
        SITE + PIPELINE + TRIGGER.replace('"custom"', '"customm"'),
        ("line 15: pipeline gate, name: 2 pipelines have this name", "line 20", 'Did you mean "custom"?'),
    ),
    "three nodes of one id, one with a mistake": (
        SITE + TRIGGER + TRIGGER.replace("iss_camera_ids", "iss_camera_id"),
        ('line 26: pipeline gate, node alarm, id: 3 nodes have the id "alarm"', 'Did you mean "iss_camera_ids"?'),
    ),
    "metrics: an address with a scheme": (
        '[metrics]\nport = 9100\nhost = "http://0.0.0.0"\n' + SITE,
        ('line 3: metrics.host: "http://0.0.0.0" is not an address to listen on', 'Write host = "0.0.0.0".'),
    ),
    "metrics: an empty address": (
        '[metrics]\nport = 9100\nhost = ""\n' + SITE,
        ("line 3: metrics.host: is empty, and an address to listen on is needed", 'All addresses: host = "0.0.0.0".'),
    ),
    "console: an empty address": (
        '[console]\nport = 9100\nhost = ""\n' + SITE,
        ("line 3: console.host: is empty, and an address to listen on is needed", 'All addresses: host = "0.0.0.0".'),
    ),
    "metrics: an address with a port": (
        '[metrics]\nport = 9100\nhost = "0.0.0.0:9100"\n' + SITE,
        ("line 3: metrics.host", 'Write host = "0.0.0.0". The port has a setting of its own.'),
    ),
    "console: a URL": (
        '[console]\nhost = "https://console.example:8642/"\n' + SITE,
        ("line 2: console.host", 'Write host = "console.example". The port'),
    ),
    "images: a unit that is missing": (
        "[images]\nmax_size = 500\n" + SITE,
        ("line 2: images.max_size: there is no such setting", 'Did you mean "max_size_mb"?'),
    ),
    "images: a path": (
        '[images]\nfolder = "images"\n' + SITE,
        ("line 2: images.folder", "Known: max_size_mb, keep_days, max_width."),
    ),
    "relay: one server without brackets": (
        '[relay]\ngateway = "gate-7"\nservers = "tls://nats1.example:4222"\n' + SITE,
        ("line 3: relay.servers: a list", 'Write servers = ["tls://nats1.example:4222"].'),
    ),
    "relay: a setting of another name": (
        '[relay]\ngateway = "gate-7"\nservers = ["tls://nats1.example:4222"]\ncredentials = "x.creds"\n' + SITE,
        ("line 4: relay.credentials: there is no such setting", 'Did you mean "credentials_file"?'),
    ),
    "relay: a user without a password": (
        '[relay]\ngateway = "gate-7"\nservers = ["tls://nats1.example:4222"]\nuser = "gw"\n' + SITE,
        ("line 1: relay: a user and a password belong together", 'password = { env = "NATS_PASSWORD" }'),
    ),
    "placement: a setting of another name": (
        '[placement]\naddress = "ray://head:10001"\n' + SITE,
        ("line 2: placement.address", 'Did you mean "ray_address"?'),
    ),
    "health: a duration with its unit": (
        '[health]\nsteady_for_s = "5s"\n' + SITE,
        ("line 2: health.steady_for_s", "Write 5 without quotes, in the unit of the setting."),
    ),
    "outbox: a pause that is too short": (
        "[outbox]\nidle_check_s = 5\n" + SITE,
        ("line 2: outbox.idle_check_s: must be from 10 to 3600, or 0 for never", "Leave it out: it is 60."),
    ),
    "active hours: a text with a day that is none": (
        SITE + 'active_hours = "weekdays 18:00-06:00"\n',
        ("line 14: pipeline gate, node alarm, active_hours", '"weekdays" is not a day', "Days: mon, tue"),
    ),
    "a mute of a node": (
        SITE + 'mute = "2h"\n',
        ("line 14: pipeline gate, node alarm, mute", "`securos-trigger mute CONFIG NODE --for 2h`"),
    ),
    "a table of mutes": ('[mute]\nnodes = ["gate/alarm"]\n' + SITE, ("line 1: mute", "A mute is not a setting")),
    "an input: host and port of a broker": (
        INPUT + 'host = "10.0.0.2"\nport = 1883\n' + TRIGGER,
        ("line 6: pipeline site, source, host", "line 7: pipeline site, source, port", 'broker = "mqtt://HOST:1883"'),
    ),
    "an input: the name of a user": (
        INPUT + 'broker = "mqtt://10.0.0.2"\nusername = "frigate"\n' + TRIGGER,
        ("line 7: pipeline site, source, username", 'Did you mean "user"?'),
    ),
    "an input: cameras as a list": (
        INPUT.replace('{ front = "1" }', '["front"]') + 'broker = "mqtt://10.0.0.2"\n' + TRIGGER,
        ("1 mistake:", "line 3: pipeline site, cameras: a table is expected", "cameras = { NAME = … }"),
    ),
    "a line as four numbers": (
        PIPELINE + '[[pipelines.nodes]]\ntype = "line_counter"\nlines = { a = [0.1, 0.2, 0.3, 0.4] }\n' + TRIGGER,
        ("line 6: pipeline gate", "Write each point as a list of its own: [[0.1, 0.2], [0.3, 0.4]]."),
    ),
    "video as the type of a source": (
        '[[pipelines]]\nname = "gate"\nsource = { type = "video", path = "gate.mp4" }\n' + TRIGGER,
        ("line 3: pipeline gate, source, type", 'Did you mean "file"?'),
    ),
    "a part of an action": (
        PIPELINE + TRIGGER + 'iss_action = "record"\n',
        ("iss_action", 'Did you mean "event_and_record"?'),
    ),
    "a sink of another type": (
        PIPELINE + 'sink = { type = "mp4", path = "out.mp4" }\n' + TRIGGER,
        ("line 4: pipeline gate, sink, type", "Known: null, file, annotated."),
    ),
}
_NODES = '[[pipelines.nodes]]\ntype = "detector"\n[[pipelines.nodes]]\ntype = "tracker"\n'
_FIRING = TRIGGER.replace("people > 0", "len(objects) > 0") + "interval = 10\n"
_USUAL = PIPELINE + _NODES + _FIRING
_INPUT = INPUT + 'broker = "mqtt://10.0.0.2"\n' + _FIRING
RIGHT: dict[str, str] = {
    "video": _USUAL,
    "a time zone and active hours": 'time_zone = "Europe/Berlin"\n'
    + _USUAL
    + 'active_hours = ["mon-fri 18:00-06:00"]\n',
    "whole days": 'time_zone = "UTC"\n' + _USUAL + 'active_hours = ["sat-sun 00:00-24:00", "22:00-06:00"]\n',
    "metrics on all addresses": '[metrics]\nport = 9100\nhost = "0.0.0.0"\n' + _USUAL,
    "metrics on IPv6": '[metrics]\nport = 9100\nhost = "::1"\n' + _USUAL,
    "a console of this machine": '[console]\nport = 8700\nhost = "localhost"\n' + _USUAL,
    "a console on IPv6": '[console]\nhost = "::1"\n' + _USUAL,
    "images": "[images]\nmax_size_mb = 200\nkeep_days = 7\n" + _USUAL,
    "no checks of idle receivers": "[outbox]\nidle_check_s = 0\n" + _USUAL,
    "rare checks of idle receivers": "[outbox]\nidle_check_s = 300\nlate_per_s = 20\n" + _USUAL,
    "health": '[health]\nname = "gate-7"\nsteady_for_s = 5\n' + _USUAL + 'health_camera_ids = "1"\n',
    "two pipelines, nodes of one id": _USUAL + _USUAL.replace('"gate"', '"yard"'),
    "nodes without an id": _USUAL.replace('id = "alarm"\n', ""),
    "a relay with a user": (
        '[relay]\ngateway = "gate-7"\nservers = ["tls://nats1.example:4222"]\nuser = "gw"\npassword = "s"\n' + _USUAL
    ),
    "a line in fractions": PIPELINE
    + _NODES
    + '[[pipelines.nodes]]\ntype = "line_counter"\nunits = "fractions"\nlines = { a = [[0.1, 0.2], [0.3, 0.4]] }\n'
    + _FIRING,
    "a sink": PIPELINE + 'sink = { type = "annotated", path = "out.mp4" }\n' + _NODES + _FIRING,
    "an input": _INPUT,
    "an input with a login": _INPUT.replace(_FIRING, 'user = "frigate"\npassword = "s"\n' + _FIRING),
    "a password from the environment": _USUAL.replace('"a-token-of-the-receiver"', '{ env = "HOME" }'),
    "an event without boxes, switched off": _USUAL + "send_bounding_boxes = false\nrecord_duration = 20\n",
}


def checked(folder: Path, text: str) -> tuple[int, str]:
    (folder / "site.toml").write_text(text)
    done = commands.run("check", "site.toml", cwd=folder)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize("slip", WRONG)
def test_a_slip_is_named_with_its_line_and_what_to_write(slip: str, tmp_path: Path) -> None:
    text, said = WRONG[slip]
    code, printed = checked(tmp_path, text)
    assert code != 0
    for words in said:
        assert words in printed, printed


@pytest.mark.parametrize("right", RIGHT)
def test_what_is_right_is_not_complained_of(right: str, tmp_path: Path) -> None:
    code, printed = checked(tmp_path, RIGHT[right])
    assert code == 0, printed
    assert printed.endswith("site.toml: ok") and "arning" not in printed, printed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            SITE.replace("[[pipelines]]", "[[pipeline]]").replace("[[pipelines.", "[[pipeline."),
            'Did you mean "pipelines"?',
        ),
        (PIPELINE.replace("[[pipelines]]", "[pipeline]"), 'Did you mean "pipelines"?'),
        (SITE.replace("[[pipelines.nodes]]", "[[pipelines.node]]"), 'Did you mean "nodes"?'),
        (INPUT.replace("[pipelines.source]", "[pipelines.sources]"), 'Did you mean "source"?'),
        (
            '[[source]]\ntype = "rtsp"\nurl = "rtsp://h/x"\n',
            "It is part of a pipeline: write [pipelines.source], below [[pipelines]]",
        ),
        (SITE.replace("iss_password", "iss_passwort"), 'Did you mean "iss_password"?'),
    ],
)
def test_one_slip_is_one_mistake(tmp_path: Path, text: str, said: str) -> None:
    """What is missing because its name is misspelt is not said a second time."""
    (tmp_path / "site.toml").write_text(text)
    done = commands.run("check", "site.toml", cwd=tmp_path)
    assert "site.toml: 1 mistake:" in done.stderr, done.stderr
    assert said in done.stderr


def on_terminal(folder: Path, *words: str) -> tuple[int, str]:
    """The exit code of a command, and what it prints to a terminal, without colours."""
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "securos_trigger", *words]
    with subprocess.Popen(command, cwd=folder, stdout=its, stderr=its) as process:
        os.close(its)
        said = read_to_end(ours)
    return process.returncode, re.sub(r"\x1b\[\d*m", "", said)


def test_on_a_terminal_the_mistakes_stay_within_its_width(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE.replace('id = "alarm"', "xyzzy = 1"))
    code, said = on_terminal(tmp_path, "check", "site.toml")
    assert code == 2
    assert "Known: enabled, iss_ip" in said
    assert "health_camera_ids" in said
    assert max(map(len, said.splitlines())) <= 79


def test_on_a_terminal_warnings_name_the_file_and_stay_within_its_width(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE.replace("people > 0", "nodes.annotate_presence1.rois.yard.objects > 0"))
    code, said = on_terminal(tmp_path, "check", "site.toml")
    assert code == 0
    assert "warning: site.toml: line " in said
    assert max(map(len, said.splitlines())) <= 79


def test_on_a_terminal_reload_stays_within_its_width(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(f'[outbox]\npath = "{tmp_path}/outbox.sqlite"\n{SITE}')
    code, said = on_terminal(tmp_path, "reload", "site.toml")
    assert code == 1
    assert "If outbox.path was changed in the file," in " ".join(said.split())
    assert "Start it: `securos-trigger run site.toml`" in " ".join(said.split())
    assert max(len(line) for line in said.splitlines() if str(tmp_path) not in line) <= 79


def test_what_check_warns_of_is_in_the_log_of_the_run_as_well(tmp_path: Path) -> None:
    clip = write_video(tmp_path / "yard.mp4", [np.zeros((48, 64, 3), np.uint8)] * 10)
    text = SITE.replace('"rtsp", url = "rtsp://10.0.0.9/live"', f'"file", path = "{clip}"')
    (tmp_path / "site.toml").write_text(text.replace("10.0.0.5", "127.0.0.1") + '[outbox]\npath = "outbox.sqlite"\n')
    checked = commands.run("check", "site.toml", cwd=tmp_path)
    warned = re.findall(r"^warning: site.toml: (line \d+: .*)$", checked.stdout, flags=re.MULTILINE)
    assert len(warned) == 2, checked
    log = commands.run("run", "site.toml", cwd=tmp_path, timeout=120).stderr
    lines = [line for line in log.splitlines() if " WARNING " in line]
    for one in warned:
        assert any(one in line for line in lines), (one, log)
    assert log.index(lines[0]) < log.index("service_started"), "before anything runs"
