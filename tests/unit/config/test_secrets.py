"""Where the secrets of a configuration may stand: passwords, and addresses of sources that have a login in them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from securos_trigger.config.reader import parse_config
from securos_trigger.config.secrets import NO_SECRET, has_secret_text, is_without_address, secret_files
from securos_trigger.config.settings_json import settings_json
from securos_trigger.errors import ConfigurationError
from securos_trigger.operations.record import record_metadata

ADDRESS = "rtsp://viewer:p%23w@192.0.2.31/1"


def text(url: str, password: str = '{ env = "TOKEN" }', kind: str = "rtsp") -> str:
    return (
        f'[[pipelines]]\nname = "yard"\nsource = {{ type = "{kind}", url = {url} }}\n'
        '[[pipelines.nodes]]\ntype = "trigger_securos_event"\niss_ip = "vms.example"\niss_port = "3443"\n'
        f"iss_password = {password}\n"
    )


def url_of(settings: Any) -> str:
    secret = settings.pipelines[0].source.url
    assert isinstance(secret, SecretStr)
    return secret.get_secret_value()


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "s3cret")


def test_what_reaches_the_cluster_only_looks_for_the_password_of_the_relay_only(tmp_path: Path) -> None:
    relay = (
        '[relay]\nservers = ["nats://127.0.0.1:4222"]\ngateway = "gate"\nuser = "gate"\npassword = { env = "TOKEN" }\n'
    )
    site = text('"rtsp://192.0.2.31/1"', '{ env = "NOT_THERE" }') + relay
    settings = parse_config(site, base=tmp_path, has_secrets=False, has_relay_secret=True)
    assert settings.relay is not None and settings.relay.password is not None
    assert settings.relay.password.get_secret_value() == "s3cret"
    without = parse_config(site, base=tmp_path, has_secrets=False)
    assert without.relay is not None and without.relay.password is not None
    assert without.relay.password.get_secret_value() == NO_SECRET


@pytest.mark.parametrize("has_secrets", [True, False])
def test_the_address_of_a_source_comes_from_a_file_or_the_environment(
    has_secrets: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "camera").write_text(f"{ADDRESS}\n")
    monkeypatch.setenv("CAMERA", ADDRESS)
    for url in ('{ file = "camera" }', '{ env = "CAMERA" }', f'"{ADDRESS}"'):
        settings = parse_config(text(url), base=tmp_path, has_secrets=has_secrets)
        assert url_of(settings) == ADDRESS
        assert ADDRESS not in repr(settings) + str(settings_json(settings))


@pytest.mark.parametrize("kind", ["rtsp", "stream"])
def test_an_address_that_cannot_be_read_is_a_mistake_except_for_what_needs_none(kind: str, tmp_path: Path) -> None:
    config = text('{ file = "nothing" }', kind=kind)
    with pytest.raises(ConfigurationError) as caught:
        parse_config(config, base=tmp_path)
    assert "pipeline yard, source, url: the file that `file` names cannot be read" in str(caught.value)
    settings = parse_config(config, base=tmp_path, has_secrets=False)
    assert is_without_address(settings.pipelines[0].source)


def test_a_recording_needs_the_address_and_says_why_it_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(text('{ env = "NO_SUCH_CAMERA" }'))
    with pytest.raises(ConfigurationError, match="source, url: the environment variable that `env` names is not set"):
        record_metadata(tmp_path / "site.toml", tmp_path / "seen.jsonl")


def test_an_address_from_elsewhere_is_checked_as_one_in_the_file_and_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMERA", "http://viewer:hidden@cam/1")
    with pytest.raises(ConfigurationError) as caught:
        parse_config(text('{ env = "CAMERA" }'), base=tmp_path)
    assert "pipeline yard, source, url: this is not an RTSP address" in str(caught.value)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "password", "files", "has_text"),
    [
        ('{ file = "camera" }', '{ file = "token" }', ["camera", "token"], False),
        ('{ env = "CAMERA" }', '{ env = "TOKEN" }', [], False),
        (f'"{ADDRESS}"', '{ file = "token" }', ["token"], True),
        ('"rtsp://192.0.2.31/1"', '{ file = "token" }', ["token"], False),
        ('{ file = "camera" }', '"s3cret"', ["camera"], True),
    ],
)
def test_the_files_that_hold_secrets_are_known(
    url: str, password: str, files: list[str], has_text: bool, tmp_path: Path
) -> None:
    raw = tomllib.loads(text(url, password))
    assert sorted(secret_files(raw, tmp_path)) == [tmp_path / name for name in files]
    assert has_secret_text(raw) is has_text
