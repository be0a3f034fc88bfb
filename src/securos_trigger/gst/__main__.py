"""Prints the environment in which gst-launch-1.0 and other programs find the element.

eval "$(python -m securos_trigger.gst)"
gst-inspect-1.0 securostrigger
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Final

from securos_trigger.errors import MissingPartError
from securos_trigger.gst import plugin_folder
from securos_trigger.gst.registration import require_gstreamer

_SYSTEM_FOLDERS: Final = ("/usr/bin", "/bin")


def environment() -> dict[str, str]:
    """GST_PLUGIN_PATH, PYTHONPATH, and PATH where another Python stands first in it, each with what it held before."""
    packages = [str(Path(__file__).parents[2])]
    packages += [folder for folder in sys.path if folder.endswith(("site-packages", "dist-packages"))]
    found = {
        "GST_PLUGIN_PATH": _joined([str(plugin_folder())], os.environ.get("GST_PLUGIN_PATH", "")),
        "PYTHONPATH": _joined(packages, os.environ.get("PYTHONPATH", "")),
    }
    first = shutil.which("python3") or ""
    if not first.startswith(_SYSTEM_FOLDERS):  # GStreamer's loader would take its standard library from there
        found["PATH"] = _joined([_SYSTEM_FOLDERS[0]], os.environ.get("PATH", ""))
    return found


def _joined(folders: list[str], before: str) -> str:
    return os.pathsep.join(dict.fromkeys([*folders, *filter(None, before.split(os.pathsep))]))


def main() -> int:
    """Print the lines for a shell. 1: GStreamer is not there, and how to install it goes to stderr."""
    try:
        require_gstreamer()
    except MissingPartError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for name, value in environment().items():
        sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
