"""How an error reads on a terminal of 80 columns."""

from __future__ import annotations

import io
import shlex
from typing import TextIO

from securos_trigger.cli.trouble_text import error_in_red, error_text, finding_text, lines_of, question_text
from securos_trigger.doctor import Finding, Status
from securos_trigger.operations.trouble import Trouble


def test_each_line_of_an_error_is_folded_with_its_indentation() -> None:
    text = f"site.toml: 1 mistake:\n  line 6: {'word ' * 20}\n      Known: {'name, ' * 20}\n      Short."
    lines = error_text(text).split("\n")
    assert max(map(len, lines)) <= 79
    assert (lines[0], lines[-1]) == ("site.toml: 1 mistake:", "      Short.")
    assert [line for line in lines if line.startswith("    word")], "a mistake goes on below its text"
    assert [line for line in lines if line.startswith("        name")], "and what to do about it below that"
    assert " ".join(" ".join(lines).split()) == " ".join(text.split())


def test_a_question_leaves_room_for_its_default_and_breaks_no_word() -> None:
    for length in range(55, 85):
        question = "word " * (length // 5) + "x" * (length % 5 + 1) + "?"
        for default in ("y/N", "a.toml", ""):
            asked = question_text(question, default)
            printed = f"{asked} [{default}]:" if default else f"{asked}:"
            assert max(map(len, printed.split("\n"))) <= 79
            assert " ".join(asked.split()) == question


RETRY = "`securos-trigger outbox retry 'my site.toml' --camera 12=RIGHT --target https://vms-server-of-the-harbour.example:3443`"


def test_a_command_that_fits_no_line_goes_on_after_a_backslash_at_the_same_margin() -> None:
    fix = f"A wrong camera? Correct iss_camera_ids, then {RETRY}. Or leave it."
    lines = finding_text(Finding(Status.FAILED, "cameras", "no camera 12", fix)).split("\n")
    assert max(map(len, lines)) <= 79
    assert {len(line) - len(line.lstrip()) for line in lines[1:]} == {24, 27}, "no line of the advice jumps to the left"
    advice = "\n".join(line.strip() for line in lines[1:])
    typed = advice[advice.index("`") + 1 : advice.rindex("`")]
    assert shlex.split(typed.replace("\\\n", "")) == shlex.split(RETRY.strip("`"))
    assert advice.replace(" \\\n", " ").replace("\n", " ") == f"-> {fix}"


def test_a_trouble_with_a_long_command_fits_80_columns() -> None:
    lines = "\n".join(lines_of(Trouble("Given up: camera 12.", f"First {RETRY}, then look.", needs_person=True)))
    assert max(map(len, lines.split("\n"))) <= 79


def test_a_line_that_carets_point_into_stays_whole() -> None:
    text = f"wrong:\n    {'a > b and ' * 9}\n    {' ' * 70}^^"
    assert error_text(text) == text


def test_the_whole_first_sentence_of_an_error_is_red_and_its_remedy_is_not(terminal: TextIO) -> None:
    remedy = "\n    Known: yard/trigger1"
    first = 'securos-trigger: there is no trigger node "yard/triger1" in this file. Did you mean "yard/trigger1"?'
    folded = error_text(first)
    assert "\n" in folded
    assert error_in_red(first + remedy, terminal) == f"\x1b[31m{folded}\x1b[0m{remedy}"
    assert error_in_red(first, terminal) == f"\x1b[31m{folded}\x1b[0m"
    above_caret = f"{first}\n    ^\nWrite it."
    assert error_in_red(above_caret, terminal) == f"\x1b[31m{first}\x1b[0m\n    ^\nWrite it."
    assert error_in_red(first + remedy, io.StringIO()) == error_text(first + remedy)
