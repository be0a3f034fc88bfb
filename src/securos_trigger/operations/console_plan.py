"""What the console needs of a configuration before it starts: where to listen, and which files are its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from securos_trigger.config.console_settings import ConsoleSettings
from securos_trigger.config.reader import read_config
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.operations.site import settings_in_force
from securos_trigger.system.files import create_empty
from securos_trigger.system.real_paths import real_path
from securos_trigger.system.reasons import reason_of


@dataclass(frozen=True, slots=True)
class ConsolePlan:
    """How the console of a configuration is served. `host_names` are those that a Host header may have.

    `audit_path` gets a line for every change, `undo_path` holds the configuration before the last save. Files are named
    in a browser below `folders` only.
    """

    config: Path
    outbox: Path
    host: str
    port: int
    host_names: frozenset[str]
    certificate: Path | None
    key: Path | None
    token_path: Path
    users_path: Path
    folders: tuple[Path, ...]

    @property
    def is_https(self) -> bool:
        """True when it is served with TLS."""
        return self.certificate is not None

    @property
    def audit_path(self) -> Path:
        """The file of the audit log."""
        return self.outbox.with_name(f"{self.outbox.stem}.console-audit.jsonl")

    @property
    def sessions_path(self) -> Path | None:
        """The file of the sessions: one for each address, so that no other console writes it. None: any free port."""
        address = re.sub(r"[^\w.-]", "_", f"{self.host}-{self.port}")
        return self.outbox.with_name(f"{self.outbox.stem}.console-sessions-{address}.json") if self.port else None


def console_plan(config: Path) -> ConsolePlan:
    """Read what the console needs. ConfigurationError: the file has mistakes, and no service runs with it.

    A console that runs goes on when the file gets mistakes later: it shows them.
    """
    console, outbox = _console_and_outbox(config)
    names = {"localhost", "127.0.0.1", "[::1]", "::1", console.host, f"[{console.host}]", *console.host_names}
    return ConsolePlan(
        config=config.absolute(),
        outbox=outbox,
        host=console.host,
        port=console.port,
        host_names=frozenset(name.lower() for name in names),
        certificate=console.certificate,
        key=console.key,
        token_path=console.token_path(outbox),
        users_path=console.users_path(outbox),
        folders=tuple(real_path(folder) for folder in console.folders),
    )


def _console_and_outbox(config: Path) -> tuple[ConsoleSettings, Path]:
    """What the file says; where it has a mistake, the settings with which its service runs, if that says them."""
    try:
        settings = read_config(config, has_secrets=False, may_be_empty=True)
    except ConfigurationError:
        in_force = settings_in_force(config)
        if in_force is None or "console" not in in_force:  # a service of an older version does not say it
            raise
        return ConsoleSettings.model_validate(in_force["console"]), Path(in_force["outbox"]["path"])
    return settings.console, settings.outbox.path


def begun(config: Path) -> bool:
    """Make an empty file (mode 0600) where there is none, for a site that begins in the browser; True when it was made.

    ConfigurationError: it cannot be made.
    """
    try:
        create_empty(config)
    except FileExistsError:
        return False
    except OSError as error:
        raise ConfigurationError([Mistake("", f"the file cannot be made: {reason_of(error)}")], str(config)) from None
    return True
