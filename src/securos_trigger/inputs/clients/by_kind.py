"""The network client of each kind of device, in one place."""

from __future__ import annotations

from securos_trigger.inputs.client_feed import MessageClient
from securos_trigger.inputs.clients.event_stream import EventStreamClient
from securos_trigger.inputs.clients.pullpoint import PullPointClient
from securos_trigger.inputs.device_connection import DeviceConnection
from securos_trigger.inputs.feed import ConnectionState


def make_client(kind: str, connection: DeviceConnection, state: ConnectionState) -> MessageClient:
    """The client that fetches the messages of this kind; `state` hears of its connection."""
    if kind == "onvif-pullpoint":
        return PullPointClient(connection, state)
    return EventStreamClient(kind, connection, state)
