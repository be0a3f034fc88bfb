"""Write a receiver script that is ready to be pasted into SecurOS."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.vms.receiver_init import ReceiverSetup, write_script


def init_receiver(out: Path, *, host: str, port: int, is_https: bool = True, is_forced: bool = False) -> ReceiverSetup:
    """Write the script to `out` with its own token and certificate. An existing file is replaced only if `is_forced`.

    `host` is the name or address under which senders reach the SecurOS server. ConfigurationError: `host` is neither,
    or the file exists. MissingPartError: the script is not part of this installation.
    """
    return write_script(out, host=host, port=port, https=is_https, force=is_forced)
