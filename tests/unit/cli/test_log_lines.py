"""Log lines on a terminal: between fields, with short ids; elsewhere as they are."""

from __future__ import annotations

import io
import logging
import os
from pathlib import Path

import pytest

from securos_trigger.cli.log_lines import terminal_line, terminal_width
from securos_trigger.cli.logs import log_to_stderr
from tests.terminals import read_to_end

EVENT = (
    "2026-11-28T20:02:55.296Z INFO delivery_done event_id=af79f2c9-0a1b-4c2d-8e3f-0123456789ab node=yard/trigger1 "
    'reason="the receiver answers, and takes events again" target=https://vms.example:3443'
)
SHOWN = """\
2026-11-28T20:02:55.296Z INFO delivery_done event_id=af79f2c9
    node=yard/trigger1 reason="the receiver answers, and takes events again"
    target=https://vms.example:3443"""


def test_a_line_is_broken_between_fields_and_its_id_is_short() -> None:
    assert terminal_line(EVENT, 80) == SHOWN
    assert terminal_line(EVENT, 400) == EVENT.replace("-0a1b-4c2d-8e3f-0123456789ab", "")


def test_a_command_and_a_long_path_can_be_copied() -> None:
    command = "`securos-trigger outbox retry /srv/site.toml --camera 9=1 --target https://vms.example:3443`"
    assert f"\n    {command}\n" in terminal_line(f"The camera is not known there: {command} sends them again.", 60)


def test_a_text_that_is_longer_than_a_line_is_broken_between_words() -> None:
    lines = terminal_line(f'a reason="{"many words " * 20}"', 60).split("\n")
    assert max(map(len, lines)) < 60
    assert all(set(line.split()) <= {"a", 'reason="many', "words", "many", '"'} for line in lines)


@pytest.mark.parametrize("width", [0, 1, 4, 5, 20])
def test_a_terminal_of_hardly_any_column_gets_the_whole_line_too(width: int) -> None:
    shown = terminal_line(EVENT, width)
    assert shown.split() == SHOWN.split()
    assert terminal_line("", width) == ""


def _logged(stream: io.TextIOWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "root", log := logging.RootLogger(logging.WARNING))
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("NO_COLOR", "1")
    log_to_stderr()
    logging.captureWarnings(False)
    log.info(EVENT)
    stream.flush()


def test_a_terminal_gets_it_so_and_a_file_the_whole_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with open(theirs, "w", encoding="utf-8") as terminal:  # noqa: PTH123  a descriptor, not a path
        assert terminal_width(terminal) == 80
        _logged(terminal, monkeypatch)
    said = read_to_end(ours).replace("\r\n", "\n")
    assert "\n    event_id=af79f2c9 node=" in said
    assert max(map(len, said.split("\n"))) < 80
    with (tmp_path / "log.txt").open("w", encoding="utf-8") as file:
        assert terminal_width(file) is None
        _logged(file, monkeypatch)
    assert (tmp_path / "log.txt").read_text(encoding="utf-8").endswith(f" INFO {EVENT}\n")
