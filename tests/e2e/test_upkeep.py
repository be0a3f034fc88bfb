"""docs/upkeep.md: a token is changed, an outbox is moved, and a change of state is mailed, with real processes."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from securos_trigger.vms.simulator import Simulator
from tests.e2e.test_status import asked_until, running, starting, write_site

PAGE = Path(__file__).parents[2] / "docs" / "upkeep.md"


def kept_ids(*folders: Path) -> list[str]:
    """The ids of the events that the services in these folders have kept, by their logs."""
    logs = "".join((folder / "log.txt").read_text() for folder in folders if (folder / "log.txt").exists())
    return re.findall(r" event_kept .* event_id=(\S+)", logs)


def done_ids(*folders: Path) -> list[str]:
    logs = "".join((folder / "log.txt").read_text() for folder in folders)
    return re.findall(r" delivery_done .* event_id=(\S+)", logs)


def receiver(home: Path, calls: Path, port: int, token: str) -> Simulator:
    return Simulator(("1",), home=home, log=calls, receiver_port=port, token=token)


def reload(folder: Path, code: int = 0) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "securos_trigger", "reload", "site.toml"],
        cwd=folder,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stderr


def site_with_token_file(folder: Path, clip: Path, settings: dict[str, str]) -> Path:
    config = write_site(folder, clip, settings)
    secret = json.dumps(settings["iss_password"])
    config.write_text(config.read_text().replace(f"iss_password = {secret}", 'iss_password = { file = "token" }'))
    (folder / "token").write_text(settings["iss_password"])
    return config


@pytest.mark.timeout(300)
def test_a_token_is_changed_in_both_orders_and_no_event_is_lost(clip: Path, tmp_path: Path) -> None:
    home, calls, folder = tmp_path / "home", tmp_path / "calls.jsonl", tmp_path / "site"
    folder.mkdir()
    refused = lambda seen: seen["targets"][0]["trouble"] == "unauthorized" and seen["targets"][0]["waiting"]  # noqa: E731
    all_sent = lambda seen: seen["targets"][0]["is_healthy"] and not seen["targets"][0]["waiting"]  # noqa: E731
    with receiver(home, calls, 0, "first-token-000000") as first:
        site_with_token_file(folder, clip, first.settings())
        port = first.receiver_port
        with running(folder):
            asked_until(folder, all_sent)
            first.close()
            with receiver(home, calls, port, "second-token-00000") as second:  # the receiver goes first
                asked_until(folder, refused)
                (folder / "token").write_text("second-token-00000")
                reload(folder)
                asked_until(folder, all_sent)
                (folder / "token").write_text("third-token-000000")  # the sender goes first
                reload(folder, code=5)  # it is in force, and the receiver refuses it until it has it, too
                asked_until(folder, refused)
                second.close()
            with receiver(home, calls, port, "third-token-000000"):
                asked_until(folder, all_sent)
    with receiver(home, calls, port, "third-token-000000"), running(folder):
        asked_until(folder, all_sent)
    kept, done = kept_ids(folder), done_ids(folder)
    assert len(kept) > 3
    assert set(done) >= set(kept[:-1]), "each event has arrived"
    assert len(done) == len(set(done)), "and none of them twice"


@pytest.mark.timeout(300)
def test_an_outbox_moves_to_another_machine_and_nothing_is_lost_or_doubled(clip: Path, tmp_path: Path) -> None:
    home, calls, old, new = (tmp_path / name for name in ("home", "calls.jsonl", "old", "new"))
    old.mkdir()
    with receiver(home, calls, 0, "first-token-000000") as before:
        site_with_token_file(old, clip, before.settings())
        port = before.receiver_port
    with running(old):
        asked_until(old, lambda seen: (seen["targets"][0]["waiting"] or 0) >= 3)
    waited = kept_ids(old)
    assert done_ids(old) == []
    shutil.copytree(old, new, copy_function=shutil.copy2)
    (new / "log.txt").unlink()
    with receiver(home, calls, port, "first-token-000000"), running(new):
        asked_until(new, lambda seen: seen["targets"][0]["is_healthy"] and not seen["targets"][0]["waiting"])
        assert done_ids(new)[: len(waited)] == waited, "what had waited arrived first, and in its order"
    done = done_ids(new)
    assert len(done) == len(set(done))


def test_the_script_prints_when_the_state_has_changed_and_else_nothing(clip: Path, tmp_path: Path) -> None:
    [text] = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    script, seen = tmp_path / "status-changes", tmp_path / "seen"
    script.write_text(text)
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def printed() -> str:
        words = [str(script), str(tmp_path / "site.toml"), str(seen)]
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, timeout=120, env={**os.environ, "PATH": path}
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    with Simulator(("1",)) as simulator:
        write_site(tmp_path, clip, simulator.settings())
        assert printed().startswith("! securos-trigger is not running: ")
        assert printed() == ""
        with starting(tmp_path):
            assert printed() == ""
        with running(tmp_path):
            asked_until(tmp_path, lambda one: one["targets"][0]["is_healthy"])
            assert printed().startswith("healthy: ")
            assert printed() == ""
