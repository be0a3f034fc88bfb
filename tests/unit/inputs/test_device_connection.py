"""The address of a device and the login there: what is refused, and what the refusal says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.errors import ConfigurationError
from securos_trigger.inputs.device_connection import DEVICE_KINDS, DeviceConnection
from securos_trigger.inputs.kinds import KINDS

SITE = """\
[[pipelines]]
name = "gate"
source = {{ type = "{kind}", {more} }}
cameras = {{ "*" = "1" }}
"""


def test_every_kind_of_device_is_a_kind_of_input() -> None:
    assert set(DEVICE_KINDS) <= set(KINDS)


@pytest.mark.parametrize("kind", DEVICE_KINDS)
def test_the_source_of_a_pipeline_has_the_settings_of_kind_and_connection_in_one_table(
    tmp_path: Path, kind: str
) -> None:
    (tmp_path / "secret").write_text("pass")
    more = 'url = "https://cam", user = "u", password = { file = "secret" }, device = "nvr", ca_file = "ca.pem"'
    source = parse_config(SITE.format(kind=kind, more=more), base=tmp_path).pipelines[0].source
    assert isinstance(source.transport, DeviceConnection)
    assert source.transport.password is not None
    assert source.transport.password.get_secret_value() == "pass"
    assert source.transport.ca_file == tmp_path / "ca.pem"
    assert (source.type, source.reads.device, source.reads.cameras) == (kind, "nvr", {"*": "1"})


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            'device = "x"',
            'it does not say where its messages come from\n      Set url = "https://camera", the address of the device.',
        ),
        ('url = "camera"', "this is not the address of a device"),
        ('url = "rtsp://camera"', "this is not the address of a device"),
        (
            'url = "http://u:secret@camera"',
            "the address must not contain a login\n      Set user and password instead.",
        ),
        ('url = "http://u:secret/x@camera"', "the address must not contain a login"),
        ('url = "http://camera/x?user=u&password=***"', "*** is shown in place of a password"),
        ('url = "http://camera:0"', "what follows the host is not a port"),
        ('url = "http://camera:99999"', "what follows the host is not a port"),
        ('url = "http://<camera>"', "a part of the address is a placeholder"),
        ('url = "http://camera", certificate_sha256 = "ab"', "has 2 of the 64 digits of a SHA-256 fingerprint"),
        ('url = "http://camera", login = "ntlm"', "login"),
        ('url = "http://camera", broker = "mqtt://x"', "broker"),
    ],
)
def test_a_mistake_is_named_without_the_secret_in_it(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_config(SITE.format(kind="hikvision", more=more), base=tmp_path)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "at"),
    [
        ("https://camera", "https://camera/usual?x=1"),
        ("https://camera/", "https://camera/usual?x=1"),
        ("http://camera:81/own", "http://camera:81/own"),
        ("http://[::1]:81", "http://[::1]:81/usual?x=1"),
    ],
)
def test_a_path_in_the_address_replaces_the_usual_one(url: str, at: Any) -> None:
    assert DeviceConnection.model_validate({"url": url}).at("/usual?x=1") == at
