"""A configuration file that gets a mistake while its service runs: every command finds the service, and says so first.

The service goes on with the settings in force, so a person must be able to ask it, and to mute it, meanwhile.
"""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import securos_trigger
from tests import commands
from tests.e2e.conftest import wait_until
from tests.e2e.test_status import NO_RECEIVER, asked_until, running, write_site
from tests.terminals import read_to_end

pytestmark = pytest.mark.timeout(240)

SAID = r"- The configuration file has a mistake, {}\. The service goes on with the settings in force"

DETECTOR = '[[pipelines.nodes]]\ntype = "detector"\nmodel = "models/gone.onnx"\n\n'

#: What a person writes by mistake: a line of the file, what stands there then, and what is said of it.
BROKEN = {
    "quote": ('path = "outbox.sqlite"', 'path = "outbox.sqlite', "line 2: the text has no closing quote"),
    "header": ("[outbox]", "[outbox", "line 1: .*"),
    "table": ("[outbox]", "[outbx]", "line 1: .*"),
    "key": ("path = ", "pth = ", "line 2: .*"),
    "elsewhere": ('id = "alarm"', "id = alarm", "line 1[0-9]: .*"),
    "value": ("interval = ", "interval = -", "line 1[0-9].*"),
    "model": (
        "[[pipelines.nodes]]",
        f"{DETECTOR}[[pipelines.nodes]]",
        "line 1[0-9]: pipeline yard, node detector1, model: there is no file models/gone.onnx",
    ),
}


@dataclass(frozen=True)
class Site:
    """A folder with a running service; its file is good between the tests."""

    folder: Path
    good: str

    def break_with(self, mistake: str) -> str:
        """Write the mistake into the file; gives the pattern of what is said of it."""
        old, new, said = BROKEN[mistake]
        (self.folder / "site.toml").write_text(self.good.replace(old, new, 1))
        return SAID.format(said)

    def ask(self, *words: str) -> tuple[int, str, str]:
        """Exit code, output, and what is said on standard error, as one line."""
        done = commands.run(*words, cwd=self.folder)
        return done.returncode, done.stdout, " ".join(done.stderr.split())


@pytest.fixture(scope="module")
def service(clip: Path) -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp())
    config = write_site(folder, clip, NO_RECEIVER)
    console = "\n[console]\nport = 0\n"
    config.write_text(config.read_text() + console)
    try:
        with running(folder):
            asked_until(folder, lambda seen: seen["nodes"][0]["decisions"].get("fired"))
            site = Site(folder, config.read_text())
            wait_until(lambda: "yard/alarm" in site.ask("explain", "site.toml")[1])  # the ledger is written in turns
            yield site
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def site(service: Site) -> Iterator[Site]:
    yield service
    (service.folder / "site.toml").write_text(service.good)


def flat(text: str) -> str:
    """The text as one line."""
    return " ".join(text.split())


@pytest.mark.parametrize("mistake", BROKEN)
def test_status_finds_the_service_and_says_first_what_is_wrong_with_the_file(mistake: str, site: Site) -> None:
    healthy = json.loads(site.ask("status", "site.toml", "--json")[1])["verdict"]
    said = site.break_with(mistake)
    code, text, _ = site.ask("status", "site.toml")
    assert re.search(rf"^(! \S+ takes no events .*)?{said}", flat(text)), text
    assert (
        "`securos-trigger reload site.toml`. Until the file is correct, a reload is refused, and a restart would fail."
        in flat(text)
    )
    assert "not in force" not in text
    assert "yard/alarm" in text
    seen = json.loads(site.ask("status", "site.toml", "--json")[1])
    assert (code, seen["verdict"]) == ({"healthy": 0, "trouble": 1}[healthy], healthy)
    about = [one["about"] for one in seen["troubles"]]
    assert {"file": "mistakes"} in about[:2], "a receiver that takes no events is worse"
    quiet = site.ask("status", "site.toml", "--quiet")
    assert quiet[:2] == (code, "")
    assert re.match(said, quiet[2])
    strict = site.ask("status", "site.toml", "--quiet", "--strict")
    assert strict == ({0: 6, 1: 1}[code], "", quiet[2])


@pytest.mark.parametrize("mistake", BROKEN)
def test_mute_and_unmute_work_with_the_nodes_that_run(mistake: str, site: Site) -> None:
    said = site.break_with(mistake)
    code, text, error = site.ask("mute", "site.toml", "alarm", "--for", "2h")
    assert (code, text.partition(" until")[0]) == (0, "yard/alarm is muted")
    assert re.match(said, error)
    assert "yard/alarm is muted" in site.ask("mute", "site.toml", "--list")[1]
    until_at_s = time.monotonic() + 60
    while json.loads(site.ask("status", "site.toml", "--json")[1])["nodes"][0]["muted_until"] is None:
        assert time.monotonic() < until_at_s
    assert site.ask("mute", "site.toml", "nobody", "--for", "2h")[0] == 2
    code, text, error = site.ask("unmute", "site.toml", "alarm")
    assert (code, text) == (0, "No longer muted: yard/alarm.\n")
    assert re.match(said, error)


@pytest.mark.parametrize("mistake", BROKEN)
def test_explain_and_outbox_list_read_what_the_service_writes(mistake: str, site: Site) -> None:
    said = site.break_with(mistake)
    code, text, error = site.ask("explain", "site.toml")
    assert (code, "yard/alarm" in text) == (0, True)
    assert re.match(said, error)
    code, text, error = site.ask("outbox", "list", "site.toml")
    assert (code, "waiting" in text) == (0, True)
    assert re.match(said, error)
    [row, *_] = json.loads(site.ask("outbox", "list", "site.toml", "--json")[1])["rows"]
    assert site.ask("outbox", "show", "site.toml", str(row["number"]))[0] == 0


@pytest.mark.parametrize("mistake", BROKEN)
def test_trust_and_images_purge_work_with_the_settings_in_force(mistake: str, site: Site) -> None:
    said = site.break_with(mistake)
    code, text, error = site.ask("trust", "site.toml")
    assert (code, text.startswith("https://127.0.0.1:9\n    no TLS handshake (")) == (1, True), error
    assert text.endswith("    -> `securos-trigger doctor site.toml` looks for the cause.\n")
    assert re.match(said, error)
    code, text, error = site.ask("images", "purge", "site.toml", "--all")
    assert (code, text) == (0, "Images deleted: 0.\n")
    assert re.match(said, error)


@pytest.mark.parametrize("mistake", BROKEN)
def test_doctor_examines_the_service_and_names_the_mistake_as_what_failed(mistake: str, site: Site) -> None:
    said = site.break_with(mistake) and BROKEN[mistake][2]
    code, text, _ = site.ask("doctor", "site.toml")
    text = " ".join(text.split())
    assert code == 1
    assert re.match(f"the configuration file failed file {said}", text), text
    assert "service runs since" in text
    assert "until then a reload is refused, and a restart would fail." in text
    assert ("What follows is examined with the settings in force." in text) is (mistake != "model"), text
    assert re.search(r"this machine .* ok outbox .* sources and models ok source yard: .* failed port ", text), text


@pytest.mark.parametrize("mistake", BROKEN)
def test_reload_changes_nothing_and_says_that_the_service_goes_on(mistake: str, site: Site) -> None:
    _, _, said = BROKEN[mistake]
    site.break_with(mistake)
    logged = len((site.folder / "log.txt").read_text())
    code, _, error = site.ask("reload", "site.toml")
    assert (code, error.endswith("Nothing was changed: the service goes on as before.")) == (1, True)
    assert re.search(said, error)
    log = (site.folder / "log.txt").read_text()[logged:]
    assert re.search(rf"reload_refused .*{said}", log)
    assert "^" not in log


def test_a_refused_reload_is_red_on_a_terminal(site: Site) -> None:
    site.break_with("quote")
    ours, its = pty.openpty()
    words = [sys.executable, "-m", "securos_trigger", "reload", "site.toml"]
    environment = {**{name: value for name, value in os.environ.items() if name != "NO_COLOR"}, "TERM": "xterm"}
    with subprocess.Popen(words, cwd=site.folder, stdout=its, stderr=its, env=environment):
        os.close(its)
        said = read_to_end(ours)
    assert said.startswith("\x1b[31msite.toml: 1 mistake"), said
    assert said.partition("\n")[0].rstrip().endswith("\x1b[0m")


@pytest.mark.parametrize("mistake", BROKEN)
def test_the_console_starts_with_the_settings_in_force(mistake: str, site: Site) -> None:
    said = site.break_with(mistake)
    words = ("console", "site.toml")
    out, err = site.folder / f"{mistake}.out", site.folder / f"{mistake}.err"
    with (
        out.open("w") as output,
        err.open("w") as errors,
        commands.start(*words, cwd=site.folder, stdout=output, stderr=errors) as console,
    ):
        try:
            wait_until(lambda: console.poll() is not None or "The console: http://127.0.0.1:" in out.read_text())
            assert console.poll() is None, err.read_text()
            assert "CONFIG" not in out.read_text()
        finally:
            console.terminate()
            console.wait(60)
    assert re.match(said, " ".join(err.read_text().split()))


def test_a_model_that_is_not_there_is_one_mistake_with_one_text_in_every_command(site: Site) -> None:
    _, _, said = BROKEN["model"]
    site.break_with("model")
    for words in ("check", "status", "doctor", "reload", "run"):
        code, text, error = site.ask(words, "site.toml")
        assert re.search(said, flat(text) + error), (words, code, text, error)
    assert (site.folder / "models").exists() is False
    (site.folder / "models").mkdir()
    shutil.copy(
        Path(securos_trigger.__file__).parent / "analytics/models/nanodet-g-416.onnx", site.folder / "models/gone.onnx"
    )
    try:
        text = site.ask("status", "site.toml")[1]
        assert "has a mistake" not in text
        assert "Settings of the configuration file that are not in force: " in text
        said = said.partition("there is")[0]
        (site.folder / "models/gone.onnx").write_bytes(b"\x08\x07 what only the one who loads it sees")
        for words in ("doctor", "reload"):
            code, text, error = site.ask(words, "site.toml")
            assert re.search(said, flat(text) + error), (words, code, text, error)
    finally:
        shutil.rmtree(site.folder / "models")
    assert re.search(BROKEN["model"][2], flat(site.ask("status", "site.toml")[1])), "it is gone again"


def test_an_empty_or_missing_file_is_said_where_the_outbox_is_the_usual_one(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    config = write_site(tmp_path, clip, NO_RECEIVER)
    config.write_text(config.read_text().replace('path = "outbox.sqlite"\n', ""))
    site = Site(tmp_path, config.read_text())
    with running(tmp_path):
        asked_until(tmp_path, lambda seen: seen["nodes"][0]["decisions"].get("fired"))
        config.write_text("")
        assert "yard/alarm is muted" in site.ask("mute", "site.toml", "alarm", "--for", "2h")[1]
        config.unlink()
        code, text, _ = site.ask("status", "site.toml")
        assert code in (0, 1)
        assert "- The configuration file has a mistake, the file cannot be" in " ".join(text.split())
        assert "yard/alarm is muted" in site.ask("mute", "site.toml", "--list")[1]


def test_without_a_service_the_mistake_is_said_with_what_follows_from_it(clip: Path, tmp_path: Path) -> None:
    config = write_site(tmp_path, clip, NO_RECEIVER)
    site = Site(tmp_path, config.read_text())
    site.break_with("elsewhere")
    code, _, error = site.ask("status", "site.toml")
    assert (code, "line 11: " in error) == (2, True)
    assert error.startswith("No service was found that runs with site.toml. securos-trigger: site.toml: ")
    site.break_with("value")
    assert site.ask("status", "site.toml")[0] == 3
    assert " ".join(site.ask("reload", "site.toml")[2].split()).endswith(
        "the service does not run. Start it: `securos-trigger run site.toml`"
    )
    for words in (("doctor",), ("explain",), ("console",), ("trust",), ("mute", "--list")):
        code, _, error = site.ask(words[0], "site.toml", *words[1:])
        assert (code, "line 1" in error) == (2, True), words


def test_a_service_that_was_killed_is_found_by_a_file_that_was_broken_since(clip: Path, tmp_path: Path) -> None:
    config = write_site(tmp_path, clip, NO_RECEIVER)
    site = Site(tmp_path, config.read_text())
    with running(tmp_path) as service:
        asked_until(tmp_path, lambda seen: seen["nodes"][0]["decisions"].get("fired"))
        service.kill()
        service.wait(30)
    site.break_with("elsewhere")
    code, text, _ = site.ask("status", "site.toml")
    said = flat(text)
    assert code == 3, said
    assert "line 11: " in said
    assert "in the outbox, the oldest for" in said
    assert "it was killed, or the machine went down" in said


def test_another_service_beside_the_file_is_not_taken_for_its_own(clip: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write_site(other, clip, NO_RECEIVER)
    config = write_site(tmp_path, clip, NO_RECEIVER)
    config.write_text(f'[outbox]\npath = "{other}/outbox.sqlite\n')
    with running(other):
        asked_until(other, lambda seen: seen["pipelines"])
        code, _, error = Site(tmp_path, "").ask("status", "site.toml")
        assert (code, "line 2: the text has no closing quote" in error) == (2, True)


def test_deliver_is_found_although_its_file_is_no_toml_any_more(tmp_path: Path) -> None:
    config = tmp_path / "deliver.toml"
    good = (
        'state_folder = "state"\n\n[relay]\nservers = ["nats://127.0.0.1:9"]\n\n'
        '[[receivers]]\niss_ip = "127.0.0.1"\niss_port = "9"\niss_password = "s3cret-token"\n'
    )
    config.write_text(good)
    site = Site(tmp_path, good)
    with commands.start("deliver", "deliver.toml", cwd=tmp_path) as process:
        try:
            wait_until(lambda: site.ask("status", "deliver.toml")[0] in (0, 1))
            for old, new in (
                ('"state"', '"state'),
                ("[[receivers]]", "[[receivers]"),
                ('"127.0.0.1"\n', "127.0.0.1\n"),
            ):
                config.write_text(good.replace(old, new, 1))
                code, text, _ = site.ask("status", "deliver.toml")
                text = " ".join(text.split())
                assert "- The configuration file has a mistake, line " in text, text
                assert (code in (0, 1), "https://127.0.0.1:9" in text, "s3cret" in text) == (True, True, False)
        finally:
            process.terminate()
            process.wait(60)
