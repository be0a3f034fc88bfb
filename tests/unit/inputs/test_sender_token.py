"""The tokens of senders: how they are written, and how they are found."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings_json import settings_json
from securos_trigger.errors import ConfigurationError
from securos_trigger.inputs.sender_token import KnownTokens, SenderToken

TOKEN = "a-token-of-senders"
SITE = """\
[[pipelines]]
name = "a"
source = {{ type = "ultralytics", listen = "127.0.0.1:0", tokens = [{tokens}]{more} }}
cameras = {{ gate = "1", "nvr#1" = "2" }}
"""


def mistake_of(base: Path, tokens: str, more: str = "") -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse_config(SITE.format(tokens=tokens, more=more), base=base)
    [mistake] = caught.value.mistakes
    return str(mistake)


def test_a_token_is_found_with_its_cameras() -> None:
    limited = SenderToken(token=SecretStr(TOKEN), cameras=("gate",))
    known = KnownTokens(SecretStr("a-token-for-all-of-them"), [limited])
    assert known.find(f"Bearer {TOKEN}") == (True, frozenset({"gate"}))
    assert known.find("bearer a-token-for-all-of-them") == (True, None)
    assert known.find(f"Basic {TOKEN}") == (False, frozenset())
    assert known.find("Bearer ") == known.find("") == known.find("Bearer é") == (False, frozenset())


def test_a_token_may_stand_in_a_file_and_is_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "gate-token").write_text(TOKEN)
    text = SITE.format(tokens='{ token = { file = "gate-token" }, cameras = ["gate", "nvr"] }', more="")
    settings = parse_config(text, base=tmp_path)
    assert settings.secret_files == (tmp_path / "gate-token",)
    assert settings.pipelines[0].source.transport.tokens[0].token.get_secret_value() == TOKEN
    assert TOKEN not in repr(settings) + str(settings_json(settings))


def test_mistakes_of_tokens_are_said_at_their_place(tmp_path: Path) -> None:
    assert 'the camera map has no "gat"' in mistake_of(tmp_path, f'{{ token = "{TOKEN}", cameras = ["gat"] }}')
    assert "tokens[0].cameras" in mistake_of(tmp_path, f'{{ token = "{TOKEN}", cameras = [] }}')
    assert "16 characters of ASCII at least" in mistake_of(tmp_path, '{ token = "short", cameras = ["gate"] }')
    assert "a token is missing" in mistake_of(tmp_path, "")
    both = mistake_of(tmp_path, f'{{ token = "{TOKEN}", cameras = ["gate"] }}', f', token = "{TOKEN}"')
    assert "two tokens are the same" in both


def test_tokens_that_are_not_looked_for_are_not_the_same(tmp_path: Path) -> None:
    tokens = ", ".join(f'{{ token = {{ file = "token-{one}" }}, cameras = ["gate"] }}' for one in (1, 2))
    settings = parse_config(SITE.format(tokens=tokens, more=""), base=tmp_path, has_secrets=False)
    assert len(settings.pipelines[0].source.transport.tokens) == 2
