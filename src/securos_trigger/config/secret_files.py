"""The files that hold the secrets of a configuration, and who may use them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from securos_trigger.config.encoding import bytes_of, text_in
from securos_trigger.config.secrets import has_secret_text, secret_files
from securos_trigger.system.platform import foreign_rights


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file with a secret. `others_may` is what other users may do with it; None: that is not known.

    `fix` is the command that ends it, or shows it.
    """

    path: Path
    others_may: str | None
    fix: str

    @property
    def warning(self) -> str:
        """What is wrong with it; empty: nothing that is known."""
        return f"{self.path} holds a password and others may use it ({self.others_may})" if self.others_may else ""


def files_with_secrets(config: Path) -> Iterator[SecretFile]:
    """Each file that the configuration takes secrets from, and itself when it holds one. Of a file without mistakes."""
    raw = tomllib.loads(text_in(bytes_of(config)))
    for file in sorted({*secret_files(raw, config.parent), *([config] if has_secret_text(raw) else [])}):
        yield SecretFile(file, *foreign_rights(file))
