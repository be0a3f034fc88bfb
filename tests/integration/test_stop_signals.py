"""Signals stop the service once, whatever the main thread is doing, and a later signal ends the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from securos_trigger.runtime.stop_signals import SAME_SIGNAL_WITHIN_S

# The main thread sets and clears events all the time: a handler that sets one would wait for its own lock.
TWICE = """\
import sys, threading
from securos_trigger.runtime.stop_signals import stopped_by_signals

for _ in range(30):
    with stopped_by_signals() as stop:
        print("ready", flush=True)
        while not stop.is_set():
            stop.wait(0.00001)
            stop._cond.acquire()
            stop._cond.release()
print("done", flush=True)
"""

STUCK = """\
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests run with SIGINT ignored, as under nohup
from securos_trigger.runtime.stop_signals import stopped_by_signals
with stopped_by_signals() as stop:
    print("ready", flush=True)
    stop.wait()
    print("stopping", flush=True)
    time.sleep(60)
"""


@pytest.mark.timeout(90)
def test_double_signals_never_hang_and_count_as_one() -> None:
    with subprocess.Popen([sys.executable, "-c", TWICE], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(30):
            assert process.stdout.readline() == "ready\n"
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "done\n"
    assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_later_ends_the_process(number: signal.Signals) -> None:
    command = [sys.executable, "-c", STUCK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == "stopping\n"
        time.sleep(2 * SAME_SIGNAL_WITHIN_S)  # the next one is no longer the first one
        process.send_signal(number)
        process.wait(30)
    assert process.returncode == -number


def test_handlers_and_wakeup_are_as_before_afterwards() -> None:
    from securos_trigger.runtime.stop_signals import stopped_by_signals

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with stopped_by_signals() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(60)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert signal.set_wakeup_fd(-1) == -1
