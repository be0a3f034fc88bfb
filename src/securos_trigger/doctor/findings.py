"""What the doctor reports: one finding, one line, and how to fix it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

#: To this finding it is added where the password is written, which only the reader of the file knows.
REFUSED_PASSWORD: Final = "the receiver does not accept iss_password"


class Status(StrEnum):
    """How a finding stands: as it should be, worth a look, or in the way of deliveries."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was examined. `subject` is a word or two, `fix` what a person can do (empty: nothing).

    `pipeline` is the one whose source it is about (empty: none); it is no part of what is shown.
    """

    status: Status
    subject: str
    text: str
    fix: str = ""
    pipeline: str = field(default="", compare=False)

    def to_json(self) -> dict[str, str]:
        """Plain data: the keys of docs/console_api.md."""
        return {"status": self.status.value, "what": self.subject, "text": self.text, "fix": self.fix}

    def __str__(self) -> str:
        line = f"  {self.status:<8} {self.subject:<12} {self.text}"
        return f"{line}\n{'':24}-> {self.fix}" if self.fix else line


def ok(subject: str, text: str) -> Finding:
    """A finding that all is as it should be."""
    return Finding(Status.OK, subject, text)


def warning(subject: str, text: str, fix: str = "") -> Finding:
    """A finding that a person should look at, although deliveries work."""
    return Finding(Status.WARNING, subject, text, fix)


def failed(subject: str, text: str, fix: str = "") -> Finding:
    """A finding that keeps some or all deliveries from working."""
    return Finding(Status.FAILED, subject, text, fix)
