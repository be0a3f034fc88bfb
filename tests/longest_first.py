"""The order of the files where tests run side by side: those that take longest begin.

A run ends when its last file does. In another order, one process would be left with a long file while the others have
nothing to do, and the files that load the machine most would meet at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: Files that take many seconds alone. The console's two stand apart, so that only one site runs at a time.
LONGEST = (
    "tests/integration/test_receiver_nodes.py",
    "tests/e2e/console/test_console_edits.py",
    "tests/soak/test_soaks.py",
    "tests/integration/test_without_posix.py",
    "tests/e2e/test_command_line.py",
    "tests/integration/test_console_schema.py",
    "tests/integration/test_reload.py",
    "tests/e2e/test_health.py",
    "tests/integration/test_gstreamer.py",
    "tests/integration/test_process_guard.py",
    "tests/e2e/test_status.py",
    "tests/integration/test_courier.py",
    "tests/integration/test_poor_surroundings.py",
    "tests/e2e/console/test_console_stories.py",
    "tests/integration/test_mqtt_kill.py",
    "tests/property/inputs/test_frigate_day.py",
)
#: Then these two in step, so that files that load the machine (browsers, detectors) run beside files that mostly wait.
IN_STEP = ("tests/e2e", "tests/integration")
#: The rest by folder; what is not named comes before the last one.
FOLDERS = ("tests/soak", "tests/mutants", "tests/typing", "tests/property")
LAST = "tests/unit"


def places_of(paths: Iterable[Path]) -> dict[Path, tuple[int, float]]:
    """Where each file stands in the order; those of the same place keep theirs."""
    places, in_step = dict[Path, tuple[int, float]](), {folder: list[Path]() for folder in IN_STEP}
    for path in dict.fromkeys(paths):
        name = path.relative_to(ROOT).as_posix()
        folder = "/".join(name.split("/")[:2])
        if name in LONGEST:
            places[path] = (0, LONGEST.index(name))
        elif folder in IN_STEP:
            in_step[folder].append(path)
        elif folder in FOLDERS:
            places[path] = (2, FOLDERS.index(folder))
        else:
            places[path] = (2, len(FOLDERS) + (folder == LAST))
    for files in in_step.values():
        places |= {path: (1, number / len(files)) for number, path in enumerate(files)}
    return places
