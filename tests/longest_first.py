"""The order of the files where tests run side by side: those that take longest begin.

A run ends when its last file does. In another order, one process would be left with a long file while the others have
nothing to do, and the files that load the machine most would meet at the end.
"""

from __future__ import annotations

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
#: The rest by folder; what is not named comes before the last one.
FOLDERS = ("tests/e2e", "tests/integration", "tests/soak", "tests/mutants", "tests/typing", "tests/property")
LAST = "tests/unit"


def place_of(path: Path) -> int:
    """Where a file stands in the order; files of the same place keep theirs."""
    name = path.relative_to(ROOT).as_posix()
    if name in LONGEST:
        return LONGEST.index(name)
    folder = "/".join(name.split("/")[:2])
    if folder in FOLDERS:
        return len(LONGEST) + FOLDERS.index(folder)
    return len(LONGEST) + len(FOLDERS) + (folder == LAST)
