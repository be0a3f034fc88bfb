"""A recording of messages: what the disk did not take is not acknowledged."""

from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.runtime.record_messages import record_messages

FULL = Path("/dev/full")
CONFIG = """
[[pipelines]]
name = "posts"
source = { type = "generic", listen = "127.0.0.1:PORT", token = "a-token-of-the-senders", mapping = { gives = "event", label = "what" } }
cameras = { gate = "1" }
"""


def post_until_it_is_heard(port: int, answers: list[int]) -> None:
    """Post a message as soon as the port is open; note the status of the answer, 0 when there is none."""
    headers = {"Authorization": "Bearer a-token-of-the-senders", "Content-Type": "application/json"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/metadata/gate", b'{"what": "fall"}', headers, method="POST"
    )
    for _ in range(300):
        try:
            with urllib.request.urlopen(request, timeout=4) as answer:
                answers.append(answer.status)
        except urllib.error.HTTPError as error:
            answers.append(error.code)
            error.close()
        except urllib.error.URLError as error:
            if isinstance(error.reason, ConnectionRefusedError):
                threading.Event().wait(0.1)
                continue
            answers.append(0)
        except OSError:
            answers.append(0)
        return


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
@pytest.mark.timeout(60)
def test_a_full_disk_ends_the_recording_and_its_message_stays_with_the_sender(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    settings = parse_config(CONFIG.replace("PORT", str(port)), base=tmp_path)
    answers: list[int] = []
    sender = threading.Thread(target=post_until_it_is_heard, args=(port, answers))
    sender.start()
    assert record_messages(settings.pipelines[0], FULL) == 1
    sender.join(30)
    assert len(answers) == 1 and not 200 <= answers[0] < 300, answers
