"""The machine of SecurOS as a program: the receiver in its simulator, and the control. It ends with its standard input.

`python -m soak.vms_program ADDRESS FOLDER` prints how it is reached, as JSON, when it is ready.
"""

from __future__ import annotations

import json
import random
import socket
import sys
import threading
from pathlib import Path

from securos_trigger.vms.simulator import Simulator
from soak.proxy import Proxy
from soak.sending import CAMERAS, wait_until_quiet

CALLS = "calls.jsonl"
ANSWERS = "answers.log"
CONTROL = "control.txt"


def main(address: str, folder: Path) -> None:
    """Serve, and at the end write down what was answered and which datagrams of the control came."""
    with (
        Simulator(CAMERAS, log=folder / CALLS) as simulator,
        Proxy(simulator.receiver_port, random.Random(), address) as proxy,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control,
    ):
        control.bind((address, 0))
        came: list[str] = []
        threading.Thread(target=_receive, args=(control, came), daemon=True).start()
        assert simulator.certificate is not None
        ready = {
            "port": proxy.port,
            "token": simulator.token,
            "certificate_sha256": simulator.certificate.sha256,
            "control_port": control.getsockname()[1],
        }
        print(json.dumps(ready), flush=True)
        sys.stdin.read()
        wait_until_quiet(simulator)
        (folder / ANSWERS).write_text(simulator.printed(), encoding="utf-8")
        (folder / CONTROL).write_text("\n".join(came))


def _receive(control: socket.socket, came: list[str]) -> None:
    while True:
        try:
            came.append(control.recv(200).decode())
        except OSError:
            return  # it was closed


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
