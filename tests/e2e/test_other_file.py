"""Two configurations that share an outbox: what runs is one of them, and each command says so of the other."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests import commands
from tests.made_videos import write_video

SITE = """\
[outbox]
path = "outbox.sqlite"

[[pipelines]]
name = "{pipeline}"
source = {{ type = "file", path = "yard.mp4", realtime = true, loop = true }}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "custom"
trigger = "1 == 1"
event_name = "Person"
iss_camera_ids = "1"
iss_ip = "127.0.0.1"
iss_port = "{port}"
iss_scheme = "http"
iss_password = "token"
"""


@contextmanager
def running(folder: Path) -> Iterator[int]:
    """`run new.toml` in a folder where new2.toml has the same outbox, until the end of the block."""
    write_video(folder / "yard.mp4", [np.zeros((64, 64, 3), np.uint8)] * 5)
    (folder / "new.toml").write_text(SITE.format(pipeline="gate", port=9))
    (folder / "new2.toml").write_text(SITE.format(pipeline="yard", port=10))
    with (folder / "log.txt").open("w") as log, commands.start("run", "new.toml", cwd=folder, stderr=log) as process:
        try:
            until_ticks = time.monotonic() + 120
            while json.loads(said(folder, "status", "new.toml", "--json")[1])["verdict"] in ("not_running", "starting"):
                assert time.monotonic() < until_ticks, (folder / "log.txt").read_text()
                time.sleep(0.2)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def said(folder: Path, *words: str) -> tuple[int, str, str]:
    done = commands.run(*words, cwd=folder, timeout=120)
    return done.returncode, done.stdout, " ".join(done.stderr.split())


@pytest.mark.timeout(300)
def test_a_file_whose_outbox_another_one_has_does_not_run(tmp_path: Path) -> None:
    with running(tmp_path) as pid:
        code, text, _ = said(tmp_path, "status", "new2.toml")
        words = " ".join(text.split())
        first = f"! new2.toml does not run: the outbox outbox.sqlite belongs to process {pid}, which runs"
        assert code == 3
        assert words.startswith(f"{first} {tmp_path / 'new.toml'} -> ")
        assert '`path = "new2.outbox.sqlite"` under [outbox]' in words
        assert not {"healthy", "works,", "gate/alarm"} & set(words.split())
        code, printed, _ = said(tmp_path, "status", "new2.toml", "--json")
        seen = json.loads(printed)
        assert (code, seen["verdict"], seen["is_running"]) == (3, "not_running", False)
        assert seen["runs_instead"] == {"configuration": str(tmp_path / "new.toml"), "pid": pid}

        code, text, _ = said(tmp_path, "doctor", "new2.toml")
        assert code == 1
        assert f"failed service {first.removeprefix('! ')}" in " ".join(text.split())
        for words_typed in (["explain"], ["mute"], ["outbox", "list"]):
            assert said(tmp_path, *words_typed, "new2.toml")[2].startswith(first), words_typed

        code, _, error = said(tmp_path, "run", "new2.toml")
        assert code == 2
        assert error.startswith(f"{first} {tmp_path / 'new.toml'}. This start waits some seconds for that process")
        assert '`path = "new2.outbox.sqlite"` under [outbox]' in error
        code, _, error = said(tmp_path, "run", "new.toml")
        assert code == 2
        assert error.startswith(f"! new.toml runs already: the outbox outbox.sqlite belongs to process {pid}.")

        (tmp_path / "same.toml").write_text((tmp_path / "new.toml").read_text())  # a copy: all of it runs
        assert said(tmp_path, "status", "same.toml", "-q")[0] != 3
        code, _, error = said(tmp_path, "run", "same.toml")
        assert code == 2
        assert f"`securos-trigger reload {tmp_path / 'new.toml'}`" in error.replace("reload \\ ", "reload "), error


@pytest.mark.timeout(300)
def test_a_file_with_a_mistake_does_not_borrow_the_settings_of_another(tmp_path: Path) -> None:
    with running(tmp_path):
        with (tmp_path / "new2.toml").open("a") as file:
            file.write("intervall = 3\n")
        code, _, error = said(tmp_path, "mute", "new2.toml", "alarm", "--for", "1h")
        assert (code, "intervall" in error) == (2, True)
        assert said(tmp_path, "status", "new2.toml")[0] == 3
        assert said(tmp_path, "mute", "new.toml")[1].count("gate/alarm") == 0
