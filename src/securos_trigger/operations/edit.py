"""Change a configuration file: comments and order stay, the version before is kept, and no other change is lost."""

from __future__ import annotations

from pathlib import Path


def previous_path(config: Path) -> Path:
    """The file that holds the version before the last save."""
    return config.with_name(f".{config.name}.previous")


def can_undo(config: Path) -> bool:
    """True when there is a version before the last save."""
    return previous_path(config).exists()
