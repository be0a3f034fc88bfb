"""The console command `securos-trigger`, also as `python -m securos_trigger`."""

from __future__ import annotations

import gc
from typing import Final

#: A short command makes fewer objects than this, nearly all for as long as it runs: it never looks for garbage.
OBJECTS_OF_A_START: Final = 100_000


def main() -> None:
    """Run the command line."""
    put_off_first_collection()
    from securos_trigger.cli.main import run_command_line

    run_command_line()


def put_off_first_collection() -> None:
    """Let Python look for garbage once `OBJECTS_OF_A_START` new objects are there, and from then on as usual."""
    usual = gc.get_threshold()

    def as_usual(_phase: str, _figures: dict[str, int]) -> None:
        gc.set_threshold(*usual)
        gc.callbacks.remove(as_usual)

    gc.set_threshold(OBJECTS_OF_A_START, *usual[1:])
    gc.callbacks.append(as_usual)


if __name__ == "__main__":
    main()
