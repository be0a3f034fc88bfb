"""The users of the console, in a file that only its owner may read, and the token for programs."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from securos_trigger.console.security.passwords import NO_USER, hash_of, is_password
from securos_trigger.console.security.roles import Role
from securos_trigger.errors import ArgumentError, ConsoleError
from securos_trigger.errors.program import program
from securos_trigger.system.files import write_whole
from securos_trigger.system.locks import lock_for_change
from securos_trigger.system.reasons import reason_of

_NAME: Final = re.compile(r"[\w.@-]{1,64}")
_MAX_BYTES: Final = 1024**2
_LEAST_TOKEN_CHARACTERS: Final = 20


@dataclass(frozen=True, slots=True)
class User:
    """A person who may log in. `password` is the hash of theirs."""

    name: str
    role: Role
    password: str


class Users:
    """The users in a file. It is read at each log-in, so that a removed user is out at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> tuple[User, ...]:
        """Every user. ConsoleError: the file cannot be read, or does not hold users."""
        try:
            content = self.path.read_bytes()[:_MAX_BYTES]
            return tuple(User(one["name"], Role(one["role"]), one["password"]) for one in json.loads(content)["users"])
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise ConsoleError(f"The users in {self.path} cannot be read: {reason_of(error)}.") from error
        except (ValueError, KeyError, TypeError) as error:
            fix = f"Remove it, and add the users again: {program()} console CONFIG --add-user NAME"
            raise ConsoleError(f"The file {self.path} does not hold users.\n    {fix}") from error

    def named(self, name: str) -> User | None:
        """The user with this name."""
        return next((user for user in self.all() if user.name == name), None)

    def log_in(self, name: str, password: str) -> User | str:
        """The user with this name and password; or why it was refused, for the audit log. Takes as long in both."""
        user = self.named(name)
        is_right = is_password(password, NO_USER if user is None else user.password)
        if user is None:
            return "there is no such user"
        return user if is_right else "the password is wrong"

    def add(self, name: str, role: Role, password: str) -> None:
        """Add a user, or give one another role and password. ArgumentError: the name or the password cannot be used."""
        require_user_name(name)
        new = User(name, role, hash_of(password))
        with self._changing():
            self._write([*(user for user in self.all() if user.name != name), new])

    def remove(self, name: str) -> None:
        """Remove a user. ArgumentError: there is none with this name."""
        with self._changing():
            users = self.all()
            left = [user for user in users if user.name != name]
            if len(left) == len(users):
                raise ArgumentError("remove_user", f'there is no user "{name[:64]}"')
            self._write(left)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Let no other process change the file meanwhile: it would lose this change, or this one that."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with lock_for_change(Path(os.path.realpath(self.path))):
                yield
        except OSError as error:
            raise ConsoleError(f"The users cannot be written to {self.path}: {reason_of(error)}.") from error

    def _write(self, users: list[User]) -> None:
        write_whole(self.path, json.dumps({"users": [asdict(user) for user in users]}, indent=2) + "\n")


class TokenFile:
    """The token for programs, which may configure. It is read at each request, so that a new one counts at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def make(self) -> None:
        """Write a random token where there is no file yet. ConsoleError: it cannot be written."""
        try:
            if self.path.is_file():
                return
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, secrets.token_urlsafe(32) + "\n")
        except OSError as error:
            raise ConsoleError(f"The token cannot be written to {self.path}: {reason_of(error)}.") from error

    def is_token(self, text: str) -> bool:
        """True when this is the token. False also when the file cannot be read, or holds a text that is too short."""
        token = self.text()
        return bool(token) and hmac.compare_digest(_digest(token), _digest(text))

    def text(self) -> str:
        """The token; empty: the file cannot be read, or holds a text that is too short."""
        try:
            token = self.path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""
        return token if len(token) >= _LEAST_TOKEN_CHARACTERS else ""


def require_user_name(name: str) -> None:
    """ArgumentError: no user can have this name."""
    if not _NAME.fullmatch(name):
        what = f"{name[:64]!a} is not a user name: letters, digits and . _ @ - are allowed"
        raise ArgumentError("add_user", what.replace("'", '"') if name.isprintable() else what)


def role_named(name: str) -> Role:
    """The role with this name. ArgumentError: there is none."""
    try:
        return Role(name)
    except ValueError:
        raise ArgumentError("role", f'there is no role "{name[:64]}". Known: {", ".join(Role)}.') from None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
