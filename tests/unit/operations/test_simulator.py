"""Setting up a simulator: the next start is the same receiver."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.operations.simulator import SimulatorSettings, simulator


def test_a_home_keeps_token_and_certificate(tmp_path: Path) -> None:
    settings = SimulatorSettings(cameras=("1", "2"), home=tmp_path / "home", port=4000)
    first, second = simulator(settings), simulator(settings)
    assert first.settings() == second.settings()
    assert (first.settings()["iss_port"], first.settings()["iss_scheme"]) == ("4000", "https")
    assert first.cameras == ("1", "2")


def test_without_tls_there_is_no_certificate(tmp_path: Path) -> None:
    settings = SimulatorSettings(cameras=("1",), is_https=False, home=tmp_path / "home")
    assert "iss_certificate_sha256" not in simulator(settings).settings()
