"""Serves the console until a signal comes."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import threading
from collections.abc import Callable
from typing import Final

import uvicorn

from securos_trigger.console.app import console_app
from securos_trigger.console.connections import MAX_OF_ONE, MAX_OPEN, MAX_REQUESTS, ImpatientProtocol
from securos_trigger.console.context import Console, console_of
from securos_trigger.console.door import Door
from securos_trigger.console.last_save import saved_when
from securos_trigger.console.rare_warnings import RareWarnings
from securos_trigger.console.security.sessions import OneTimeLink
from securos_trigger.errors import ConsoleError
from securos_trigger.operations.console_plan import ConsolePlan
from securos_trigger.operations.undo_changes import last_saved_at
from securos_trigger.system.platform import allow_many_files, let_others_go_first
from securos_trigger.system.reasons import reason_of

#: The video of the same machine comes first.
NICENESS: Final = 10
_END_WITHIN_S: Final = 3
_log = logging.getLogger("securos_trigger.console")


def serve_console(plan: ConsolePlan, on_ready: Callable[[str, str], None], *, ends_with_stdin: bool = False) -> None:
    """Serve until a signal comes; with `ends_with_stdin` also until stdin ends, as a child of the service.

    `on_ready` gets the address, and the one-time link (empty: there are users, who log in). ConsoleError: the address
    cannot be listened at, or a file of the console cannot be used.
    """
    own = prepared(plan)
    listening = _listening(plan)
    port = listening.getsockname()[1]
    host = f"[{plan.host}]" if ":" in plan.host else plan.host
    url = f"{'https' if plan.is_https else 'http'}://{host}:{port}"
    let_others_go_first(NICENESS)
    allow_many_files()
    logging.getLogger("uvicorn.error").addFilter(RareWarnings())
    server = _Server(_settings(own, listening))
    server.own = own
    if ends_with_stdin:
        threading.Thread(target=_end_with_stdin, args=(server,), name="stdin", daemon=True).start()
    on_ready(f"{url}/", "" if own.link is None else f"{url}/login.html#{own.link.secret}")
    with listening:
        asyncio.run(server.serve(sockets=[listening]))


class _Server(uvicorn.Server):
    """Ends the streams of open pages before it waits for answers that are under way: a stream has no end of its own."""

    own: Console

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, and let what is under way end."""
        if self.own.feed is not None:
            self.own.feed.close()
        await super().shutdown(sockets)


def prepared(plan: ConsolePlan) -> Console:
    """A console whose files are there and readable."""
    own = console_of(plan, None)
    own.token.make()
    own.audit.require_writable()
    saved_at = last_saved_at(plan.config)
    own.audit.settle(lambda cut_off: saved_when(cut_off, own.audit.entries(), *saved_at))
    if not own.users.all():
        own.link = OneTimeLink()
    return own


def _settings(own: Console, listening: Door) -> uvicorn.Config:
    plan = own.plan

    class Protocol(ImpatientProtocol):
        door = listening

    return uvicorn.Config(
        console_app(own),
        http=Protocol,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        ws="none",
        h11_max_incomplete_event_size=32 * 1024,
        limit_concurrency=MAX_REQUESTS,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_END_WITHIN_S,
        ssl_certfile=plan.certificate,
        ssl_keyfile=plan.key,
    )


def _listening(plan: ConsolePlan) -> Door:
    family = socket.AF_INET6 if ":" in plan.host else socket.AF_INET
    listening = Door(family, max_of_one=MAX_OF_ONE, max_all=MAX_OPEN)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((plan.host.strip("[]"), plan.port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        what = f"The console cannot listen at {plan.host}, port {plan.port}: {reason_of(error).lower()}."
        raise ConsoleError(f"{what}\n    Set another port: [console] port.") from error
    return listening


def _end_with_stdin(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True
