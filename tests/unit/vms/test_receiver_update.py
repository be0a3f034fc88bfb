"""Receiver update: the script of this version with the settings of the one in use."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from securos_trigger.errors import ArgumentError
from securos_trigger.vms.bundle import receiver_script
from securos_trigger.vms.receiver_init import write_script
from securos_trigger.vms.receiver_update import update_script


def changed(path: Path, *pairs: tuple[str, str]) -> str:
    """Replace texts that stand in a script once each; gives the script as it is then."""
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return text


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A script of an older version, in which a person has edited some settings."""
    path = write_script(tmp_path / "receiver.js", host="vms.example", token="the-token").path
    changed(
        path,
        ("const VERSION = '0.2.0';", "const VERSION = '0.1.0';"),
        ("const RECORD_PRIORITY = '1';", "const RECORD_PRIORITY = '';"),
        ("const CHECK_CAMERAS = true;", "const CHECK_CAMERAS = false;\n\n// Was of use once.\nconst NO_MORE = [1, 2];"),
        ("const STATE_DIR = '';", "const STATE_DIR = 'D:\\\\state; of ours';"),
        ("// An event that names no camera is sent for this object", "// An older explanation"),
        ("function main() {", "function main() { // older code"),
    )
    return path


def test_token_certificate_and_edited_settings_stay_and_the_rest_is_of_this_version(old: Path) -> None:
    before = old.read_text(encoding="utf-8")
    done = update_script(old)
    assert (done.old_version, done.version) == ("0.1.0", "0.2.0")
    assert done.kept == ("TOKEN", "TLS_KEY", "TLS_CERT", "STATE_DIR", "CHECK_CAMERAS")
    assert done.gone == ("NO_MORE",)
    fresh = receiver_script().read_text(encoding="utf-8").splitlines()
    differing = [
        (now, was) for now, was in zip(old.read_text(encoding="utf-8").splitlines(), fresh, strict=True) if now != was
    ]
    assert [was for _, was in differing] == [
        "const TOKEN = '';",
        "const TLS_KEY = '';",
        "const TLS_CERT = '';",
        "const STATE_DIR = '';",
        "const CHECK_CAMERAS = true;",
    ]
    assert all(now in before.splitlines() for now, _ in differing)
    assert done.copy == old.with_name("receiver.js.before")
    assert done.copy.read_text(encoding="utf-8") == before
    assert {stat.S_IMODE(file.stat().st_mode) for file in (old, done.copy)} == {0o600}


def test_every_update_in_place_keeps_a_copy_of_what_stood_there(old: Path) -> None:
    before = old.read_text(encoding="utf-8")
    first = update_script(old).copy
    changed(old, ("function main() {", "function main() { // a line of a person"))
    between = old.read_text(encoding="utf-8")
    second = update_script(old, old.parent / "." / old.name, is_forced=True).copy
    assert (first, second) == (old.with_name("receiver.js.before"), old.with_name("receiver.js.before-2"))
    assert [copy.read_text(encoding="utf-8") for copy in (first, second) if copy] == [before, between]


def test_a_script_of_this_version_stays_untouched_and_its_secrets_are_not_copied(old: Path, tmp_path: Path) -> None:
    update_script(old)
    files = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in tmp_path.iterdir()}
    for done in (update_script(old), update_script(old, old.parent / "." / old.name)):
        assert (done.is_changed, done.copy) == (False, None)
    assert {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in tmp_path.iterdir()} == files
    assert update_script(old, tmp_path / "other.js").path.read_bytes() == old.read_bytes()


def test_the_script_under_another_name_is_the_same_one(old: Path, tmp_path: Path) -> None:
    before = old.read_text(encoding="utf-8")
    link = tmp_path / "link.js"
    link.symlink_to(old)
    done = update_script(old, link)
    assert done.copy is not None
    assert done.copy.read_text(encoding="utf-8") == before


def test_a_certificate_that_was_pasted_in_several_lines_stays(old: Path) -> None:
    key = "`-----BEGIN PRIVATE KEY-----\nAB;\nCD\n-----END PRIVATE KEY-----`"
    text = old.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("const TLS_KEY"))
    changed(old, (line, f"const TLS_KEY = {key};"))
    update_script(old)
    assert f"\nconst TLS_KEY = {key};\nconst TLS_CERT" in old.read_text(encoding="utf-8")


def test_a_script_of_others_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "lumeo.js"
    path.write_text("const express = require('express');\n", encoding="utf-8")
    with pytest.raises(ArgumentError) as refusal:
        update_script(path)
    assert str(refusal.value) == (
        f"{path} is not a receiver of securos-trigger: it lacks the marks around its settings. Make a new one: "
        "`securos-trigger receiver init --host HOST`; --token keeps the token of your senders."
    )
    assert list(tmp_path.iterdir()) == [path]


def test_files_that_cannot_be_used_are_named(old: Path, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"gone\.js cannot be read: No such file or directory"):
        update_script(tmp_path / "gone.js")
    (tmp_path / "image.js").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(ArgumentError, match=r"image\.js is not a script: it is not UTF-8 text"):
        update_script(tmp_path / "image.js")
    taken = tmp_path / "taken.js"
    taken.touch()
    with pytest.raises(ArgumentError, match=r"There is a file .*taken\.js already"):
        update_script(old, taken)
    assert update_script(old, taken, is_forced=True).path == taken
