"""The slips that people make in TOML, each with its whole text."""

from __future__ import annotations

import tomllib

import pytest

from securos_trigger.config.toml_slips import form_mistake

QUOTE_AT_END = "the text has no closing quote"
IN_SINGLE = "Put the whole text in single quotes: "
HEAD = "Write [table] or [[table]], alone on its line."


@pytest.mark.parametrize(
    ("text", "where", "what", "fix"),
    [
        ('name = "yard\n', "line 1", QUOTE_AT_END, 'Write name = "…", both quotes on one line.'),
        ("name = 'yard\nnote = 'x'\n", "line 1", QUOTE_AT_END, "Write name = '…', both quotes on one line."),
        ("name = 'yard\r\nnote = 'x'\r\n", "line 1", QUOTE_AT_END, "Write name = '…', both quotes on one line."),
        (
            'trigger = "label == "car""',
            "line 1",
            "the text ends at its second double quote",
            f"{IN_SINGLE}trigger = '…\"…\"…'.",
        ),
        (
            "name = 'it's'",
            "line 1",
            "the text ends at its second single quote",
            'Put the whole text in double quotes: name = "…\'…".',
        ),
        (
            'path = "C:\\Users\\x"',
            "line 1",
            "a backslash in double quotes begins a code such as \\n, and this is not one",
            "Write the text in single quotes: path = '…'. In a path / works, too.",
        ),
        ("name = “yard”", "line 1", "curly quotes stand around a text", 'Write straight ones: name = "…".'),
        (
            "name = yard",
            "line 1",
            "the value is neither a number nor a text in quotes",
            'Write name = "…".',
        ),
        ("enabled = True", "line 1", "true is written in small letters", "Write enabled = true."),
        ("keep = None", "line 1", "TOML has no null", "Remove the line."),
        (
            "a = 1\nname\n",
            "line 2",
            "there is no = between name and value",
            "Write name = value; a name has no space in it.",
        ),
        ('a = 1\nname: "yard"', "line 2", 'there is a ":" between name and value', "Write name = value."),
        ('name == "yard"', "line 1", "there is one = too many", "Write name = value."),
        ("name =\n", "line 1", "the value is missing", "Write name = value, on one line."),
        (
            "[outbox]\n[ledger]\n[outbox]\n",
            "line 3",
            "the table outbox is defined twice, first in line 1",
            "Keep one of them.",
        ),
        (
            "hold = 1\n\nhold = 2\nx = 3\n",
            "line 3",
            "the setting hold is defined twice, first in line 1",
            "Keep one of them.",
        ),
        (
            "[[pipelines]]\n[pipelines.nodes]\n[pipelines.nodes]\n",
            "line 3",
            "the table pipelines.nodes is defined twice, first in line 2",
            "There may be several of these: write [[pipelines.nodes]] each time, with two brackets.",
        ),
        ("sink = { a = 1, }", "line 1", "there is a comma before the }", "Remove the last comma."),
        (
            "sink = { a = 1,\n b = 2 }",
            "line 1",
            "the table { … } does not end on its line",
            "Write { … } on one line, or as a [table] of its own.",
        ),
        (
            "sink = { a = 1 b = 2 }",
            "line 1",
            "there is no comma before b",
            "Write { a = …, b = … }.",
        ),
        (
            "keep = [1, 2\nname = 1",
            "line 2",
            "the list [ … ] is not closed here",
            "Put a comma between two values, and a ] at the end.",
        ),
        ("[[pipelines]\n", "line 1", "the header of a table has too few or too many brackets", HEAD),
        ("[pipelines]]\n", "line 1", "the header of a table has too few or too many brackets", HEAD),
        ('name = "yard",', "line 1", 'there is a "," after the value', 'Leave the "," out.'),
        (
            "hold = 1.5.2",
            "line 1",
            "this is not a number",
            'Write a number as 5 or 0.5, and a text in quotes: hold = "…".',
        ),
        (
            "tür = 1",
            "line 1",
            "there is no = between name and value",
            "Write name = value; a name has no space in it.",
        ),
        (
            "ü = 1",
            "line 1",
            "the name of a setting cannot begin like this",
            "Write name = value. A name has the letters a to z, digits, - and _.",
        ),
        ('name = "a\x01"', "line 1", "there is a character that cannot be shown", "Remove it."),
    ],
)
def test_a_slip_in_plain_words(text: str, where: str, what: str, fix: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    mistake = form_mistake(text, caught.value)
    sentence, line, caret = mistake.what.split("\n")
    assert (mistake.where, sentence, mistake.fix) == (where, what, fix)
    assert line.strip() == text.split("\n")[int(where.split()[1]) - 1].strip()
    assert caret.strip() == "^"


LONE = "there is only one long word here; it is not shown, because it may be a password"


@pytest.mark.parametrize("line", ["Ne8DRaXX0secret9token", "c2VjcmV0LXRva2Vu+/x==", "  hunter2hunter2!  "])
def test_a_token_that_stands_alone_is_not_shown(line: str) -> None:
    for text in (f"{line}\n", f'name = "yard"\n{line}\n'):
        with pytest.raises(tomllib.TOMLDecodeError) as slip:
            tomllib.loads(text)
        shown = str(form_mistake(text, slip.value))
        assert line.strip()[:6] not in shown
        assert LONE in shown


def test_a_text_that_is_never_closed_is_found_where_it_begins() -> None:
    text = 'name = "yard"\nevent_description = """\nA car\n\n[outbox]\npath = "x"\n'
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    assert form_mistake(text, caught.value).where == "line 2"


@pytest.mark.parametrize("value", [".%", ".s", "..%", ".4%"])
def test_a_point_with_a_unit_is_a_mistake_and_no_fault(value: str) -> None:
    text = f"threshold = {value}"
    with pytest.raises(tomllib.TOMLDecodeError) as refused:
        tomllib.loads(text)
    assert form_mistake(text, refused.value).where == "line 1"


SECRETS = {
    "a token": "Ne8DRaQx7TqYp2mB0kLw\n",
    "a token with a dot": "eyJhbGciOi.eyJzdWIiOi.SflKxwRJSM\n",
    "Base64": "Ne8DRaQx7TqYp2mB0kLw==\n",
    "a password with signs": 'p"a[ss=w:or{d\n',
    "two lines": "operator\nNe8DRaQx\n",
    "a name before it": "receiver:Ne8DRaQx\n",
    "a private key": "-----BEGIN PRIVATE KEY-----\nNe8DRaQx7TqYp2mB0kLw\n-----END PRIVATE KEY-----\n",
    "JSON": '{"p": "Ne8DRaQx"}\n',
}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_no_line_of_a_file_that_is_no_configuration_is_shown(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    said = str(form_mistake(text, caught.value))
    words = [word for word in text.replace('"', " ").split() if word not in ("PRIVATE", "KEY-----", "{", "}", "p", ":")]
    assert not [word for word in words if word in said]
    is_lone = text in (SECRETS["a token"], SECRETS["a token with a dot"], SECRETS["Base64"])
    assert LONE in said if is_lone else ("TOML is expected" in said or "this is not a configuration" in said)


@pytest.mark.parametrize("line", ["Ne8DRaQx7TqYp2mB0kLw", "Ne8DRaQx7TqYp2mB0kLw==", '"Ne8DRaQx7TqYp2mB0kLw"'])
def test_a_token_alone_on_its_line_is_hidden_in_a_configuration(line: str) -> None:
    text = f'[outbox]\npath = "outbox.sqlite"\n{line}\n'
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    said = str(form_mistake(text, caught.value))
    assert "Ne8DRaQx" not in said
    assert LONE in said


def test_a_text_of_a_list_alone_on_its_line_is_no_secret() -> None:
    text = 'labels = [\n"motorcycle rider"\n"wheelchair_user"\n]\n'
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    assert '"wheelchair_user"' in str(form_mistake(text, caught.value))


def test_the_key_of_a_text_without_its_closing_quote_is_named_in_a_table_of_one_line_also_beside_a_secret() -> None:
    for line in ('source = { type = "rtsp", url = "rtsp://h/1 }', 'source = { timeout_s = 5, url = "rtsp://h/1 }'):
        with pytest.raises(tomllib.TOMLDecodeError) as caught:
            tomllib.loads(f"{line}\n")
        mistake = form_mistake(f"{line}\n", caught.value)
        assert "rtsp://" not in str(mistake)
        assert mistake.fix == 'Write url = "…", both quotes on one line.'
