"""Slips inside `{ … }` and `[ … ]`: each is named as what it is, and its remedy makes the line right."""

from __future__ import annotations

import tomllib

import pytest

from securos_trigger.config.toml_slips import form_mistake

ONE_LINE = ("the table { … } does not end on its line", "Write { … } on one line, or as a [table] of its own.")
NO_BRACE = ("the table { … } has no } at its end", "Write the } after the last value, on the same line.")
BRACES = ("several settings need braces around them", "Write source = { name = value, name = value }.")
NO_COMMA = ("there is no comma before url", "Write { type = …, url = … }.")
COMMA = ("there is one comma too many", "Remove it.")

SLIPS: dict[str, tuple[str, str]] = {
    'source = { type = "rtsp" url = "rtsp://h/1" }': NO_COMMA,
    "source = { type = 'rtsp' url = 'rtsp://h/1' }": NO_COMMA,
    'source = { type = "rtsp" "url" = "rtsp://h/1" }': NO_COMMA,
    'source = { type = "rtsp" url = "rtsp://h/1"': NO_COMMA,
    "cameras = { front = 1 back = 2 }": ("there is no comma before back", "Write { front = …, back = … }."),
    'lines = [ { name = "a" points = [[0, 0], [1, 1]] } ]': (
        "there is no comma before points",
        "Write { name = …, points = … }.",
    ),
    'line = { points = [[0, 0], [1, 1]] name = "a" }': (
        "there is no comma before name",
        "Write { points = …, name = … }.",
    ),
    'source = { type = "rtsp"; url = "rtsp://h/1" }': (
        'there is a ";" between two settings',
        'Write a comma in place of ";".',
    ),
    'source = { type = "rtsp", url = "rtsp://h/1", }': ("there is a comma before the }", "Remove the last comma."),
    'source = { type = "rtsp", , url = "rtsp://h/1" }': COMMA,
    'source = {, type = "rtsp" }': COMMA,
    'source = { type = "rtsp", url = "rtsp://h/1"': NO_BRACE,
    'source = { type = "rtsp", url = "rtsp://h/1" # the gate': NO_BRACE,
    'source = { type = "rtsp", url = "rtsp://h/1" ]': ('the table { … } ends with a "]"', 'Write } in place of "]".'),
    'source = { type = "rtsp", url = "rtsp://h/1" }}': ('there is a "}" after the value', 'Leave the "}" out.'),
    'source = {\n  type = "rtsp",\n  url = "rtsp://h/1"\n}': ONE_LINE,
    'source = { type = "rtsp",\n  url = "rtsp://h/1" }': ONE_LINE,
    'source = { type = "rtsp"\n  url = "rtsp://h/1" }': ONE_LINE,
    'source = { type = "rtsp"\n}': ONE_LINE,
    'source = { type: "rtsp", url = "rtsp://h/1" }': ('there is a ":" between name and value', "Write name = value."),
    'source { type = "rtsp" }': ("there is no = before the {", "Write source = { … }."),
    'source = type = "rtsp", url = "rtsp://h/1" }': BRACES,
    'source = type = "rtsp"': BRACES,
    'source = ( type = "rtsp", url = "rtsp://h/1" )': BRACES,
    'source = [ type = "rtsp", url = "rtsp://h/1" ]': BRACES,
    'source = { type = "rtsp, url = "rtsp://h/1" }': (
        "the text of type has no closing quote",
        'Write type = "…", a quote at both ends.',
    ),
    'source = { type = "rtsp", url = "rtsp://h/1 }': (
        "the text has no closing quote",
        'Write url = "…", both quotes on one line.',
    ),
    'source = { type = rtsp", url = "rtsp://h/1" }': (
        "the value is neither a number nor a text in quotes",
        'Write type = "…".',
    ),
    'source = { type = "say "hi" to", loop = true }': (
        "the text of type ends at its second double quote",
        "Put the whole text in single quotes: type = '…\"…\"…'.",
    ),
    'source = { type = "rtsp", url = }': ("the value is missing", "Write url = value."),
    'source = { type = "rtsp", type = "file" }': ("a setting is there twice in this table { … }", "Keep one of them."),
    'keep = ["person"; "car"]': ('there is a ";" between two values', 'Write a comma in place of ";".'),
    'keep = ["person, "car"]': (
        "a text of the list has no closing quote",
        'Write each text as "…", a quote at both ends.',
    ),
    'keep = ["person", car"]': (
        "a value of the list is neither a number nor a text in quotes",
        'Write keep = ["…", "…"].',
    ),
    'keep = ["person" }': ('the list [ … ] ends with a "}"', 'Write ] in place of "}".'),
    'keep = ["person" "car"]': (
        "the list [ … ] is not closed here",
        "Put a comma between two values, and a ] at the end.",
    ),
}


def _said(text: str) -> tuple[str, str]:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    mistake = form_mistake(text, caught.value)
    assert mistake.where == "line 2"
    return mistake.what.split("\n")[0], mistake.fix


@pytest.mark.parametrize("line", SLIPS)
def test_a_slip_in_brackets_is_named_as_what_it_is(line: str) -> None:
    assert _said(f"[[pipelines]]\n{line}\n[[pipelines.nodes]]\n") == SLIPS[line]


def test_no_part_of_a_secret_is_taken_for_a_name() -> None:
    what, fix = _said('[[pipelines]]\nlogin = { password = "Ne8"DRaQx = "x" }\n')
    assert "DRaQx" not in what + fix
    assert what == "there is no comma before the next setting"
    for before in ("rois = [[[1,2],[3,4]]]", '"a b" = 1'):  # what stands there is not understood
        what, fix = _said(f'[[pipelines]]\nnode = {{ {before}, iss_password = "ab"Ge7SECRET=x" }}\n')
        assert "Ge7SECRET" not in what + fix
