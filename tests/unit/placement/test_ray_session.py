"""What a person reads when the Ray cluster cannot be entered; no Ray is needed to find that out."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from securos_trigger.config.placement_settings import PlacementSettings
from securos_trigger.errors import PlacementError
from securos_trigger.placement.ray_session import ray_session
from tests.unit.placement.ray_stand_in import ray_stood_in


def test_a_head_that_is_not_there_is_named_within_seconds_with_what_to_do() -> None:
    with socket.socket() as bound:  # and not listening
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(PlacementError) as caught, ray_session(PlacementSettings(ray_address=address), "site"):
            pass
    assert str(caught.value) == (
        f"The head of the Ray cluster, {address}, cannot be reached: Connection refused.\n"
        "    Start it (`ray start --head`, docs/ray.md), or correct ray_address in [placement]."
    )


def test_a_token_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    token = tmp_path / "ray-token"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings = PlacementSettings(ray_address=f"127.0.0.1:{listening.getsockname()[1]}", token_file=token)
        with pytest.raises(PlacementError) as caught, ray_session(settings, "site"):
            pass
    assert str(caught.value) == (
        f"The token of the Ray cluster, {token}, cannot be read: No such file or directory.\n"
        "    Copy it from the head; only this user may read it."
    )


def test_what_ray_prints_does_not_get_into_the_answer_of_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, ray_stood_in(monkeypatch):
        settings = PlacementSettings(ray_address=f"127.0.0.1:{listening.getsockname()[1]}")
        with ray_session(settings, "site"):
            sys.stdout.write("(raylet) The node a has been marked dead.\n")
        sys.stdout.write("{}\n")
    assert capsys.readouterr() == ("{}\n", "(raylet) The node a has been marked dead.\n")
