"""Runs a program in a mount namespace of its own, where it may put a file in the place of /etc/hosts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def said_in_mount_namespace(program: str, folder: Path) -> Any:
    """What a Python program prints there, as JSON. The test is skipped where the system gives no such namespace."""
    namespace = ["unshare", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*namespace, "true"], check=False).returncode:
        pytest.skip("needs a mount namespace of its own (unshare)")
    done = subprocess.run(
        [*namespace, sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
