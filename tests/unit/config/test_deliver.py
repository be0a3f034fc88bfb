"""The configuration of `deliver`, and the table `[relay]`: what is read, and every mistake with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.deliver import parse_deliver_config
from securos_trigger.config.reader import parse_config
from securos_trigger.errors import ConfigurationError

EXAMPLES = Path(__file__).parents[3] / "examples" / "nats"
RELAY = '[relay]\nservers = ["nats://127.0.0.1:4222"]\n'
RECEIVER = '[[receivers]]\niss_ip = "vms.example"\niss_password = "token"\n'
GATEWAY = """
[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }
[[pipelines.nodes]]
type = "trigger_securos_event"
iss_ip = "vms.example"
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as error:
        parse_deliver_config(text, base=Path("/etc"))
    return [str(one) for one in error.value.mistakes]


def test_the_example_is_read(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    text = (EXAMPLES / "deliver.toml").read_text().replace("/etc/securos-trigger/token", "token")
    settings = parse_deliver_config(text, base=tmp_path)
    [receiver] = settings.receivers
    assert (str(receiver.target), settings.expire_after_days) == ("https://vms.example:3443", 7.0)
    assert receiver.iss_password is not None
    assert receiver.iss_password.get_secret_value() == "secret"
    assert settings.relay.is_tls
    assert settings.relay.ca_file == Path("/etc/securos-trigger/nats-ca.pem")


def test_files_are_relative_to_the_configuration() -> None:
    settings = parse_deliver_config(RELAY + 'nkey_file = "a.nk"\n' + RECEIVER, base=Path("/etc/x"))
    assert settings.relay.nkey_file == Path("/etc/x/a.nk")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (RELAY, ["receivers: is required and missing"]),
        (
            RELAY + RECEIVER + RECEIVER,
            ["line 3: receivers: https://vms.example:3000 is listed twice\n    Keep one of the tables."],
        ),
        (
            RELAY + RECEIVER + 'iss_action = "event"\n',
            ["line 6: receivers[0].iss_action: a receiver has no such setting"],
        ),
        (
            '[relay]\nservers = ["nats://user:hunter2@host:4222"]\n' + RECEIVER,
            [
                "line 2: relay.servers[0]: a server is tls://HOST:PORT, or nats://HOST:PORT without TLS",
            ],
        ),
        (
            RELAY + 'user = "me"\n' + RECEIVER,
            ["line 1: relay: a user and a password belong together"],
        ),
        (
            RELAY + 'nkey_file = "a"\ncredentials_file = "b"\n' + RECEIVER,
            ["line 1: relay: there are two ways to log in\n    Keep one of credentials_file, nkey_file and user."],
        ),
        (
            RELAY + 'key_file = "a"\n' + RECEIVER,
            ["line 1: relay: a client's certificate_file and key_file belong together"],
        ),
        (
            '[relay]\nservers = ["nats://a:1", "tls://b:1"]\n' + RECEIVER,
            ["line 1: relay: some servers are reached with TLS and some without\n    Write tls:// for all of them."],
        ),
    ],
)
def test_every_mistake_has_its_line_and_never_a_secret(text: str, expected: list[str]) -> None:
    found = mistakes(text)
    assert [one.partition("\n")[0] for one in found] == [one.partition("\n")[0] for one in expected]
    assert all("hunter2" not in one for one in found)


def test_a_gateway_needs_a_name_and_no_password() -> None:
    with pytest.raises(ConfigurationError) as error:
        parse_config(RELAY + GATEWAY, base=Path("/etc"))
    assert [one.what for one in error.value.mistakes] == ["this machine needs a name in the cluster"]
    settings = parse_config('[identity]\ngateway_id = "gate-7"\n' + RELAY + GATEWAY, base=Path("/etc"))
    assert settings.relay is not None
    assert settings.relay.gateway == "gate-7"
    named = parse_config(RELAY + 'gateway = "yard"\n' + GATEWAY, base=Path("/etc"))
    assert named.relay is not None
    assert named.relay.gateway == "yard"


def test_without_a_relay_a_password_is_needed() -> None:
    with pytest.raises(ConfigurationError, match="iss_password"):
        parse_config(GATEWAY, base=Path("/etc"))
