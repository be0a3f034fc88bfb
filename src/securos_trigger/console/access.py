"""Who sends a request, and whether they may: what each route names as its dependency."""

from __future__ import annotations

import hmac
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from securos_trigger.console.attempts import MOST_CHANGES_IN_A_MINUTE
from securos_trigger.console.bodies import name_in
from securos_trigger.console.context import Console
from securos_trigger.console.security.guard import CHANGING
from securos_trigger.console.security.rate_limit import names_of
from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.session import Session
from securos_trigger.console.security.sessions import proof_of
from securos_trigger.console.turns import Turns
from securos_trigger.errors import ConsoleError, OutcomeUnknownError
from securos_trigger.operations.login_notices import announce_limited_logins
from securos_trigger.system.timestamps import rfc3339

#: The name that the token's owner has in the audit log.
TOKEN_USER: Final = "(token)"
_TOO_MUCH: Final = f"More than {MOST_CHANGES_IN_A_MINUTE} changes in a minute. Go on in a minute."


@dataclass(frozen=True, slots=True)
class Person:
    """Who sends a request. `session` is None for a program with the token.

    `client` is the address of the other side.
    """

    user: str
    role: Role
    client: str
    console: Console
    session: Session | None = None

    @property
    def owner(self) -> str:
        """Whose turns and open pages a request counts among: a user's, or those of the programs of one address."""
        return f"{self.user} {self.client}" if self.user == TOKEN_USER else self.user

    def note_refused(self, what: str, needed: Role) -> None:
        """Write down `what` their role does not allow, in words."""
        error = f"needs the role {needed}"
        self.console.audit.note(self.user, self.role, self.client, "refused", what, error=error)

    @contextmanager
    def audited(
        self, action: str, subject: str, details: Mapping[str, Any] | None = None, *, is_change: bool = True
    ) -> Iterator[None]:
        """Write down what is done within, also when it is refused, or cut off by the end of the console.

        What changes nothing (`is_change` False, or `changed` 0 in the details in the end) is listed as attempts are, up
        to a number in a minute.

        ConsoleError: it could not be written, so stop. 429: they change too much, so that the log would lose what
        others did.
        """
        audit = self.console.audit
        if self.role is not Role.CONFIGURE and not self.console.changes.takes(self.user):
            audit.note(self.user, self.role, self.client, action, subject, error=_TOO_MUCH)
            raise HTTPException(429, _TOO_MUCH, headers={"Retry-After": "60"})
        with audit.begun(self.user, self.role, self.client, action, subject, details):
            begun = {"at": rfc3339(time.time()), "user": self.user, "action": action, "subject": subject}
            self.console.under_way.append(begun)
            try:
                yield
            except OutcomeUnknownError as error:
                audit.write(self.user, self.role, self.client, action, subject, details, doubt=_reason(error))
                raise
            except BaseException as error:
                audit.note(self.user, self.role, self.client, action, subject, details, error=_reason(error))
                raise
            else:
                has_changed = is_change and (details or {}).get("changed") != 0
                add = audit.write if has_changed else audit.note
                add(self.user, self.role, self.client, action, subject, details)
            finally:
                self.console.under_way.remove(begun)


def _reason(error: BaseException) -> str:
    """Why something was refused, in one line: what leads to a list of mistakes is said with the first of them."""
    first, _, rest = str(error).partition("\n")
    if first.endswith(":"):
        first = f"{first} {rest.partition(chr(10))[0].strip()}".strip()
    return first[:300] or type(error).__name__


def console(request: Request) -> Console:
    """The console that serves a request."""
    found: Console = request.app.state.console
    return found


def client_of(request: Request) -> str:
    """The address of the other side."""
    return request.client.host if request.client else ""


def person(request: Request) -> Person:
    """Who sends the request. 401: they have not logged in; 403: the CSRF token is missing."""
    own, client = console(request), client_of(request)
    if (header := request.headers.get("authorization")) is not None:
        return _with_token(own, header, client)
    cookie = request.cookies.get(own.cookie, "")
    session = own.sessions.of(cookie)
    if session is not None and not _is_still_known(own, session):
        own.sessions.end(cookie)
        session = None
    if session is None:
        raise HTTPException(401, "Log in first.")
    if request.method in CHANGING:
        given = request.headers.get("x-csrf-token", "")
        if not hmac.compare_digest(given.encode("latin-1", "replace"), session.csrf.encode("ascii")):
            raise HTTPException(403, "The header X-CSRF-Token is missing or wrong. Load the page again.")
    return Person(session.user, session.role, client, own, session)


def is_known(own: Console, request: Request) -> bool:
    """True where a request has the token or the cookie of a session: `person` says whether it may be served."""
    if (header := request.headers.get("authorization")) is not None:
        return own.token.is_token(_bearer_of(header))
    return own.sessions.of(request.cookies.get(own.cookie, "")) is not None


def is_still_let_in(request: Request, found: Person) -> bool:
    """False when what came with a long request would not be let in any more. To ask is no use of the session."""
    own = found.console
    if found.session is None:
        return own.token.is_token(_bearer_of(request.headers.get("authorization", "")))
    try:
        return not own.sessions.has_ended(found.session) and _is_still_known(own, found.session)
    except ConsoleError:
        return False  # the users cannot be read: the next request says why


def _is_still_known(own: Console, session: Session) -> bool:
    """False for a user who was removed, or has another role or password since; and after another token was made."""
    if not session.proof:
        return True
    if session.user == TOKEN_USER:
        return session.proof == proof_of(own.token.text())
    user = own.users.named(session.user)
    return user is not None and (user.role, proof_of(user.password)) == (session.role, session.proof)


def _with_token(own: Console, header: str, client: str) -> Person:
    """The program with the token. Failures of others at the same address do not keep it out."""
    if own.token.is_token(_bearer_of(header)):
        return Person(TOKEN_USER, Role.CONFIGURE, client, own)
    names = names_of(client)
    if wait_s := own.limit.wait_s(*names):
        raise too_many(wait_s)
    own.limit.note_failure(*names)
    own.audit.note(TOKEN_USER, "", client, "log in", "", error="the token is wrong")
    if own.limit.note_limited(*names):
        announce_limited_logins(client, "")
    raise HTTPException(401, "The token is wrong.")


def _bearer_of(header: str) -> str:
    """The token in the header `Authorization`; empty: there is none."""
    kind, _, token = header.partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def too_many(wait_s: float) -> HTTPException:
    """The refusal of an attempt that comes too early."""
    seconds = str(max(1, math.ceil(wait_s)))
    sentence = f"Too many wrong attempts, by you or by others. Try again in {seconds} s, or log in with the token."
    return HTTPException(429, sentence, headers={"Retry-After": seconds})


def turn_of(kind: Callable[[Console], Turns]) -> Any:
    """A dependency of each route that takes a thread: a turn of its user as long as it runs, once they are known.

    503: too many wait already, or its turn did not come in time. It ends before the answer is sent: a slow browser
    keeps no turn.
    """

    async def in_turn(found: Annotated[Person, Depends(person)]) -> AsyncIterator[None]:
        async with kind(found.console).turn(found.owner):
            yield

    return Depends(in_turn, scope="function")


def needs(role: Role) -> Callable[..., Awaitable[Person]]:
    """A dependency: the person, who has at least this role."""

    async def with_role(found: Annotated[Person, Depends(person)], request: Request) -> Person:
        if not found.role.may(role):
            if request.method in CHANGING:
                await run_in_threadpool(found.note_refused, _in_words(request), role)
            raise HTTPException(403, f"This needs the role {role}; you have {found.role}.")
        return found

    return with_role


def _in_words(request: Request) -> str:
    """What a request asks for: `save node yard/alarm`. The functions of routes have names that say it."""
    what = str(request.scope["endpoint"].__name__).replace("_", " ")
    return f"{what} {'/'.join(name_in(str(part)) for part in request.path_params.values())}".rstrip()


#: For a route that asks the service, for one that does not, and for a replay.
InTurn: Final = turn_of(lambda own: own.asking)
InOtherTurn: Final = turn_of(lambda own: own.looking)
InReplayTurn: Final = turn_of(lambda own: own.replaying)
Looks = Annotated[Person, Depends(needs(Role.LOOK))]
Operates = Annotated[Person, Depends(needs(Role.OPERATE))]
Configures = Annotated[Person, Depends(needs(Role.CONFIGURE))]
