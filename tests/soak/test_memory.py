"""The soaks read the memory of a process as the kernel gives it, whatever the size of a page is."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from soak.memory import memory_bytes


@pytest.mark.parametrize("process_id", [None, os.getpid()], ids=["own", "named"])
def test_the_memory_is_that_of_the_status_file(process_id: int | None) -> None:
    [kibibytes] = re.findall(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert memory_bytes(process_id) == pytest.approx(int(kibibytes) * 1024, rel=0.2)


def test_a_page_is_as_large_as_the_kernel_says(monkeypatch: pytest.MonkeyPatch) -> None:
    before = memory_bytes()
    real = os.sysconf
    monkeypatch.setattr(os, "sysconf", lambda name: 16 * real(name))
    assert memory_bytes() > 8 * before
