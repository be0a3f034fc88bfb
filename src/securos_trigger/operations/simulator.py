"""Set up a simulated SecurOS with the real receiver in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from securos_trigger.system.user_folders import user_state_folder
from securos_trigger.vms.simulator import Simulator


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """How a simulator is set up. `cameras` are ids, `names` their names; port 0 is any free port.

    `log` gets every SecurOS call as a JSON line. `home` keeps token, certificate and state, so that the next start is
    the same receiver (None: a folder in the user's state folder).
    """

    cameras: Sequence[str]
    names: Sequence[str] = ()
    is_https: bool = True
    port: int = 3443
    page_port: int = 8090
    log: Path | None = None
    home: Path | None = None


def simulator(settings: SimulatorSettings) -> Simulator:
    """The simulator, not started: use it as a context manager, which raises SimulatorError when it does not start."""
    return Simulator(
        cameras=settings.cameras,
        names=settings.names,
        scheme="https" if settings.is_https else "http",
        receiver_port=settings.port,
        page_port=settings.page_port,
        log=settings.log,
        home=settings.home or user_state_folder() / "simulator",
    )
