"""Write a receiver script that is ready to be pasted into SecurOS, or bring one to this version."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.vms.receiver_init import ReceiverSetup, write_script
from securos_trigger.vms.receiver_update import ReceiverUpdate, update_script


def init_receiver(
    out: Path, *, host: str, port: int, token: str | None = None, is_https: bool = True, is_forced: bool = False
) -> ReceiverSetup:
    """Write the script to `out` with its own certificate. An existing file is replaced only if `is_forced`.

    `host` is the name or address under which senders reach the SecurOS server. `token` is what senders show (None: a
    new one). ArgumentError: `host` is neither, the token cannot be one, or the file exists. MissingPartError: the
    script is not part of this installation.
    """
    return write_script(out, host=host, port=port, token=token, https=is_https, force=is_forced)


def update_receiver(old: Path, out: Path | None, *, is_forced: bool = False) -> ReceiverUpdate:
    """Write the script of this version with the token, certificate and edited settings of `old`.

    It takes the place of `old`, of which a copy is kept, or is written to `out`. ArgumentError: see `update_script`.
    """
    return update_script(old, out, is_forced=is_forced)
