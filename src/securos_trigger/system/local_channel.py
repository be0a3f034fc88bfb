"""A channel between programs of one user on this machine: a Unix socket, or a port where Python has none."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

if sys.platform == "win32" or (not TYPE_CHECKING and not hasattr(socket, "AF_UNIX")):
    from securos_trigger.system.loopback_channel import ChannelClient, ChannelServer
else:
    from securos_trigger.system.unix_channel import ChannelClient, ChannelServer

__all__ = ["ChannelClient", "ChannelServer"]
