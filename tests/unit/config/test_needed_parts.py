"""What a run needs on this machine: files that are there and are what their settings say."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from securos_trigger.config.reader import read_config
from securos_trigger.errors import ConfigurationError

HEAD = '[outbox]\npath = "outbox.sqlite"\n\n[[pipelines]]\nname = "yard"\n'
RTSP = 'source = { type = "rtsp", url = "rtsp://camera/live" }\n'


def said_of(text: str, folder: Path) -> str:
    """The mistakes, or the warnings about sources and outputs, without the folder of the test."""
    site = folder / "site.toml"
    site.write_text(text)
    try:
        found = "\n".join(read_config(site, has_files=True).warnings)
    except ConfigurationError as error:
        found = str(error).partition("\n")[2]
    return found.replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS, not the file itself"),
        ("<!DOCTYPE html>", "is a web page"),
        ("", "is empty"),
    ],
)
def test_a_model_that_is_something_else_is_a_mistake(content: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "my.onnx").write_text(content)
    text = HEAD + RTSP + '[[pipelines.nodes]]\ntype = "detector"\nmodel = "my.onnx"\n'
    assert f"line 9: pipeline yard, node detector1, model: my.onnx {what}\n" in said_of(text, tmp_path)


def test_a_folder_is_not_said_to_be_missing(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    text = HEAD + RTSP + '[[pipelines.nodes]]\ntype = "detector"\nmodel = "models"\n'
    assert "model: models is a folder, and a file is expected" in said_of(text, tmp_path)
    text = HEAD + 'source = { type = "file", path = "models" }\n'
    assert "source, path: models is a folder, and a file is expected" in said_of(text, tmp_path)


def test_a_function_is_read_and_not_run(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("raise SystemExit('it was run')\n")
    text = HEAD + RTSP + '[[pipelines.nodes]]\ntype = "function"\nfile = "mine.py"\n'
    assert "node function1, file: mine.py defines no process_frame" in said_of(text, tmp_path)
    (tmp_path / "mine.py").write_text("def process_frame(frame, **kwargs): ...\n")
    assert said_of(text, tmp_path) == ""


def test_an_output_needs_a_folder_to_be_in(tmp_path: Path) -> None:
    text = HEAD + RTSP + 'sink = { type = "file", path = "seen/yard.mp4" }\n'
    assert "line 7: pipeline yard, sink, path: there is no folder seen to write to" in said_of(text, tmp_path)
    (tmp_path / "seen").mkdir()
    assert said_of(text, tmp_path) == ""
    text = HEAD + RTSP + '[[pipelines.nodes]]\ntype = "metadata_recorder"\npath = "seen"\n'
    assert "node recorder1, path: seen is a folder, and a file is expected" in said_of(text, tmp_path)


def test_sources_on_this_machine_are_looked_for(tmp_path: Path) -> None:
    (tmp_path / "yard.mp4").write_bytes(b"")
    assert "path: yard.mp4 is empty" in said_of(HEAD + 'source = { type = "file", path = "yard.mp4" }\n', tmp_path)
    usb = HEAD + 'source = { type = "usb", device = "/dev/video-none" }\n'
    assert "source, device: there is no device /dev/video-none" in said_of(usb, tmp_path)
    (tmp_path / "img-001.jpg").write_bytes(b"\xff\xd8")
    assert said_of(HEAD + 'source = { type = "file", path = "img-%03d.jpg" }\n', tmp_path) == ""


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("", "names no file"),
        ("models", "models is a folder, and a file is expected"),
        ("site.toml/outbox.sqlite", "site.toml is a file, so nothing can be in it"),
        ("pipe", "pipe is a device or a named pipe, and a file on a disk is expected"),
        ("/dev/null", "/dev/null is a device or a named pipe, and a file on a disk is expected"),
        ("loop", "loop goes through a link that leads to itself"),
        ("loop/outbox.sqlite", "loop/outbox.sqlite goes through a link that leads to itself"),
        ("$HOME/outbox.sqlite", "$HOME is not replaced in a path"),
        ("state/${SITE}/outbox.sqlite", "${SITE} is not replaced in a path"),
        (":memory:", "this is what SQLite calls a database in memory, not a path"),
        ("file::memory:?cache=shared", "this is an address, not a path"),
        ("file:outbox?mode=memory", "this is an address, not a path"),
        ("file:///var/outbox.sqlite", "this is an address, not a path"),
        ("sqlite:///outbox.sqlite", "this is an address, not a path"),
        ("postgresql://me:secret@db/events", "this is an address, not a path"),
    ],
)
def test_an_outbox_that_can_never_be_there_is_a_mistake(path: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    text = HEAD.replace("outbox.sqlite", path) + RTSP
    assert said_of(text, tmp_path).startswith(f"  line 2: outbox.path: {what}\n")


@pytest.mark.skipif(not hasattr(os, "seteuid") or os.geteuid() != 0, reason="needs the rights of root")
def test_a_folder_of_another_user_is_left_to_the_start() -> None:
    nodes = '[[pipelines.nodes]]\ntype = "detector"\nmodel = "closed/my.onnx"\n'
    nodes += '[[pipelines.nodes]]\ntype = "metadata_recorder"\npath = "closed/seen.jsonl"\n'
    source = 'source = { type = "file", path = "closed/$HOME/yard.mp4" }\n'
    with tempfile.TemporaryDirectory() as name:  # those of pytest are for their owner alone
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "closed").mkdir(mode=0o700)
        site = folder / "site.toml"
        site.write_text(HEAD.replace("outbox.sqlite", "closed/state/outbox.sqlite") + source + nodes)
        os.seteuid(65_534)
        try:
            warnings = read_config(site, has_files=True).warnings
        finally:
            os.seteuid(0)
    assert not any("closed" in warning for warning in warnings)


def test_a_model_that_is_not_there_may_be_one_of_a_similar_name(tmp_path: Path) -> None:
    (tmp_path / "yolox_s.onnx").write_bytes(b"")
    (tmp_path / "yolox_m.txt").write_bytes(b"")
    text = HEAD + RTSP + '[[pipelines.nodes]]\ntype = "detector"\nmodel = "yolox_m.onnx"\n'
    assert 'there is no file yolox_m.onnx\n      Did you mean "yolox_s.onnx"?' in said_of(text, tmp_path)
    (tmp_path / "yolox_s.onnx").unlink()
    assert "Did you mean" not in said_of(text, tmp_path)


def test_metrics_without_their_package_are_a_mistake_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "securos_trigger.config.needed_packages.find_spec", lambda name: name != "prometheus_client" or None
    )
    said = said_of(f"[metrics]\nport = 9100\n\n{HEAD}{RTSP}", tmp_path)
    assert "line 2: metrics.port: this needs prometheus_client, which the extra metrics brings" in said
    assert "pip install 'securos-trigger[metrics]'" in said


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_a_file_of_an_editor_that_saves_in_utf_16_says_so(encoding: str, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_bytes((HEAD + RTSP).encode(encoding))
    with pytest.raises(ConfigurationError, match="it is UTF-16 text, and UTF-8 is expected") as caught:
        read_config(site)
    assert "Save it as UTF-8" in str(caught.value)


@pytest.mark.parametrize("content", [bytes(range(256)), bytes(500), b"PK\x03\x04" + bytes(100) + b"\xff\xfe"])
def test_a_file_that_is_no_text_is_not_called_text(content: bytes, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_bytes(content)
    with pytest.raises(ConfigurationError, match="it is no text\n      Name the configuration file"):
        read_config(site)
