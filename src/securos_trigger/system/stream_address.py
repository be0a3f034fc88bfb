"""Asks at the address of a camera why FFmpeg got no video from it: FFmpeg has one word for many causes."""

from __future__ import annotations

import socket
import time
from typing import Final
from urllib.parse import urlsplit

from securos_trigger.system.host_names import why_not_resolved
from securos_trigger.system.reasons import no_connection, reason_of, sends_nothing

#: The longest time for the connection that asks, and then for its answer, in seconds.
_ASKED_WITHIN_S: Final = 3.0
_RTSP_PORT: Final = 554
_QUESTION: Final = "OPTIONS rtsp://{}:{} RTSP/1.0\r\nCSeq: 1\r\n\r\n"
_TLS: Final = (b"\x15\x03", b"\x16\x03")


def why_no_stream(url: str, tried_s: float, timeout_s: float) -> str:
    """Why the stream at an address could not be opened; empty: nothing more is known than FFmpeg says.

    FFmpeg has tried it for `tried_s` and had `timeout_s` for it. The text never has the address.
    """
    parts = urlsplit(url)
    if not parts.hostname:
        return ""
    if why := why_not_resolved(parts.hostname):
        return why
    if parts.scheme != "rtsp":
        return ""
    try:
        return _answer_at(parts.hostname, parts.port or _RTSP_PORT, tried_s, timeout_s)
    except TimeoutError:
        return no_connection(_ASKED_WITHIN_S)
    except UnicodeError:  # a name that this program cannot write as FFmpeg does
        return ""
    except OSError as error:
        return reason_of(error)


def _answer_at(host: str, port: int, tried_s: float, timeout_s: float) -> str:
    with socket.create_connection((host, port), _ASKED_WITHIN_S) as asked:
        if tried_s >= 0.9 * timeout_s:
            return sends_nothing(timeout_s)
        asked_s = time.monotonic()
        asked.sendall(_QUESTION.format(host, port).encode())
        try:
            answer = asked.recv(100)
        except TimeoutError:
            return sends_nothing(round(time.monotonic() - asked_s))
    if not answer:
        return "it ends the connection without an answer"
    if answer.startswith(b"RTSP/"):
        return ""
    if answer.startswith(_TLS):
        return "it answers with TLS, and not with RTSP"
    return "it answers with HTTP, and not with RTSP" if answer.startswith(b"HTTP/") else "its answer is not RTSP"
