"""A source is tried with the rules of a save, one at a time, and what it lacks is said in a sentence."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.errors import ConfigurationError, ConflictError
from securos_trigger.operations import source_trial as module
from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.operations.source_trial import tried_address, try_changed_source, try_new_source
from securos_trigger.runtime.visits import visit
from tests.unit.operations.site import write_site


@pytest.fixture
def editor(tmp_path: Path) -> ConfigEditor:
    return ConfigEditor(write_site(tmp_path), [tmp_path])


def test_a_file_that_is_not_there_does_not_work_and_is_named(editor: ConfigEditor, tmp_path: Path) -> None:
    found = try_new_source(editor, {"type": "file", "path": "nothing.mp4"}, {})
    path = tmp_path / "nothing.mp4"
    assert found == {
        "works": False,
        "text": f"It does not work: The video {path} cannot be read: No such file or directory",
    }
    changed = try_changed_source(editor, PartChange("yard", values={"path": "nothing.mp4"}))
    assert changed == found
    assert "nothing.mp4" not in editor.config.read_text(encoding="utf-8")


def test_no_file_outside_of_the_folders_is_opened(editor: ConfigEditor) -> None:
    with pytest.raises(ConfigurationError, match="in the folders of the console only"):
        try_new_source(editor, {"type": "file", "path": "/etc/passwd"}, {})
    with pytest.raises(ConfigurationError, match="in the folders of the console only"):
        try_changed_source(editor, PartChange("yard", values={"path": "/etc/passwd"}))


def test_while_one_is_tried_the_next_is_refused(editor: ConfigEditor) -> None:
    with module._one_at_a_time, pytest.raises(ConflictError, match="Another address is being tried"):
        try_new_source(editor, {"type": "file", "path": "nothing.mp4"}, {})
    assert not try_new_source(editor, {"type": "file", "path": "nothing.mp4"}, {})["works"]


@pytest.mark.parametrize("kind", [["a"], {"a": 1}, 3])
def test_a_type_that_is_no_text_is_a_mistake(editor: ConfigEditor, kind: object) -> None:
    with pytest.raises(ConfigurationError, match="a text in quotes is expected"):
        try_new_source(editor, {"type": kind}, {})


def test_the_audit_log_gets_the_address_without_its_secrets() -> None:
    values = {"type": "rtsp", "url": "rtsp://user:secret@camera.example/live", "timeout_s": 5, "name": "x"}
    assert tried_address(values) == {"type": "rtsp", "url": "rtsp://***@camera.example/live"}
    assert tried_address({"device": "/dev/video3"}) == {"device": "/dev/video3"}
    mqtt = {"broker": "mqtts://user:secret@broker.example", "password": "secret", "type": ["a"]}
    assert "secret" not in str(tried_address(mqtt))
    assert "broker.example" in tried_address(mqtt)["broker"]


def test_an_address_that_hangs_leaves_no_thread_behind_for_long(
    editor: ConfigEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TRIED_FOR_S", 4.0)
    before = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"rtsp://127.0.0.1:{silent.getsockname()[1]}/live"
        assert not try_new_source(editor, {"type": "rtsp", "url": url, "timeout_s": 1e6}, {})["works"]
        until = time.monotonic() + 60
        while left := set(threading.enumerate()) - before:
            assert time.monotonic() < until, left  # its own timeout would keep it for days
            time.sleep(0.1)


def test_while_a_thread_still_hangs_no_other_is_started(editor: ConfigEditor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRIED_FOR_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"rtsp://127.0.0.1:{silent.getsockname()[1]}/live"
        settings = parse_config(
            "",
            base=editor.config.parent,
            source="site.toml",
            tables={"pipelines": [{"name": "tried", "source": {"type": "rtsp", "url": url}}]},
        )
        hanging = visit(settings.pipelines[0])
        monkeypatch.setattr(module, "_left_behind", [hanging])
        with pytest.raises(ConflictError, match="still does not answer"):
            try_new_source(editor, {"type": "file", "path": "nothing.mp4"}, {})
        hanging.reason(time.monotonic())
    hanging._thread.join(60)  # type: ignore[attr-defined]
    assert not try_new_source(editor, {"type": "file", "path": "nothing.mp4"}, {})["works"]
