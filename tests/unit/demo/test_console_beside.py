"""The console beside the demo: its link is shown, and what it cannot do never ends the demo."""

from __future__ import annotations

import os
import socket
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from securos_trigger.demo import console_beside
from securos_trigger.demo.console_beside import ConsoleBeside
from tests.integration.test_service_status import wait_until

CONFIG = """
[outbox]
path = "outbox.sqlite"
[console]
port = {port}
[[pipelines]]
name = "square"
source = {{ type = "file", path = "square.mp4" }}
"""


def config_with(folder: Path, port: int) -> Path:
    config = folder / "demo.toml"
    config.write_text(CONFIG.format(port=port), encoding="utf-8")
    return config


def test_the_link_is_shown_and_the_process_ends_with_the_demo(tmp_path: Path) -> None:
    shown: list[str] = []
    with ConsoleBeside(config_with(tmp_path, 0), shown.append) as beside:
        wait_until(lambda: beside.link)
        assert shown == [f"The console; this link logs in once: {beside.link}"]
        port = int(beside.link.removeprefix("http://127.0.0.1:").partition("/")[0])
        socket.create_connection(("127.0.0.1", port), 5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)
    assert len(shown) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal of this kind")
def test_a_console_that_is_killed_is_said_to_be_and_how_it_starts_again(tmp_path: Path) -> None:
    shown: list[str] = []
    config = config_with(tmp_path, 0)
    with ConsoleBeside(config, shown.append) as beside:
        wait_until(lambda: beside.link)
        assert beside._process is not None
        beside._process.kill()
        wait_until(lambda: len(shown) > 1)
    said = "The console has ended (killed by signal 9). To start it again: "
    assert shown[1].startswith(said)
    assert shown[1].endswith(f" console {config}")


def test_a_console_that_cannot_start_says_why(tmp_path: Path) -> None:
    shown: list[str] = []
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        ConsoleBeside(config_with(tmp_path, taken.getsockname()[1]), shown.append) as beside,
    ):
        wait_until(lambda: shown)
    assert shown[0].startswith("The console has ended: ")
    assert "port" in shown[0]
    assert beside.link == ""


def test_without_the_extra_the_way_to_it_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_of(_module: str) -> ModuleSpec | None:
        return None

    shown: list[str] = []
    monkeypatch.setattr(console_beside, "find_spec", none_of)
    with ConsoleBeside(config_with(tmp_path, 0), shown.append):
        pass
    assert [line.splitlines()[-1].strip() for line in shown] == ["pip install 'securos-trigger[console]'"]
