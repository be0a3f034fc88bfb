"""The outbox of a configuration, found without the rest of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.outbox_path import named_outbox, written_outbox
from securos_trigger.config.reader import read_config

PIPELINE = '[[pipelines]]\nname = "yard"\nsource = { type = "file", path = "yard.mp4" }\n'


def written(folder: Path, content: bytes) -> Path:
    config = folder / "site.toml"
    config.write_bytes(content)
    return config


@pytest.mark.parametrize(
    "path", ["outbox.sqlite", "state/outbox.sqlite", "/var/lib/securos-trigger/outbox.sqlite", "~/o.sqlite"]
)
def test_it_is_the_file_that_the_whole_reading_finds(path: str, tmp_path: Path) -> None:
    config = written(tmp_path, f'[outbox]\npath = "{path}"\n{PIPELINE}'.encode())
    assert named_outbox(config) == read_config(config, has_secrets=False).outbox.path


def test_without_a_path_it_is_the_default_one_if_that_is_asked_for(tmp_path: Path) -> None:
    config = written(tmp_path, PIPELINE.encode())
    assert named_outbox(config) is None
    assert named_outbox(config, or_default=True) == read_config(config, has_secrets=False).outbox.path


def test_a_mistake_elsewhere_does_not_hide_it(tmp_path: Path) -> None:
    config = written(tmp_path, b'\xef\xbb\xbf[outbox]\r\npath = "o.sqlite"\r\nmax_size_mb = -1\r\n[[pipelins]]\r\n')
    assert named_outbox(config) == tmp_path / "o.sqlite"


@pytest.mark.parametrize(
    "content",
    [b"", b"[outbox]", b"outbox = 3", b"[outbox]\npath = 3", b'[outbox]\npath = ""', b"[outbox", b"\xff\xfe["],
)
def test_where_the_file_must_be_read_whole_there_is_none(content: bytes, tmp_path: Path) -> None:
    assert named_outbox(written(tmp_path, content)) is None


def test_a_file_that_cannot_be_read_has_none(tmp_path: Path) -> None:
    assert named_outbox(tmp_path / "no.toml") is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('[outbox]\npath = "x.sqlite"\n[[pipelines]]\nname = bad', "x.sqlite"),
        ("# mine\n[outbox] # here\nmax_size_mb = 3\n  path = 'x y' # there\n[broken", "x y"),
        ('[outbox]\r\npath = "x"\r\n[[broken\r\n', "x"),
        ('[outbox]\n[ledger]\npath = "x"\n', None),
        ('[outbox]\npath = "x\n', None),
        ('path = "x"\n', None),
        ("", None),
    ],
    ids=["mistake-below", "comments", "crlf", "other-table", "no-quote", "no-table", "empty"],
)
def test_its_lines_name_it_where_the_file_is_no_toml(text: str, name: str | None, tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_bytes(text.encode())
    assert written_outbox(config) is None, "no service has run with it"
    (tmp_path / (name or "x")).touch()
    assert written_outbox(config) == (None if name is None else tmp_path / name)
    assert written_outbox(tmp_path / "gone.toml") is None
