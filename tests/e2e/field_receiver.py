"""A receiver as they are in the field, on express: how it is installed. Its source stands in `express/`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).parent / "express"
_QUIET = ("--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--loglevel=error")
_INSTALL_LIMIT_S = 110


def installed(npm: str, folder: Path) -> Path:
    """The script of the receiver, in `folder` with express beside it. `npm` fetches express."""
    shutil.copytree(_SOURCE, folder, dirs_exist_ok=True)
    subprocess.run([npm, "install", *_QUIET], cwd=folder, check=True, timeout=_INSTALL_LIMIT_S, capture_output=True)
    return folder / "server.js"
