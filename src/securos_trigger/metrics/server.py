"""Serves the figures over HTTP."""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from securos_trigger.errors import ConfigurationError, Mistake, missing_part
from securos_trigger.notices import Announcer
from securos_trigger.system.closing import Closeable
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.worker import Failures, Worker

try:
    from prometheus_client import CollectorRegistry, make_wsgi_app
except ModuleNotFoundError:
    raise missing_part("metrics", "prometheus_client") from None

_log = logging.getLogger("securos_trigger")

#: This many connections are served at once; one more is closed at once.
MAX_CONNECTIONS: Final = 16

_REQUEST_WITHIN_S: Final = 10.0
_LOOK_FOR_CLOSE_S: Final = 0.5


class MetricsServer(Closeable):
    """Serves a registry at `http://host:port/metrics` until `close`. Port 0: any free one.

    A fault in a figure costs the request that asked for it: it is answered with status 500. ConfigurationError when
    the address cannot be listened on.
    """

    def __init__(self, registry: CollectorRegistry, host: str, port: int, announcer: Announcer) -> None:
        try:
            self._server = _server_class(host)((host, port), _Handler)
        except OSError as error:
            what = f"{host}:{port} cannot be opened to listen: {reason_of(error)}"
            fix = "Choose another port, or end the program that has it."
            raise ConfigurationError([Mistake("metrics.port", what, fix)]) from None
        self._failures = Failures("metrics-request", announcer)
        self._noting = threading.Lock()
        self._app = make_wsgi_app(registry)
        self._server.set_app(self._answer)
        self._server.timeout = _LOOK_FOR_CLOSE_S
        self._worker = Worker("metrics", lambda _closing: self._server.handle_request(), announcer)
        self._worker.start()

    @property
    def url(self) -> str:
        """Where the figures are."""
        host, port = self._server.server_address[:2]
        return f"http://[{host!s}]:{port}/metrics" if ":" in str(host) else f"http://{host!s}:{port}/metrics"

    def close(self) -> None:
        """Serve no more."""
        self._worker.close()
        self._server.server_close()

    def _answer(self, environ: Any, start_response: Any) -> Any:
        """The page, or status 500 and a log entry when a figure cannot be had."""
        try:
            page = self._app(environ, start_response)
        except Exception as error:  # noqa: BLE001  a fault in a figure; the next request may go well
            with self._noting:
                self._failures.note_failure(error)
            start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
            return [b"A figure cannot be had; the log has the traceback.\n"]
        with self._noting:
            self._failures.note_success()
        return page


class _Handler(WSGIRequestHandler):
    """Gives a silent client up, and writes no log line for a request."""

    timeout = _REQUEST_WITHIN_S

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the library's
        """Nothing."""


class _Server(WSGIServer):
    """Serves each connection in a thread of its own, and no more than `MAX_CONNECTIONS` of them."""

    def __init__(self, *args: Any) -> None:
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__(*args)

    def server_bind(self) -> None:
        """Bind, without asking a name server what this host is called, as the library does."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept. A machine without descriptors is a failure of the worker, which pauses, not of this connection."""
        try:
            return self.socket.accept()
        except OSError as error:
            raise RuntimeError(f"no connection can be accepted: {reason_of(error)}") from error

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve the connection in a thread, or close it when there are too many."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        serving = threading.Thread(
            target=self._serve, args=(request, client_address), name="metrics-request", daemon=True
        )
        try:
            serving.start()
        except RuntimeError:
            self._free.release()
            raise

    def _serve(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except OSError:  # the client left, or was silent for too long
            pass
        except Exception:  # noqa: BLE001  the one bulkhead of this thread
            _log.exception("A request for metrics has failed.")
        finally:
            self.shutdown_request(request)
            self._free.release()


def _server_class(host: str) -> type[_Server]:
    """The server for this host's kind of address."""
    if ":" not in host:
        return _Server
    return type("_ServerV6", (_Server,), {"address_family": socket.AF_INET6})
