"""List, send again and drop the dead letters that are in a cluster, also those of a gateway that is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from securos_trigger.config.deliver import read_deliver_config
from securos_trigger.config.deliver_file import is_deliver_config
from securos_trigger.config.reader import read_text
from securos_trigger.config.relay_file import read_relay
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.errors import ArgumentError, ConfigurationError, Mistake
from securos_trigger.operations.outbox import RowChoice
from securos_trigger.relay.connection import ClusterUnavailableError
from securos_trigger.relay.dead_letters import FoundLetter, delete_letters, read_letters, send_again
from securos_trigger.system.timestamps import rfc3339

#: Characters of an event id that are enough to name it.
_LEAST_CHARACTERS = 8


def chosen_letters(config: Path, choice: RowChoice) -> list[FoundLetter]:
    """The letters that a person chose, oldest first.

    ArgumentError: `config` is not one of `deliver`. ConfigurationError: its [relay] has mistakes, or the cluster is
    unreachable.
    """
    with _cluster_of(config) as relay:
        found = read_letters(relay)
    return [one for one in found if _fits(one, choice)]


def retry_letters(config: Path, letters: list[FoundLetter]) -> int:
    """Send the events of letters again; gives how many. One whose message could not be read is left alone."""
    with _cluster_of(config) as relay:
        return send_again(relay, letters)


def drop_letters(config: Path, letters: list[FoundLetter]) -> int:
    """Delete letters for good; gives how many."""
    with _cluster_of(config) as relay:
        return delete_letters(relay, letters)


def letter_json(found: FoundLetter) -> dict[str, Any]:
    """A letter as plain data: instants are RFC 3339 in UTC."""
    letter = found.letter
    about: dict[str, Any] = {"number": found.number, "reason": letter.reason, "died_at": rfc3339(letter.died_at_s)}
    if letter.event is None:
        return {**about, "content": letter.content}
    delivery = letter.event.delivery
    fields = {key: value for key, value in asdict(delivery).items() if not key.endswith("_at_s") and key != "sequence"}
    return {**about, "gateway": letter.event.gateway, "captured_at": rfc3339(delivery.captured_at_s), **fields}


@contextmanager
def _cluster_of(config: Path) -> Iterator[RelaySettings]:
    """The cluster of a configuration of `deliver`; one that is unreachable is a mistake of the configuration."""
    if not is_deliver_config(config):
        read_text(config)  # the error of a file that is not there
        what = (
            f"{config} is not a configuration of deliver: it has no [[receivers]]. Only deliver may change the cluster"
        )
        raise ArgumentError("config", what)
    try:
        relay = read_relay(config)
        if relay is None:
            read_deliver_config(config)  # it says what the file lacks
            raise AssertionError("a configuration of deliver has [relay]")
        yield relay
    except ClusterUnavailableError as error:
        raise ConfigurationError([Mistake("relay", str(error))], str(config)) from error


def _fits(found: FoundLetter, choice: RowChoice) -> bool:
    delivery = found.letter.event.delivery if found.letter.event else None
    event_id, target = (delivery.event_id, delivery.target) if delivery else ("", "")
    is_named = not choice.ids or any(
        one == str(found.number) or (len(one) >= _LEAST_CHARACTERS and event_id.startswith(one)) for one in choice.ids
    )
    is_of_target = not choice.target or choice.target == target
    reason = found.letter.reason
    is_for_reason = choice.reason == reason if choice.is_exact_reason else choice.reason.lower() in reason.lower()
    return is_named and is_of_target and is_for_reason
