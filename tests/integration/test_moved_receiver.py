"""A receiver whose name leads to another address is found there by the next connection."""

from __future__ import annotations

from pathlib import Path

from tests.integration.mount_namespace import said_in_mount_namespace

_PROGRAM = """
import contextlib, json, socket, subprocess, threading, time
from pathlib import Path
import securos_trigger
from securos_trigger.vms.simulator import Simulator

hosts = Path("hosts")
hosts.write_text("127.0.0.2 vms.example\\n")
subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)
opened, after_the_move = [], []
has_moved = threading.Event()

def pass_on(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    sink.close()

def old_address(listener, port):
    while True:
        end, _ = listener.accept()
        if has_moved.is_set():
            after_the_move.append(1)
            end.close()
            continue
        other = socket.create_connection(("127.0.0.1", port))
        opened.extend((end, other))
        for ends in ((end, other), (other, end)):
            threading.Thread(target=pass_on, args=ends, daemon=True).start()

def wait_for(count):
    until_s = time.monotonic() + 60
    while len(simulator.events(0)) < count:
        assert time.monotonic() < until_s
        time.sleep(0.05)

with Simulator(("1",)) as simulator:
    port = simulator.receiver_port
    listener = socket.create_server(("127.0.0.2", port))
    threading.Thread(target=old_address, args=(listener, port), daemon=True).start()
    properties = {**simulator.settings(), "iss_ip": "vms.example", "iss_camera_ids": "1", "interval": 0}
    properties |= {"event_source": "custom", "trigger": "x > 0", "event_name": "{{x}}"}
    with securos_trigger.running(properties, outbox=Path("outbox.sqlite"), drain_s=60) as node:
        node.process({"x": 1})
        wait_for(1)
        hosts.write_text("127.0.0.1 vms.example\\n")
        has_moved.set()
        for end in opened:
            with contextlib.suppress(OSError):  # it has ended already
                end.shutdown(socket.SHUT_RDWR)
        node.process({"x": 2})
        wait_for(2)
    names = [event["name"] for event in simulator.events(0)]
    print(json.dumps({"names": names, "before": len(opened) > 0, "at the old address": len(after_the_move)}))
"""


def test_a_new_connection_goes_to_the_new_address_and_none_to_the_old_one(tmp_path: Path) -> None:
    assert said_in_mount_namespace(_PROGRAM, tmp_path) == {"names": ["1", "2"], "before": True, "at the old address": 0}
