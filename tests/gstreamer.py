"""GStreamer for tests: the system's own, and programs that run with it in processes of their own."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = (
    *("python3-gi", "python3-gst-1.0", "gir1.2-gst-plugins-base-1.0", "gir1.2-gst-plugins-bad-1.0"),
    *("gir1.2-gst-rtsp-server-1.0", "gstreamer1.0-python3-plugin-loader", "gstreamer1.0-tools", "gstreamer1.0-rtsp"),
    *(
        "gstreamer1.0-plugins-base",
        "gstreamer1.0-plugins-good",
        "gstreamer1.0-plugins-bad",
        "gstreamer1.0-plugins-ugly",
    ),
    "gstreamer1.0-libav",
)
_SYSTEM_PACKAGES = "/usr/lib/python3/dist-packages"
_NEEDED = """
import gi
for name in ("Gst", "GstBase", "GstVideo", "GstRtspServer"):
    gi.require_version(name, "1.0")
from gi.repository import Gst
import gi.overrides.Gst
Gst.init(None)
assert all(map(Gst.ElementFactory.find, ("x264enc", "avdec_h264", "rtspsrc", "matroskamux")))
"""


def environment(**more: str) -> dict[str, str]:
    """The environment of a program: the system's modules behind those of this Python."""
    ours = [str(ROOT / "src"), str(ROOT), sysconfig.get_paths()["purelib"], _SYSTEM_PACKAGES]
    before = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    folders = list(dict.fromkeys([*ours, *filter(None, before)]))
    registry = Path(tempfile.gettempdir()) / f"securos-trigger-gst-{os.getuid()}-{os.getpid()}.bin"
    return {**os.environ, "PYTHONPATH": os.pathsep.join(folders), "GST_REGISTRY": str(registry), **more}


@cache
def why_missing() -> str:
    """Why GStreamer cannot be used, as a sentence; empty: it can. Installs it with apt where that is possible."""
    if not _fails():
        return ""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return f"GStreamer for Python is not installed, and apt cannot install it here ({_fails()})"
    has_installed = True
    with (Path(tempfile.gettempdir()) / "securos-trigger-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one of the test processes installs, the others wait
        if _fails():
            options = ["-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
            for words in (["apt-get", "update"], ["apt-get", "install", *options, *PACKAGES]):
                has_installed = subprocess.run(words, capture_output=True, timeout=600, check=False).returncode == 0
    problem = _fails()
    if problem and has_installed:  # a fault of ours, or of this machine: no reason to look away
        raise RuntimeError(f"GStreamer for Python cannot be used after apt has installed it: {problem}")
    return f"apt cannot install GStreamer for Python here ({problem})" if problem else ""


def _fails() -> str:
    found = subprocess.run(
        [sys.executable, "-c", _NEEDED], env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
    return "" if found.returncode == 0 else (found.stderr.strip().splitlines() or ["it does not start"])[-1]


def require_gstreamer() -> None:
    """Skip the test where there is no GStreamer."""
    if problem := why_missing():
        pytest.skip(problem)


def require_same_python() -> None:
    """Skip the test where GStreamer's loader of plugins has another Python than this one."""
    command = ["/usr/bin/python3", "-c", "import sys; print(*sys.version_info[:2])"]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    if found != [str(part) for part in sys.version_info[:2]]:
        pytest.skip(f"GStreamer loads plugins with Python {'.'.join(found)}, for which nothing is installed here")


class Program:
    """A function of `tests/integration/gstreamer_programs.py` in a process of its own, with one JSON value to each line."""

    def __init__(self, name: str, arguments: Mapping[str, Any], **more: str) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed with the program
        command = [sys.executable, "-m", "tests.integration.gstreamer_programs", name, json.dumps(arguments)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment(**more), stdout=subprocess.PIPE, stderr=self._errors, text=True
        )

    def lines(self) -> Iterator[Any]:
        """What it prints, until it ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield json.loads(line)

    def errors(self) -> str:
        """What it has written to stderr so far."""
        self._errors.seek(0)
        return self._errors.read()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._errors.close()


@contextmanager
def program(name: str, **arguments: Any) -> Iterator[Program]:
    """A program that is ended with the block."""
    started = Program(name, arguments)
    try:
        yield started
    finally:
        started.close()


def run(name: str, **arguments: Any) -> Any:
    """The last value that a program prints; fails when it fails."""
    with program(name, **arguments) as started:
        printed = list(started.lines())
        code = started.process.wait(120)
        errors = started.errors()
    assert code == 0, errors
    assert "Traceback" not in errors, errors
    return printed[-1]
