"""No secret shows in a line, whatever slip is in it; and no error of a configuration ever holds one."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config, read_config
from securos_trigger.errors import ConfigurationError
from securos_trigger.validation.masking import is_secret_name, is_secret_parameter, shown_line, without_login

#: The secret of every slip below.
MARKER = "Tr0ub4dor"

NODE = '[[pipelines]]\nname = "yard"\n[pipelines.source]\ntype = "rtsp"\n%s\n[[pipelines.nodes]]\n%s\n[outbox]\npath = "x"\n'

KEYS = ("iss_password", "password", "token", "secret", "key", "iss_pasword", "api-key", '"iss_password"', "auth_token")

#: What a person may do to a line `KEY = "SECRET"`; `{k}` is the key, `{s}` the secret.
LINE_SLIPS = (
    '{k} = "{s}',
    '{k} = {s}"',
    "{k} = {s}",
    '{k} "{s}"',
    '{k}: "{s}"',
    '{k} == "{s}"',
    "{k} = “{s}”",
    '{k} = "{s}"x"',
    '{k} = "x"{s}"',
    "{k} = 'x'{s}'",
    '{k} = "C:\\{s}"',
    '{k} = "C:\\Users\\{s}"',
    '{k} = "{s}",',
    '{k} = "{s}";',
    '{k} = ["{s}"',
    '{k} = {{ file = "{s}", }}',
    '{k} = {{ file = "{s}"\n}}',
    '{k} = {{ "{s}" }}',
    '{k} = """\n{s}\\q\n"""',
    "{k} = '''\n{s}\n",
    '{k} =\n"{s}"',
    '{k} = "{s}"\n{k} = "{s}"',
    '{k} = "{s}\x01"',
    "{k} = [\n{s}\n]",
    '{k} = ["{s}", 1]',
    '{k} = {{ fil = "{s}" }}',
)
URL_SLIPS = (
    'url = "rtsp://user:{s}@h"x',
    "url = rtsp://user:{s}@h",
    'url = "rtsp://user:{s}#@h/x"',
    'url = "rtsp://user:{s}/1@h/x"',
    'url = "rtsp://user:{s}?@h/x"',
    'url = "rtsp://user:{s}@h:99999/x"',
    'url = "http://user:{s}@h/x"',
    'url = ["rtsp://user:{s}@h"]',
    'url = "rtsp://user:{s}"@h"',
    'url "rtsp://user:{s}@h"',
    'adress = "rtsp://user:{s}@h',
    'timeout_s = "rtsp://user:{s}@h"',
    'transport = "rtsp://user:{s}@h"',
    'url = "rtsp://[user:{s}@h/x"',
)
NODE_SLIPS = (
    'type = "trigger_securos_event"\niss_ip = "https://user:{s}@h"',
    'type = "trigger_securos_event"\niss_ip = "user:{s}@h"',
    'type = "rtsp://user:{s}@h"',
    'type = "trigger_securos_event"\niss_scheme = "https://user:{s}@h"',
    'type = "trigger_securos_event"\ninterval = "https://user:{s}@h"',
)
SLIPS = [
    *(NODE % ('url = "rtsp://h/x"', slip.format(k=key, s=MARKER)) for key, slip in itertools.product(KEYS, LINE_SLIPS)),
    *(NODE % (slip.format(s=MARKER), 'type = "tracker"') for slip in URL_SLIPS),
    *(NODE % ('url = "rtsp://h/x"', slip.format(s=MARKER)) for slip in NODE_SLIPS),
]


def test_a_secret_is_in_no_error_of_two_hundred_slips(tmp_path: Path) -> None:
    assert len(SLIPS) > 200
    leaks = []
    for slip in SLIPS:
        with pytest.raises(ConfigurationError) as caught:
            parse_config(slip, base=tmp_path)
        if MARKER in f"{caught.value}{caught.value!r}{caught.value.mistakes!r}":
            leaks.append((slip, str(caught.value)))
    assert leaks == []


def test_a_line_that_is_not_utf8_is_not_shown(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_bytes(f'name = "yard"\niss_password = "{MARKER}ü"\n'.encode("latin-1"))
    with pytest.raises(ConfigurationError) as caught:
        read_config(site)
    assert str(caught.value) == (
        f"{site}: 1 mistake:\n"
        "  line 2: the file cannot be read: a character here is not UTF-8\n"
        "      Save it as UTF-8: most editors ask for the encoding under Save as."
    )


@pytest.mark.parametrize(
    ("line", "column", "shown"),
    [
        ('name = "yard', 13, '    name = "yard\n                ^'),
        ('iss_password = "a"b"', 19, "    iss_password = ***\n                   ^"),
        (
            'source = { type = "rtsp", url = "x"y" }',
            36,
            '    source = { type = "rtsp", url = ***\n                                    ^',
        ),
        ('x = "rtsp://user:pw@host', 25, '    x = "rtsp://***host\n                       ^'),
        ('iss_port = "30"00"', 16, '    iss_port = "30"00"\n                   ^'),
    ],
)
def test_a_shown_line_keeps_what_is_no_secret(line: str, column: int, shown: str) -> None:
    assert shown_line(line, 1, column) == shown


def test_a_caret_stands_below_its_place_in_a_long_line() -> None:
    first, second = shown_line("x" * 200 + '"' + "y" * 200, 1, 201).split("\n")
    assert first[second.index("^")] == '"'
    assert len(first) == 104


@pytest.mark.parametrize("name", ["iss_password", "token", "url", "api_key", "clientSecret", "iss_pasword"])
def test_names_that_may_hold_a_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["iss_port", "interval", "keep", "name", "labels", "iss_ip"])
def test_names_that_hold_none(name: str) -> None:
    assert not is_secret_name(name)


def test_the_login_of_an_address_is_hidden() -> None:
    assert without_login("rtsp://user:p@ss@host/x") == "rtsp://***@host/x"
    assert without_login("user:pass@host") == "***@host"
    assert without_login("a sentence with a@b") == "a sentence with a@b"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?user=viewer&password=p1", "?user=viewer&password=***"),
        ("?PWD=p1;x=2", "?PWD=***;x=2"),
        ("?a=1&access_token=p1&sig=p2#auth=p3", "?a=1&access_token=***&sig=***#auth=***"),
        ("?p%61ssword=p1", "?p%61ssword=***"),
        ("?channel=1&subtype=0&pass=", "?channel=1&subtype=0&pass="),
    ],
)
def test_what_looks_like_a_secret_in_a_query_is_hidden(query: str, shown: str) -> None:
    assert without_login(f'"http://user:p4@camera/video{query}"') == f'"http://***@camera/video{shown}"'
    assert without_login(f"rtsp://camera{query}") == f"rtsp://camera{shown}"


@pytest.mark.parametrize(
    "name",
    [
        "sig",
        "signature",
        "X-Amz-Signature",
        "p%61ssword",
        "%2570assword",
        "passwd",
        "pasword",
        "api_key",
        "apikey",
        "apiKey",
        "accessToken",
        "auth",
        "authorization",
        "authToken",
        "PWD",
        "key",
        "session_key",
        "token2",
        "userpassword",
        "url",
        "tokn",
    ],
)
def test_parameters_that_may_hold_a_secret(name: str) -> None:
    assert is_secret_parameter(name)


@pytest.mark.parametrize(
    "name", ["signal", "designer", "compass", "author", "monkey", "user", "channel", "subtype", "passive", "keyframe"]
)
def test_parameters_that_hold_none(name: str) -> None:
    assert not is_secret_parameter(name)
