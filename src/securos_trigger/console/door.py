"""The listening socket of the console: few connections stand before it that have not begun.

With HTTPS a handshake comes first, and until it is done no protocol knows of the connection: here it is counted, and
its time is limited.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import time
from collections import Counter
from contextlib import suppress
from typing import Any

from securos_trigger.console.networks import network_of
from securos_trigger.system.reasons import reason_of

#: Seconds that a handshake may take.
HANDSHAKE_WITHIN_S = 10.0
#: That no file is free is said this often, in seconds.
_SAY_EVERY_S = 60.0
_NO_FILE = (errno.EMFILE, errno.ENFILE)
_log = logging.getLogger("securos_trigger.console")


class Door(socket.socket):
    """A listening socket of asyncio. `has_come_in` takes a connection out of the count."""

    def __init__(
        self, family: socket.AddressFamily, *, max_of_one: int, max_all: int, within_s: float = HANDSHAKE_WITHIN_S
    ) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._limits = max_of_one, max_all
        self._within_s = within_s
        self._spare: int | None = os.open(os.devnull, os.O_RDONLY)
        self._failures, self._said_at_s = 0, -_SAY_EVERY_S
        self._outside: dict[socket.socket, str] = {}  # the oldest first, each with what counts as one address

    def accept(self) -> tuple[socket.socket, Any]:
        """Take the next connection; where too many stand outside, the one that has stood longest is closed.

        First those of the same address, then those of the one that has the most.
        """
        try:
            connection, address = super().accept()
        except OSError as error:
            if error.errno not in _NO_FILE:
                raise
            self._go_on_without_a_file(error)
            raise BlockingIOError(error.errno, "later") from error  # asyncio would log each with its traceback
        self._outside = {one: network for one, network in self._outside.items() if one.fileno() >= 0}
        self._outside[connection] = network_of(address[0])
        self._make_room(self._outside[connection])
        asyncio.get_running_loop().call_later(self._within_s, self._turn_away, connection)
        return connection, address

    def has_come_in(self, number: int) -> None:
        """The connection with this file descriptor has begun: it is counted elsewhere from now on."""
        self._outside = {one: network for one, network in self._outside.items() if one.fileno() not in (number, -1)}

    def close(self) -> None:
        """Listen no more."""
        self._let_spare_go()
        super().close()

    def _go_on_without_a_file(self, error: OSError) -> None:
        """No file is free for the next connection: the one that has stood longest gives its own, or the next is closed.

        That is said once a minute, with how many they were.
        """
        self._failures += 1
        if time.monotonic() - self._said_at_s >= _SAY_EVERY_S:
            what = "No file is free for connections to the console (%d times): %s."
            _log.warning(what, self._failures, reason_of(error).lower())
            self._failures, self._said_at_s = 0, time.monotonic()
        if self._outside:
            self._turn_away(next(iter(self._outside)))
            return
        self._let_spare_go()
        with suppress(OSError):
            super().accept()[0].close()
        with suppress(OSError):  # another thread was faster
            self._spare = os.open(os.devnull, os.O_RDONLY)

    def _let_spare_go(self) -> None:
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None

    def _make_room(self, network: str) -> None:
        max_of_one, max_all = self._limits
        counts = Counter(self._outside.values())
        if counts[network] <= max_of_one:
            if counts.total() <= max_all:
                return
            [(network, _)] = counts.most_common(1)
        self._turn_away(next(one for one, of in self._outside.items() if of == network))

    def _turn_away(self, connection: socket.socket) -> None:
        """End a connection that has not begun; the loop, to which it belongs, then closes it."""
        if self._outside.pop(connection, None) is not None:
            with suppress(OSError):  # it is closed
                connection.shutdown(socket.SHUT_RDWR)
