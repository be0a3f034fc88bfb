"""What the server hides of an address is not kept by a tab either: both are asked with the same table."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.validation.masking import is_secret_parameter, without_login
from tests.unit.console.scripts import script_function

SECRETS = [
    "http://cam/image?sig=abc",
    "http://cam/image?%70assword=abc",
    "http://cam/image#token=abc",
    "http://cam/image?X-Amz-Signature=abc",
    "http://cam/image?a=1&api_key=abc",
    "http://cam/image;pwd=abc",
    "rtsp://anna:abc@cam/1",
    "anna:abc@cam",
    "http://cam/token=abc",
    "http://cam/image?clientsig=abc",
    "http://cam/image?%ff=abc",
]
OPEN = [
    "http://cam/image?width=640",
    "rtsp://10.0.0.5/stream1",
    "yard.mp4",
    "a == 1",
    "http://cam/?compass=1",
    "a/b_key == 1",
]
STEMS = [
    "pass",
    "password",
    "passwd",
    "passwort",
    "pasword",
    "pwd",
    "psw",
    "tok",
    "token",
    "secret",
    "credential",
    "cred",
    "auth",
    "authorization",
    "key",
    "apikey",
    "accesskey",
    "privatekey",
    "sessionkey",
    "sharedkey",
    "authkey",
    "url",
    "sig",
    "signature",
    "sign",
    "compass",
    "author",
    "authors",
    "monkey",
    "passage",
    "passive",
    "past",
    "pasta",
    "signal",
    "signals",
    "keyframe",
    "keyboard",
    "keyword",
    "keys",
    "turkey",
    "donkey",
    "donor",
    "token1",
    "tokenizer",
    "stoke",
    "stock",
    "bypass",
    "bypassed",
    "trespass",
    "width",
    "height",
    "camera",
    "channel",
    "stream",
    "subtype",
    "resolution",
    "fps",
    "codec",
    "profile",
    "user",
    "session",
    "id",
    "number",
    "design",
    "insight",
    "assign",
]
FORMS = ("{}", "{}Id", "my{}", "client_{}", "X-{}-1", "a%20{}")


def test_server_and_browser_hold_the_same_for_secret(tmp_path: Path) -> None:
    with script_function("secrets.js", "mayHoldSecret", tmp_path) as may_hold_secret:
        for text in [*SECRETS, *OPEN]:
            found = "abc" not in without_login(text) if text in SECRETS else without_login(text) != text
            assert (text, found, may_hold_secret(text)) == (text, text in SECRETS, text in SECRETS)


def test_server_and_browser_take_the_same_names_for_those_of_secrets(tmp_path: Path) -> None:
    names = [
        written for stem in STEMS for form in FORMS for written in (form.format(stem), form.format(stem.capitalize()))
    ]
    assert len(names) > 200
    with script_function("secrets.js", "mayHoldSecret", tmp_path) as may_hold_secret:
        differing = [
            name
            for name in names
            if not (
                is_secret_parameter(name)
                == may_hold_secret(f"http://cam/image?{name}=abc")
                == may_hold_secret({name: "abc"})
                == ("abc" not in without_login(f"http://cam/image?{name}=abc"))
            )
        ]
    assert differing == []


@pytest.mark.parametrize(
    ("name", "is_secret"), [("compass", False), ("author", False), ("monkey", False), ("clientsig", True)]
)
def test_a_word_at_the_border_is_a_secret_only_where_it_means_one(name: str, is_secret: bool) -> None:
    assert is_secret_parameter(name) is is_secret
