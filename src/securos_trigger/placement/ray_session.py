"""A session with a Ray cluster: entered with its token, and with usage statistics off."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from securos_trigger.config.placement_settings import PlacementSettings
from securos_trigger.errors import PlacementError
from securos_trigger.system.reasons import reason_of

_PROBE_WITHIN_S: Final = 3.0


@contextmanager
def ray_session(settings: PlacementSettings, namespace: str) -> Iterator[None]:
    """Be connected to the cluster for the time of a `with` block. PlacementError: it cannot be reached or refuses.

    ModuleNotFoundError: Ray is not installed. This machine must be in the cluster itself: Ray has no other way in.
    What Ray prints of its own accord (a machine that it has given up) goes to standard error, because the answer of a
    command goes to standard output.
    """
    _require_head(settings)
    _set_environment(settings)
    import ray

    try:
        with _silent_stderr():
            ray.init(
                address=settings.ray_address,
                namespace=namespace,
                log_to_driver=False,
                configure_logging=False,
                logging_level="ERROR",
            )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise PlacementError(_refusal(settings, str(error))) from error
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        ray.shutdown()


def why_unreachable(address: str) -> str:
    """Why no program listens at HOST:PORT; empty when one does."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), _PROBE_WITHIN_S):
            return ""
    except OSError as error:
        return reason_of(error)


def _require_head(settings: PlacementSettings) -> None:
    """Find out in three seconds whether a program listens there: Ray itself takes more than a minute to say so."""
    if reason := why_unreachable(settings.ray_address):
        what = f"The head of the Ray cluster, {settings.ray_address}, cannot be reached: {reason}."
        fix = "Start it (`ray start --head`, docs/ray.md), or correct ray_address in [placement]."
        raise PlacementError(f"{what}\n    {fix}")


def _set_environment(settings: PlacementSettings) -> None:
    """Set what Ray reads when it is imported. What a person has set stays."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    if settings.token_file is not None:
        try:
            settings.token_file.read_bytes()
        except OSError as error:
            what = f"The token of the Ray cluster, {settings.token_file}, cannot be read: {reason_of(error)}."
            raise PlacementError(f"{what}\n    Copy it from the head; only this user may read it.") from error
        os.environ.pop("RAY_AUTH_TOKEN", None)
        os.environ["RAY_AUTH_TOKEN_PATH"] = str(settings.token_file)


def _refusal(settings: PlacementSettings, text: str) -> str:
    """What a failed `ray.init` means: the head listens, so it is the token, or this machine is not in the cluster."""
    where = settings.ray_address
    if "token" in text.lower():
        return f"The Ray cluster {where} asks for a token: {text.splitlines()[0]}\n    Set token_file in [placement]."
    if "node" in text.lower() or "raylet" in text.lower():
        what = f"The Ray cluster {where} is there, and this machine is not in it."
        return f"{what}\n    Run this on the head, or join first: ray start --address={where}"
    what = (
        f"A program listens at {where}, and refuses this login: the token is another one, or it is not the head of Ray."
    )
    return f"{what}\n    Compare token_file in [placement] with the head's token (docs/ray.md)."


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Keep what Ray's native code writes to standard error away: the error that follows says the same in words."""
    with contextlib.ExitStack() as stack:
        kept = os.dup(2)
        stack.callback(os.close, kept)
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 2)
        os.close(nothing)
        stack.callback(os.dup2, kept, 2)
        yield
