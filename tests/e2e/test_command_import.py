"""`securos-trigger import lumeo`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

from tests import commands

PIPELINE = [
    {"id": "video1", "properties": {"type": "video", "source_type": "stream", "source_id": "7"},
     "wires": {"video": ["gpt1.input"]}},
    {"id": "gpt1", "properties": {"type": "gpt"}, "wires": {"output": ["iss1.input"]}},
    {"id": "iss1", "properties": {"type": "trigger_iss_securos", "iss_ip": "127.0.0.1", "iss_port": "9",
                                  "iss_password": "token"}, "wires": {}},
]  # fmt: skip
DEPLOYMENT = {"video1": {"rtsp": {"uri": "rtsp://viewer:pw@127.0.0.1/1"}}}


def run(*words: str, folder: Path) -> tuple[int, str]:
    done = commands.run(*words, cwd=folder)
    return done.returncode, done.stdout + done.stderr


def test_what_is_missing_is_said_and_with_the_deployment_the_configuration_passes_check(tmp_path: Path) -> None:
    (tmp_path / "yard.json").write_text(json.dumps(PIPELINE))
    (tmp_path / "gate.json").write_text(json.dumps(DEPLOYMENT))
    code, said = run("import", "lumeo", "yard.json", folder=tmp_path)
    assert code == 1
    assert said == (
        "Wrote yard.toml, receiver.token.\n"
        "\n"
        "Not carried over, or changed:\n"
        "  video1 (video): Lumeo keeps the address of 7: write the camera's address into url.\n"
        "  gpt1 (gpt): there is no such node here; a function node of your own can write its fields (docs/nodes.md).\n"
        "\n"
        "Still missing (1 mistake):\n"
        "  line 7: pipeline yard, source, url: this is not an RTSP address\n"
        "      It looks like rtsp://user:password@host:554/path.\n"
        "\n"
        "Fix these, then run: securos-trigger check yard.toml\n"
    )
    again = ("import", "lumeo", "yard.json", "--deployment", "gate.json")
    code, said = run(*again, folder=tmp_path)
    assert (code, "yard.toml already. Choose another name, or replace it: --force." in said) == (2, True)
    code, said = run(*again, "--force", folder=tmp_path)
    assert (code, said.splitlines()[-1]) == (0, "Next: securos-trigger check yard.toml")
    assert "pw@" not in said
    assert run("check", "yard.toml", folder=tmp_path)[0] == 0
