"""Runs a command in a network of its own without a way out, and prints as JSON what the command tried to reach.

    unshare --map-root-user --net --mount python no_way_out.py COMMAND …

Every packet that would leave the machine arrives at a tunnel that this script holds, and goes nowhere. What stays on
the loopback interface is watched, too.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

_SET_INTERFACE = 0x400454CA
_TUNNEL_WITHOUT_HEADER = 0x1001
_EVERY_PROTOCOL = 3
_TCP, _UDP = 6, 17
_SYN, _ACK = 2, 16
_NETWORK = (
    "ip link set lo up",
    "ip address add 192.0.2.1/24 dev out",
    "ip link set out up",
    "ip route add default dev out",
    "ip -6 route add default dev out",
)


def main(command: list[str]) -> None:
    tunnel = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tunnel, _SET_INTERFACE, struct.pack("16sH", b"out", _TUNNEL_WITHOUT_HEADER))
    for line in _NETWORK:
        subprocess.run(line.split(), check=line.startswith("ip -6") is False, stderr=subprocess.DEVNULL)
    _use_name_server("192.0.2.53")
    loopback = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_EVERY_PROTOCOL))
    loopback.bind(("lo", 0))
    tried: set[str] = set()
    has_ended = threading.Event()
    watchers = [
        threading.Thread(target=_watch, args=(tunnel, lambda: os.read(tunnel, 65536), tried, has_ended)),
        threading.Thread(target=_watch, args=(loopback.fileno(), lambda: loopback.recv(65536), tried, has_ended)),
    ]
    for watcher in watchers:
        watcher.start()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    has_ended.set()
    for watcher in watchers:
        watcher.join()
    print(json.dumps({"tried": sorted(tried), "code": done.returncode, "log": done.stdout + done.stderr}))  # noqa: T201


def _use_name_server(address: str) -> None:
    """Have names looked up at `address`, which lies beyond the tunnel. Holds in this mount namespace only."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as file:
        file.write(f"nameserver {address}\noptions timeout:1 attempts:1\n")
    subprocess.run(["mount", "--bind", file.name, "/etc/resolv.conf"], check=True)
    Path(file.name).unlink()


def _watch(descriptor: int, read: Callable[[], bytes], tried: set[str], has_ended: threading.Event) -> None:
    while not has_ended.is_set():
        if select.select([descriptor], [], [], 0.1)[0]:
            target = _target(read())
            if target:
                tried.add(target)


def _target(packet: bytes) -> str:
    """Where a packet that begins something goes: a TCP connection's first packet, or any of UDP; else an empty text."""
    if packet[0] >> 4 == 4:
        protocol, start = packet[9], (packet[0] & 15) * 4
        address = socket.inet_ntop(socket.AF_INET, packet[16:20])
    elif packet[0] >> 4 == 6:
        protocol, start = packet[6], 40
        address = f"[{socket.inet_ntop(socket.AF_INET6, packet[24:40])}]"
    else:
        return ""
    if protocol not in (_TCP, _UDP) or len(packet) < start + 14:
        return ""
    if protocol == _TCP and packet[start + 13] & (_SYN | _ACK) != _SYN:
        return ""
    port = struct.unpack(">H", packet[start + 2 : start + 4])[0]
    return f"{'tcp' if protocol == _TCP else 'udp'} {address}:{port}"


if __name__ == "__main__":
    main(sys.argv[1:])
