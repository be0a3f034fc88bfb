"""Every error this package raises on purpose, in one tree.

    SecurosTriggerError
    ├── ConfigurationError      the configuration has mistakes: all of them, each with its place and its fix
    │   └── ConfigurationChangedError   it has changed since it was read, so that it is not replaced
    ├── ArgumentError           what a person typed or chose for one operation cannot be used
    │   └── NotFoundError       what an argument names is not there
    ├── ConditionError          a trigger condition cannot be read: text, caret and what was expected
    ├── TemplateError           a template cannot be compiled
    ├── OutboxError             the outbox cannot be opened or is not usable
    │   ├── OutboxOwnedError    another process owns the outbox file
    │   └── OutcomeUnknownError   the service gave no answer after it had begun: perhaps it was done
    ├── VideoError              a source cannot be opened or a sink cannot be written
    │   └── FramesLostError     a sink has lost frames that it had taken before
    ├── MessageError            a message of another system cannot be read: where in it, and what was expected
    ├── FeedLostError           an input gets no messages at present: why, without secrets
    │   └── FeedRefusedError    the other side refuses the login, or has given the session to another program
    ├── RecordingError          a metadata recording cannot be read or written
    ├── MissingPartError        an optional part (an extra, Node.js, a file) is not installed
    ├── PlacementError          the cluster that places pipelines cannot be reached, or refuses
    ├── SimulatorError          the SecurOS simulator did not start, or has ended
    ├── ConflictError           what was asked for is refused as things stand now
    └── ConsoleError            the console cannot be started, or a file of its own cannot be used

An expected failure of the outside world (the VMS is down, a login is refused) is not an error but a value:
see `securos_trigger.model.Outcome`. How texts are put together, errors and others, is in `wording`;
`suggestions` finds the known name that a person may have meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from securos_trigger.errors.wording import caret_lines, counted

__all__ = [
    "EXTRAS",
    "ArgumentError",
    "ConditionError",
    "ConfigurationChangedError",
    "ConfigurationError",
    "ConflictError",
    "ConsoleError",
    "FeedLostError",
    "FeedRefusedError",
    "FramesLostError",
    "MessageError",
    "MissingPartError",
    "Mistake",
    "NotFoundError",
    "OutboxError",
    "OutboxOwnedError",
    "OutcomeUnknownError",
    "PlacementError",
    "RecordingError",
    "SecurosTriggerError",
    "SimulatorError",
    "TemplateError",
    "VideoError",
    "extra_of",
    "missing_part",
]


class SecurosTriggerError(Exception):
    """Base of every error of this package. Its text is written for the person who can fix it."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a configuration: where it stands, what is wrong, and how to fix it.

    `where` is for a person. `place` is for a program, as `pipelines[0].nodes[2].rois`; empty: it is not known.
    """

    where: str
    what: str
    fix: str = ""
    place: str = field(default="", compare=False)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n    {self.fix}" if self.fix else text

    def to_json(self) -> dict[str, str]:
        """Plain data."""
        return {"where": self.where, "what": self.what, "fix": self.fix, "place": self.place}


class ConfigurationError(SecurosTriggerError):
    """The configuration has mistakes. All of them are in `mistakes`, in the order of the file."""

    def __init__(self, mistakes: Iterable[Mistake], source: str = "") -> None:
        self.mistakes: tuple[Mistake, ...] = tuple(mistakes)
        self.source = source
        count = counted(len(self.mistakes), "mistake")
        head = f"{source}: {count}" if source else f"The configuration has {count}"
        super().__init__("\n".join([head + ":", *(f"  {line}" for m in self.mistakes for line in str(m).split("\n"))]))


class ConfigurationChangedError(ConfigurationError):
    """The configuration file has changed since it was read, so that it is not replaced."""

    def __init__(self, source: str) -> None:
        fix = "Read it again, and repeat the change."
        super().__init__([Mistake("", "it has changed since it was read", fix)], source)
        self.args = (f"{source}: it has changed since it was read. {fix}",)


class ArgumentError(SecurosTriggerError):
    """What a person typed or chose for one operation cannot be used.

    `argument` is its name in the operation (`at`, `node`); `str(error)` says what is wrong and what is possible.
    """

    def __init__(self, argument: str, what: str) -> None:
        self.argument = argument
        super().__init__(what)


class NotFoundError(ArgumentError):
    """What an argument names is not there: a pipeline, a node, an event."""


class ConflictError(SecurosTriggerError):
    """What was asked for is refused as things stand now: the text says why."""


class ConsoleError(SecurosTriggerError):
    """The console cannot be started, or one of its own files cannot be used."""


class ConditionError(SecurosTriggerError):
    """A trigger condition cannot be read.

    `position` and `end` are offsets (characters, from 0) of the place in `source`; `message` is the sentence
    without the carets. `str(error)` shows the text with a caret under the place.
    """

    def __init__(self, message: str, source: str, position: int, end: int | None = None) -> None:
        self.message = message
        self.source = source
        self.position = position
        self.end = position + 1 if end is None else max(end, position + 1)
        super().__init__(f"{message}\n{caret_lines(source, self.position, self.end)}")


class TemplateError(SecurosTriggerError):
    """A template cannot be compiled: the text says which line and why."""


class OutboxError(SecurosTriggerError):
    """The outbox cannot be opened or used."""


class OutboxOwnedError(OutboxError):
    """Another process owns this outbox file."""


class OutcomeUnknownError(OutboxError):
    """It is not known whether what was asked for was done, or only a part of it was. The text says so."""


class VideoError(SecurosTriggerError):
    """A video source cannot be opened or read, or a sink cannot be written. `fix`: what to do; empty: not known."""

    def __init__(self, what: str = "", fix: str = "") -> None:
        self.fix = fix
        super().__init__(what)


class FramesLostError(VideoError):
    """A sink could not write a frame, and lost `earlier_frames` that it had taken and not yet written."""

    def __init__(self, what: str, fix: str, earlier_frames: int) -> None:
        self.earlier_frames = earlier_frames
        super().__init__(what, fix)


class MessageError(SecurosTriggerError):
    """A message of another system cannot be read. `where` is the place in it, such as `after.box`; empty: all of it."""

    def __init__(self, what: str, where: str = "") -> None:
        self.what = what
        self.where = where
        super().__init__(f"{where}: {what}" if where else what)


class FeedLostError(SecurosTriggerError):
    """The transport of an input cannot go on at present; it is tried again. The text says why, without secrets."""


class FeedRefusedError(FeedLostError):
    """The source of an input refuses user or password, or another program has taken the session: tried less often.

    Devices lock an account after wrong passwords, and two programs with one session push each other out.
    """


class RecordingError(SecurosTriggerError):
    """A metadata recording cannot be read or written."""


class MissingPartError(SecurosTriggerError):
    """An optional part is missing. The text has the one command that installs it."""


class PlacementError(SecurosTriggerError):
    """The cluster that places pipelines cannot be reached, or refuses this machine. The text says what to do."""


class SimulatorError(SecurosTriggerError):
    """The SecurOS simulator did not start, or has ended. The text holds the end of what it printed."""


#: The modules that each extra brings.
EXTRAS: Final = MappingProxyType(
    {
        "video": frozenset({"PIL", "av", "numpy", "onnxruntime", "scipy"}),
        "metrics": frozenset({"prometheus_client"}),
        "console": frozenset({"fastapi", "starlette", "tomlkit", "uvicorn"}),
        "cluster": frozenset({"nats", "nkeys"}),
        "ray": frozenset({"ray"}),
        "inputs": frozenset({"defusedxml", "jmespath", "paho"}),
    }
)


def extra_of(module: str | None) -> str | None:
    """The extra that brings this module; None when none does, so that its absence is a bug."""
    return next((extra for extra, modules in EXTRAS.items() if module in modules), None)


def missing_part(extra: str, module: str) -> MissingPartError:
    """The error for a module that is not installed, with the command that installs its extra."""
    return MissingPartError(
        f"This needs {module}, which the extra {extra} brings.\n    pip install 'securos-trigger[{extra}]'"
    )
