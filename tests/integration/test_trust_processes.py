"""Several processes change the file of remembered certificates at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from securos_trigger.delivery.certificate_trust import TrustStore
from securos_trigger.model import Target

_REMEMBER = """
import sys
from pathlib import Path
from securos_trigger.delivery.certificate_trust import TrustStore
from securos_trigger.model import Target

store, own = TrustStore(Path(sys.argv[1])), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
for number in range(8):
    assert store.remember_first(Target("https", f"vms{own}-{number}.example", 3443), "ab" * 32) is None
print(store.remember_first(Target("https", "shared.example", 3443), own * 64) or "first")
"""


def test_processes_that_start_together_lose_no_entry_and_agree_on_the_first(tmp_path: Path) -> None:
    path = tmp_path / "trust.json"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _REMEMBER, path, str(own)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for own in range(6)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    answers = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        answers.append(process.communicate(timeout=60)[0].strip())
        assert process.returncode == 0
    assert len(json.loads(path.read_text())) == 6 * 8 + 1
    first = TrustStore(path).known(Target("https", "shared.example", 3443))
    assert sorted(answers) == sorted(["first", *[str(first)] * 5])
