"""The last line of `check` is green only where the pipelines can run on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from securos_trigger.cli.main import app

pytestmark = pytest.mark.usefixtures("private_files")

CAMERA = '[[pipelines]]\nname = "gate"\nsource = { type = "rtsp", url = "rtsp://10.0.0.9/live" }\n'
VIDEO = '[[pipelines]]\nname = "yard"\nsource = { type = "file", path = "yard.mp4" }\n'
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
DETECTOR = '[[pipelines.nodes]]\ntype = "detector"\n'
STRICT = "\nThe exit code is 0, with --strict 1."
NEVER = f"ok, but 1 trigger node can never fire: see the warnings{STRICT}"
NONE_RUNS = "cannot run on this machine: see the warning about each video"


@pytest.mark.parametrize(
    ("text", "verdict", "code"),
    [
        (VIDEO + TRIGGER, NONE_RUNS, 1),
        (VIDEO + TRIGGER + VIDEO.replace("yard", "shed") + TRIGGER, NONE_RUNS, 1),
        (CAMERA + TRIGGER + VIDEO + TRIGGER, f"1 of 2 pipelines cannot run on this machine: yard{STRICT}", 0),
        (CAMERA + TRIGGER, NEVER, 0),
        (CAMERA + DETECTOR + TRIGGER, NEVER, 0),
        (
            CAMERA + TRIGGER + TRIGGER.replace('"alarm"', '"other"'),
            NEVER.replace("1 trigger node", "2 trigger nodes"),
            0,
        ),
        (
            CAMERA + DETECTOR + TRIGGER.replace("people > 0", "len(objects) > 0 or people > 0"),
            f"ok, with warnings{STRICT}",
            0,
        ),
        (CAMERA + TRIGGER + "enabled = false\n", f"ok, with warnings{STRICT}", 0),
    ],
)
def test_a_video_that_is_not_there_is_not_ok(tmp_path: Path, text: str, verdict: str, code: int) -> None:
    site = tmp_path / "site.toml"
    site.write_text(text)
    done = CliRunner().invoke(app, ["check", str(site)])
    assert done.output.endswith(f"\n{site}: {verdict}\n")
    assert done.exit_code == code


def test_the_way_to_end_at_a_warning_is_named_where_it_was_not_taken(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(CAMERA + TRIGGER)
    done = CliRunner().invoke(app, ["check", str(site), "--strict"])
    assert (done.output.splitlines()[-1], done.exit_code) == (f"{site}: {NEVER.removesuffix(STRICT)}", 1)


def test_a_video_that_is_none_is_not_ok(tmp_path: Path) -> None:
    (tmp_path / "yard.mp4").write_text("")
    (tmp_path / "site.toml").write_text(VIDEO + TRIGGER)
    done = CliRunner().invoke(app, ["check", str(tmp_path / "site.toml")])
    assert (done.output.splitlines()[-1], done.exit_code) == (f"{tmp_path / 'site.toml'}: {NONE_RUNS}", 1)


def test_a_check_against_a_recording_needs_no_video(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(VIDEO + TRIGGER)
    frame = {"captured_at": None, "source_name": "yard"}
    lines = [json.dumps({**frame, "at": number / 10, "metadata": {"people": number % 2}}) for number in range(20)]
    (tmp_path / "seen.jsonl").write_text("\n".join(lines) + "\n")
    done = CliRunner().invoke(app, ["check", str(tmp_path / "site.toml"), "--metadata", str(tmp_path / "seen.jsonl")])
    assert done.exit_code == 0, done.output
    assert NONE_RUNS not in done.output
