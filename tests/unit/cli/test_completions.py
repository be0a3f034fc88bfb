"""What a shell completes behind the name of a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from securos_trigger.cli.main import app

TRIGGER = '[[pipelines.nodes]]\ntype = "trigger_securos_event"\nid = "{}"\niss_camera_ids = "{}"\n'
SITE = (
    '[[pipelines]]\nname = "yard"\n[[pipelines.nodes]]\ntype = "detector"\n'
    + TRIGGER.format("line", "1, 2")
    + TRIGGER.format("alarm", "2")
    + '[[pipelines]]\nname = "gate"\ncameras = { a = "3", "*" = "4" }\n'
    + TRIGGER.format("alarm", "")
)


def completed(*words: str) -> list[str]:
    *before, last = words
    return [one.value for one in ShellComplete(app, {}, "securos-trigger", "_X").get_completions(before, last)]


@pytest.fixture
def site(tmp_path: Path) -> str:
    (tmp_path / "site.toml").write_text(SITE)
    return str(tmp_path / "site.toml")


@pytest.mark.parametrize("command", [("mute",), ("unmute",), ("explain", "--node")])
def test_nodes_are_completed_from_the_file(command: tuple[str, ...], site: str) -> None:
    before = (command[0], site, *command[1:])
    assert completed(*before, "") == ["line", "yard/alarm", "gate/alarm"]
    assert completed(*before, "l") == ["line"]
    assert completed(*before, "yard/") == ["yard/alarm", "yard/line"]


@pytest.mark.parametrize("command", [("outbox", "drop"), ("images", "purge")])
def test_cameras_are_completed_from_the_nodes_and_the_camera_maps(command: tuple[str, ...], site: str) -> None:
    assert completed(*command, site, "--camera", "") == ["1", "2", "3", "4"]


@pytest.mark.parametrize("text", [None, "[[pipelines", "pipelines = 3", "pipelines = [{ nodes = 1, cameras = 2 }, 4]"])
def test_of_a_broken_file_nothing_is_offered(text: str | None, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    if text is not None:
        site.write_text(text)
    assert completed("mute", str(site), "") == completed("images", "purge", str(site), "--camera", "") == []
