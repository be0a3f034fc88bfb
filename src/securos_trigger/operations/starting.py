"""How a service that does not run is started."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from securos_trigger.errors.wording import STARTS_IT

#: How the file of the demo begins. Its receiver is simulated, and has ended with the demo.
_OF_DEMO: Final = "# The demo's pipeline."
#: The folder of the demo, unless another was named.
_DEMO_FOLDER: Final = "demo-out"


def starts_it(config: Path) -> str:
    """The words for it, with CONFIG for the file: a command, and that it starts the service."""
    try:
        with config.open(encoding="utf-8") as file:
            is_demo = file.read(len(_OF_DEMO)) == _OF_DEMO
    except (OSError, UnicodeDecodeError):
        is_demo = False
    if not is_demo:
        return STARTS_IT
    if (folder := str(config.parent)) == _DEMO_FOLDER:
        return "`securos-trigger demo --force` starts it, with a new simulated SecurOS"
    return f"`securos-trigger demo --out {shlex.quote(folder)} --force` starts it, with a new simulated SecurOS"
