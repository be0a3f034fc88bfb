"""Options that nobody can have meant, and files for another command: one sentence, exit code 2, and no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import commands

SITE = '[outbox]\npath = "outbox.sqlite"\n\n[[pipelines]]\nname = "yard"\nsource = {type = "file", path = "yard.mp4"}\n'
DELIVER = '[relay]\nservers = ["nats://127.0.0.1:9"]\n\n[[receivers]]\niss_ip = "127.0.0.1"\niss_password = "word"\n'

HUGE = "9" * 400
EMPTY, CONTROL = "it is empty, and names nothing", "it has a control character"

CALLS = [
    (("simulator", "--cameras", ","), "--cameras: name one camera at least, such as 1 or 1,2"),
    (("simulator", "--cameras", ""), "--cameras: name one camera at least, such as 1 or 1,2"),
    (("simulator", "--names", "\x1b[31m"), f"--names: {CONTROL}"),
    (("simulator", "--home", ""), f"--home: {EMPTY}"),
    (("simulator", "--log", "\x07"), f"--log: {CONTROL}"),
    (("simulator", "--port", HUGE), "is not from 0 to 65,535"),
    (("simulator", "--port", "-1"), "is not from 0 to 65,535"),
    (("outbox", "list", "--path", ""), f"--path: {EMPTY}"),
    (("outbox", "list", "--path", "folder"), "--path: File 'folder' is a directory."),
    (("outbox", "list", "site.toml", "--limit", "-1"), "-1 is not from 1 to 500"),
    (("import", "lumeo", ""), EMPTY),
    (("demo", "--out", ""), f"--out: {EMPTY}"),
    (("reload", ""), f"CONFIG: {EMPTY}"),
    (("run", " "), f"CONFIG: {EMPTY}"),
    (("status", "\x1b"), f"CONFIG: {CONTROL}"),
    (("console", "site.toml", "--add-user", ""), '"" is not a user name'),
    (("console", "site.toml", "--add-user", "\x1b"), "is not a user name"),
    (("images", "purge", "site.toml", "--camera", ","), "--camera: it names no camera"),
    (("images", "purge", "site.toml", "--camera", ""), "--camera: it names no camera"),
    (("explain", "site.toml", "--around", "nan"), "nan is not from 0 to 86,400"),
    (("mute", "site.toml", "yard", "--for", "-1h"), 'there is no trigger node "yard". The configuration has none.'),
    (("record", "site.toml", "--out", ""), f"--out: {EMPTY}"),
    (
        ("deliver", "site.toml"),
        "this is the configuration of a service with pipelines, which `securos-trigger run` reads",
    ),
    (
        ("deliver", "empty.toml"),
        "the file is empty; `securos-trigger deliver` reads one with [relay] and [[receivers]]",
    ),
    (("deliver", "folder"), "the file cannot be read: Is a directory"),
    (("deliver", "binary"), "a character here is not UTF-8"),
    (("run", "deliver.toml"), "this is a configuration of receivers, which `securos-trigger deliver` reads"),
]


@pytest.mark.parametrize(("words", "said"), CALLS, ids=lambda value: "-".join(value)[:40] if value else "")
def test_what_nobody_can_have_meant_is_a_sentence_and_exit_code_2(
    words: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.toml").touch()
    (tmp_path / "binary").write_bytes(bytes([0x50, 0x80, 0x81, 0xFE]) * 50)
    (tmp_path / "site.toml").write_text(SITE)
    (tmp_path / "deliver.toml").write_text(DELIVER)
    files = {one.name for one in tmp_path.iterdir()}
    done = commands.run(*words, cwd=tmp_path, input="", timeout=60)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not any(character < " " for character in done.stderr.replace("\n", ""))
    assert {one.name for one in tmp_path.iterdir()} == files
