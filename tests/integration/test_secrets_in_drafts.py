"""What the server hides of an address is not kept by a tab either: both are asked with the same tables."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from securos_trigger.console.app import STATIC
from securos_trigger.operations.edit_rules import shown
from securos_trigger.validation.masking import MASK, is_secret_parameter, without_login
from tests.integration.secret_addresses import ADDRESSES, NAMES
from tests.unit.console.scripts import script_function

STEMS = [
    "pass",
    "session",
    "sessionid",
    "sid",
    "bearer",
    "otp",
    "pin",
    "pincode",
    "psk",
    "code",
    "zipcode",
    "hash",
    "hashtag",
    "contraseña",
    "kennwort",
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


def test_an_address_is_shown_without_its_secret_and_kept_by_the_browser_only_when_it_has_none(tmp_path: Path) -> None:
    assert len(ADDRESSES) > 60
    with script_function("secrets.js", "mayHoldSecret", tmp_path) as may_hold_secret:
        for marked in ADDRESSES:
            text, wanted = re.sub("[«»]", "", marked), re.sub("«.*?»", MASK, marked)
            assert (text, without_login(text)) == (text, wanted)
            assert "://" not in text or shown("address", text) == wanted
            assert "«" not in marked or "S3" not in str(shown("url", text))
            assert (text, may_hold_secret(text)) == (text, wanted != text)
            assert (text, may_hold_secret({"list": [text]})) == (text, wanted != text)


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


def test_a_name_is_that_of_a_secret_on_both_sides_only_where_it_means_one(tmp_path: Path) -> None:
    with script_function("secrets.js", "mayHoldSecret", tmp_path) as may_hold_secret:
        for name, is_secret in NAMES.items():
            assert (name, is_secret_parameter(name), may_hold_secret({name: "abc"})) == (name, is_secret, is_secret)


#: What is repeated, and what stands once behind it.
HOSTILE = [
    *(
        (part, "")
        for part in ("?token", "://", "@", "?a=", "token", "{ ", "[{", "\n", "a@", "a", "=", "&", "%25", "25")
    ),
    *(
        (part, "\nx")
        for part in ("token=", "key=[", '=token="', "?a=b", "&a", "#;&?/", "aB", "%3D", "a%3Fb", "http://")
    ),
    ("a://@\n", ""),
    ("http://h/?a=", "@"),
    ("key=[", "]\nx"),
    ("key=''''", "'''\nx"),
    ("?token==&", ""),
    ("?pass=a#", "b=c"),
    ("token:a&", "\n"),
    ('{"token" : ', "\n"),
    ("{(", "\n"),
    (" ", "x y"),
    ("\t", "x y"),
    ('password="', "\n"),
]
IN_PYTHON = """
import json, resource, sys, time
from securos_trigger.validation.masking import is_lone_secret, shown_line, without_login
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
def mask(text, times):
    start = time.process_time()
    for _ in range(times):
        without_login(text)
        shown_line(text, 1, 3)
        is_lone_secret(text)
    return time.process_time() - start
for part, end in json.load(sys.stdin):
    short, long = (part * (size // len(part)) + end for size in (32_000, 512_000))
    print(json.dumps([part, mask(short, 16), mask(long, 1)]), flush=True)
"""
IN_NODE = """
import { readFileSync } from 'node:fs';
import { mayHoldSecret } from './secrets.mjs';
const look = (text, times) => {
  const start = process.cpuUsage();
  for (let count = 0; count < times; count += 1) mayHoldSecret({ list: [text] });
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
};
for (const [part, end] of JSON.parse(readFileSync(0, 'utf8'))) {
  const [short, long] = [32000, 512000].map((size) => part.repeat(size / part.length) + end);
  console.log(JSON.stringify([part, look(short, 16), look(long, 1)]));
}
"""


@pytest.mark.parametrize("side", ["server", "browser"])
def test_sixteen_times_the_hostile_text_takes_about_sixteen_times_as_long(side: str, tmp_path: Path) -> None:
    """Processor time only, of sixteen short texts and of a long one. A pattern that tries each start takes 16 times as long.

    The short ones are measured together: the clock of the processor is too coarse for one of them.
    """
    command = [sys.executable, "-c", IN_PYTHON]
    if side == "browser":
        node = shutil.which("node")
        if node is None:
            pytest.skip("node is not installed")
        shutil.copy(STATIC / "shared" / "secrets.js", tmp_path / "secrets.mjs")
        (tmp_path / "look.mjs").write_text(IN_NODE, encoding="utf-8")
        command = [node, str(tmp_path / "look.mjs")]
    done = subprocess.run(command, input=json.dumps(HOSTILE), capture_output=True, text=True, timeout=600, check=False)
    grown = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(grown) == len(HOSTILE), f"ended at {HOSTILE[len(grown)]}: {done.stderr}"
    # A millisecond for each is about what the clock and a first run are off by.
    assert [(part, short, long) for part, short, long in grown if long > 4 * max(short, 16 * 0.001)] == []
