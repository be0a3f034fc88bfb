"""The feed of an input whose messages come in the metadata track of an RTSP stream."""

from __future__ import annotations

import threading
import time
from typing import Final

from securos_trigger.errors import VideoError
from securos_trigger.inputs.feed import Arrival, ArrivalQueue, ConnectionState
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.stream_connection import StreamConnection
from securos_trigger.notices import Announcer
from securos_trigger.system.worker import Worker
from securos_trigger.video.metadata_track import metadata_payloads

#: The pause before the next try, in seconds: it doubles with each failure in a row.
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
_SPACE_WITHIN_S: Final = 0.5
_CLOSE_WITHIN_S: Final = 2.0


class MetadataFeed:
    """Reads the track in a thread of its own, which `close` leaves behind while the library waits for a packet."""

    def __init__(self, source_name: str, connection: StreamConnection, announcer: Announcer) -> None:
        self.queue = ArrivalQueue()
        self.state = ConnectionState(source_name, announcer)
        self._connection = connection
        self._pause_s = FIRST_PAUSE_S
        self._worker = Worker(f"metadata-{source_name}", self._turn, announcer)

    def start(self) -> None:
        """Start the thread."""
        self._worker.start()

    def close(self) -> None:
        """End the thread."""
        self._worker.close(_CLOSE_WITHIN_S)

    def _turn(self, closing: threading.Event) -> None:
        """One connection, and the pause after it."""
        try:
            self._read(closing)
            reason = "the stream has ended"
        except VideoError as error:
            reason = str(error)
        if closing.is_set():
            return
        self._put(Message(body=b"", arrived_at=time.time()), closing)  # what was not complete ends here
        self.state.note_lost(reason)
        closing.wait(self._pause_s)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def _read(self, closing: threading.Event) -> None:
        connection = self._connection
        url = connection.url.get_secret_value()
        payloads = metadata_payloads(url, connection.transport, silent_after_s=connection.silent_after_s, stop=closing)
        for payload, is_end in payloads:
            self.state.note_connected()
            if payload:
                self._pause_s = FIRST_PAUSE_S
                self._put(Message(body=payload, arrived_at=time.time(), is_last_part=is_end), closing)

    def _put(self, message: Message, closing: threading.Event) -> None:
        """Put a message into the queue, as soon as there is space."""
        while not closing.is_set() and not self.queue.put(Arrival(message)):
            self.queue.wait_for_space(_SPACE_WITHIN_S)
