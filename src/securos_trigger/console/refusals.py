"""How a refusal looks in the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel

from securos_trigger.errors import ArgumentError


class Refusal(BaseModel):
    """One sentence that says why."""

    error: str


class WrongPart(BaseModel):
    """One mistake: where it stands, what is wrong, and how to fix it."""

    where: str
    what: str
    fix: str = ""


class Mistakes(Refusal):
    """What was sent has mistakes, or names something that cannot be used (`argument`)."""

    mistakes: list[WrongPart] = []
    argument: str = ""


@contextmanager
def called(argument: str, field: str) -> Iterator[None]:
    """An argument of an operation that has another name in the request: a refusal names the field."""
    try:
        yield
    except ArgumentError as error:
        if error.argument == argument:
            error.argument = field
        raise


_MEANINGS: Final = MappingProxyType(
    {
        400: "The body is not JSON.",
        401: "Log in first.",
        403: "The role does not allow it, or the CSRF token is missing.",
        404: "It is not there.",
        409: "It is refused as things stand now.",
        412: "The file has changed since it was read.",
        413: "The request is too large.",
        429: "Too many attempts to log in, or too many changes in a minute.",
        503: "The service does not run or does not answer, too many log in at once, or the console ends.",
    }
)

#: The refusals of every route, as FastAPI takes them.
REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    **{status: {"model": Refusal, "description": meaning} for status, meaning in _MEANINGS.items()},
    422: {"model": Mistakes, "description": "What was sent has mistakes."},
}
