"""Which dead letters of the cluster a person means, and how they read as plain data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from securos_trigger.errors import ArgumentError, ConfigurationError
from securos_trigger.operations import dead_letters
from securos_trigger.operations.outbox import RowChoice
from securos_trigger.relay.dead_letters import FoundLetter
from securos_trigger.relay.messages import DeadLetter, RelayedEvent
from tests import builders

DELIVERY = replace(builders.delivery("7"), event_id="abcdefgh-1", target="https://vms.example:3443")
LETTER = FoundLetter(12, DeadLetter(RelayedEvent("gate-7", DELIVERY, 0.0), "expired", 1_700_000_000.0))
UNREADABLE = FoundLetter(13, DeadLetter(None, "it cannot be read: no JSON", 1_700_000_000.0, "hello"))


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (RowChoice(is_everything=True), [12, 13]),
        (RowChoice(ids=("12",)), [12]),
        (RowChoice(ids=("abcdefgh",)), [12]),
        (RowChoice(ids=("abc",)), []),
        (RowChoice(reason="EXPIRED"), [12]),
        (RowChoice(target="https://vms.example:3443"), [12]),
        (RowChoice(target="https://other.example:3443"), []),
        (RowChoice(ids=("12", "13"), reason="cannot be read"), [13]),
    ],
)
def test_a_choice_means_letters_that_fit_all_of_it(
    choice: RowChoice, expected: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dead_letters, "read_letters", lambda _settings: [LETTER, UNREADABLE])
    found = dead_letters.chosen_letters(written(tmp_path), choice)
    assert [one.number for one in found] == expected


def written(folder: Path) -> Path:
    config = folder / "deliver.toml"
    config.write_text(
        '[relay]\nservers = ["nats://127.0.0.1:4222"]\n[[receivers]]\niss_ip = "vms.example"\niss_password = "token"\n'
    )
    return config


def test_a_letter_is_plain_data_with_its_gateway_and_its_instants() -> None:
    shown = dead_letters.letter_json(LETTER)
    assert {key: shown[key] for key in ("number", "reason", "died_at", "gateway", "event_id")} == {
        "number": 12,
        "reason": "expired",
        "died_at": "2023-11-14T22:13:20.000Z",
        "gateway": "gate-7",
        "event_id": "abcdefgh-1",
    }
    assert dead_letters.letter_json(UNREADABLE)["content"] == "hello"


def test_only_a_configuration_of_deliver_names_the_letters(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_text("[relay]\n")
    with pytest.raises(ArgumentError, match="not a configuration of deliver"):
        dead_letters.chosen_letters(config, RowChoice(is_everything=True))


def test_a_file_that_is_not_there_is_said_with_the_one_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "deliver.toml").touch()
    with pytest.raises(ConfigurationError, match=r'No such file or directory\n.*Did you mean ".*/deliver\.toml"\?'):
        dead_letters.chosen_letters(tmp_path / "delivr.toml", RowChoice(is_everything=True))
