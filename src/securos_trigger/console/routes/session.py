"""Log in, log out, and who is logged in."""

from __future__ import annotations

import logging
from typing import Final

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from securos_trigger.console.access import TOKEN_USER, InOtherTurn, Looks, client_of, console, too_many
from securos_trigger.console.bodies import Login
from securos_trigger.console.context import Console
from securos_trigger.console.networks import network_of
from securos_trigger.console.security.rate_limit import names_of
from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.sessions import LASTS_S, LINK_LASTS_S
from securos_trigger.console.security.users import User
from securos_trigger.errors import ConsoleError
from securos_trigger.operations.login_notices import announce_limited_logins
from securos_trigger.system.package_version import package_version

router = APIRouter(prefix="/api", tags=["session"])
_log = logging.getLogger("securos_trigger.console")
#: The name of the person who came with the one-time link.
LINK_USER = "(one-time link)"
_NO_USERS: Final = "The users cannot be read: the log of the console says why. The token logs in."
_COMES_BACK: Final = (
    "You are logged out only until the console starts again: its disk takes no change. "
    "Log in and out again when it does."
)


class SessionAnswer(BaseModel):
    """Who is logged in, at which `site` and `version`. `csrf` goes with all that changes something, as X-CSRF-Token.

    `audit_fault`: why the audit log cannot be written, so that nothing can be changed; empty: it can.
    """

    user: str
    role: Role
    csrf: str
    site: str
    version: str = Field(default_factory=package_version)
    audit_fault: str = ""


@router.get("/session", dependencies=[InOtherTurn])
def show_session(person: Looks) -> SessionAnswer:
    """Say who is logged in."""
    csrf = person.session.csrf if person.session else ""
    own = person.console
    return SessionAnswer(user=person.user, role=person.role, csrf=csrf, site=own.site, audit_fault=own.audit.fault())


@router.post("/login")
async def log_in(body: Login, request: Request, response: Response) -> SessionAnswer:
    """Log in, and set the cookie of the session."""
    own, client = console(request), client_of(request)
    if not body.user:
        return await run_in_threadpool(_log_in, body, request, response)
    network = network_of(client)
    own.log_ins.require_place(network)
    if wait_s := own.limit.begin(*names_of(client, body.user)):
        raise too_many(wait_s)
    return await own.log_ins.run(network, _log_in, body, request, response)


def _log_in(body: Login, request: Request, response: Response) -> SessionAnswer:
    own, client = console(request), client_of(request)
    names = names_of(client, body.user)
    found = _with_password(own, body) if body.user else _with_secret(own, body)
    if isinstance(found, str) and not body.user and (wait_s := own.limit.begin(*names)):
        raise too_many(wait_s)  # a right token is too long to be guessed: no failures of others keep it out
    if isinstance(found, str):
        is_limited = own.limit.note_limited(*names)
        error = f"{found}; too many wrong attempts, the next one has to wait" if is_limited else found
        own.audit.note(body.user[:64], "", client, "log in", "", error=error)
        if is_limited:
            announce_limited_logins(client, body.user[:64])
        link = f"the one-time link is wrong, used or older than {LINK_LASTS_S / 60:g} minutes"
        reason = "The user name or the password is wrong." if body.user else f"The token is wrong, or {link}."
        raise HTTPException(401, reason)
    own.limit.note_success(*names)
    own.audit.note(found.name, found.role, client, "log in", "")
    own.sessions.end(request.cookies.get(own.cookie, ""))
    cookie, session = own.sessions.begin(found.name, found.role, found.password)
    response.set_cookie(
        own.cookie, cookie, max_age=int(LASTS_S), httponly=True, samesite="strict", secure=own.plan.is_https, path="/"
    )
    return SessionAnswer(user=found.name, role=found.role, csrf=session.csrf, site=own.site)


@router.post("/logout", dependencies=[InOtherTurn])
def log_out(person: Looks, request: Request, response: Response) -> dict[str, str]:
    """End the session."""
    own = person.console
    is_over = own.sessions.end(request.cookies.get(own.cookie, ""))
    own.audit.note(person.user, person.role, person.client, "log out", "", error="" if is_over else _COMES_BACK)
    if not is_over:
        raise HTTPException(503, _COMES_BACK)
    response.delete_cookie(own.cookie, path="/", secure=own.plan.is_https, httponly=True, samesite="strict")
    return {}


def _with_password(own: Console, body: Login) -> User | str:
    """The user with this password; or why not, for the audit log. What is wrong with a file, the log says."""
    try:
        return own.users.log_in(body.user, body.password)
    except ConsoleError as error:
        _log.error("%s", error)
        raise HTTPException(503, _NO_USERS) from None


def _with_secret(own: Console, body: Login) -> User | str:
    """The user of the token or the one-time link; or why it was refused, for the audit log alone."""
    if body.token or not body.one_time:
        is_token = own.token.is_token(body.token)
        return User(TOKEN_USER, Role.CONFIGURE, body.token) if is_token else "the token is wrong"
    refused = "there is no one-time link" if own.link is None else own.link.use(body.one_time)
    return refused or User(LINK_USER, Role.CONFIGURE, "")
