"""What a request may bring: every body is one of these models, and none takes a key that it does not know."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

#: Values in one change of the configuration, counted with all that lists and tables hold: more take long to write.
MAX_VALUES: Final = 1000
#: Keys and values in one body, with all that lists and tables hold: more take long to look at.
MAX_ITEMS: Final = 20_000
#: Keys that are not known and are named as mistakes; a body with more is refused as a whole.
MAX_UNKNOWN: Final = 20
_MAX_DEPTH: Final = 40

Text = Annotated[str, Field(max_length=1000)]
Names = Annotated[list[Text], Field(max_length=500)]


def _refusal(what: str) -> PydanticCustomError:
    """A mistake that says no more than its own sentence."""
    return PydanticCustomError("refusal", "{what}", {"what": what})


def _of_at_most(most: int) -> BeforeValidator:
    """Refuse a larger table as one mistake, before its items are looked at: each of them may be one."""

    def bounded(value: Any) -> Any:
        if isinstance(value, dict) and len(value) > most:
            raise _refusal(f"it has more than {most} entries")
        return value

    return BeforeValidator(bounded)


CameraIds = Annotated[dict[Text, Text], Field(max_length=64), _of_at_most(64)]
#: The source's name of a camera, and its ids in SecurOS.
CameraMap = Annotated[dict[Text, Text], Field(max_length=500), _of_at_most(500)]


def _writable(values: dict[str, Any]) -> dict[str, Any]:
    """The same values, which a configuration file can hold."""
    waiting: list[Any] = list(values.values())
    for count, value in enumerate(waiting, 1):  # grows on the way
        if count > MAX_VALUES:
            raise _refusal(f"it holds more than {MAX_VALUES} values")
        if value is None or (isinstance(value, float) and math.isnan(value)):
            raise _refusal("a configuration has no null and no NaN: use `removes` to go back to the default")
        if isinstance(value, dict | list):
            waiting.extend(value.values() if isinstance(value, dict) else value)
    return values


def name_in(part: str) -> str:
    """The name that a part of an address stands for: `~1` is a slash, `~2` a dot, and `~0` a tilde."""
    return part.replace("~1", "/").replace("~2", ".").replace("~0", "~")


#: The name of a pipeline or the id of a node in an address. Some names of files fit no address as they are.
NameInPath = Annotated[str, Field(max_length=1000), AfterValidator(name_in)]
Values = Annotated[dict[Text, Any], Field(max_length=200), AfterValidator(_writable)]


class Body(BaseModel):
    """A body of a request. Half characters, which no file and no answer can hold, are refused.

    It is looked at in the event loop, and anyone may send one: a large one must take little time and make few mistakes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _is_bounded_text(cls, value: Any) -> Any:
        if isinstance(value, dict) and len(value) > len(cls.model_fields) + MAX_UNKNOWN:
            raise _refusal(f"it has {len(value)} keys, and {len(cls.model_fields)} are known here")
        _require_bounded_text(value)
        return value


def _require_bounded_text(body: Any) -> None:
    waiting, count = [(body, 0)], 0
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            _require_whole_text(value)
            continue
        if not isinstance(value, dict | list):
            continue
        count += len(value) * (2 if isinstance(value, dict) else 1)
        if count > MAX_ITEMS:
            raise _refusal(f"it holds more than {MAX_ITEMS} keys and values")
        if depth > _MAX_DEPTH:
            raise _refusal("it is nested too deep")
        if isinstance(value, dict):
            waiting.extend((key, depth) for key in value)
            waiting.extend((item, depth + 1) for item in value.values())
        else:
            waiting.extend((item, depth + 1) for item in value)


def _require_whole_text(text: str) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise _refusal("it holds half a character (a lone surrogate)")
    if "\0" in text:
        raise _refusal("it holds a NUL character")


class Login(Body):
    """A user with a password; or the token; or the secret of the one-time link."""

    user: Text = ""
    password: Text = Field("", repr=False)
    token: Text = Field("", repr=False)
    one_time: Text = Field("", repr=False)


class Retry(Body):
    """Corrected camera ids by wrong ones; an empty wrong one means events that name no camera."""

    cameras: CameraIds = {}


class RetryDead(Retry):
    """Which dead letters go again: those that fit all of the fields, or all of them.

    `reason` is a part of the reason; with `is_exact_reason` the whole of it.
    """

    ids: Names = []
    reason: Text = ""
    is_exact_reason: bool = False
    target: Text = ""
    is_everything: bool = False


class DropDead(Body):
    """Which dead letters are deleted: those with one of the `ids`, or those of a receiver with exactly this reason.

    The receiver may be left out beside `ids`: it is not known of a row in which it is damaged.
    """

    ids: Names = []
    reason: Text = ""
    target: Text = ""

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if not (self.target or self.ids):
            raise ValueError("name the receiver, or the ids")
        return self


class DropUnserved(Body):
    """The receiver that no node sends to any more."""

    target: Annotated[Text, Field(min_length=1)]


class MoveUnserved(DropUnserved):
    """The receiver that no node sends to any more, and the one that its events go to."""

    to: Annotated[Text, Field(min_length=1)]


class Mute(Body):
    """Which nodes send no events, and for how long."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    nodes: Annotated[list[Text], Field(min_length=1, max_length=500)]
    length: Text = Field(alias="for")
    reason: Text = ""


class Unmute(Body):
    """Which nodes send events again."""

    nodes: Annotated[list[Text], Field(min_length=1, max_length=500)]


class Trust(Body):
    """The receiver, and the fingerprint of the certificate that the person has seen."""

    target: Text
    fingerprint: Text


class ReceiverAddress(Body):
    """Where a receiver is that no node sends to yet."""

    host: Text
    port: Text


class NewReceiver(ReceiverAddress):
    """A receiver that no node sends to yet. `fingerprint`: of its certificate, as seen; empty: a CA has signed it."""

    password: Text = Field(repr=False)
    fingerprint: Text = ""


class Change(Body):
    """A part of the configuration with other values. `removes` are keys that go back to their defaults."""

    values: Values = {}
    removes: Names = []


class SourceChange(Change):
    """A changed source. `cameras` is the whole camera map of an input; null: it stays as it is."""

    cameras: CameraMap | None = None


class NodeChange(Change):
    """A changed node of a pipeline, which is not saved. Empty names: a new one, whose `values` have a `type`."""

    pipeline: Text = ""
    node: Text = ""


class CheckedChange(NodeChange):
    """A changed node; without `node` the source of the pipeline, with its camera map, or with `part` its sink.

    `is_removed`: the node is taken out.
    """

    part: Literal["source", "sink"] = "source"
    is_removed: bool = False
    cameras: CameraMap | None = None


class TriedSource(Body):
    """The source of a pipeline with changes; without `pipeline` one that is still to be made."""

    pipeline: Text = ""
    values: Values = {}
    removes: Names = []
    cameras: CameraMap | None = None


class NewNode(Body):
    """A node to be added to a pipeline, before the node of this id (empty: at the end).

    `receiver_of`: a trigger node sends to the receiver of this one, `pipeline/node`, and with its password.
    """

    values: Values
    before: Text = ""
    receiver_of: Text = ""


class NewPipeline(Body):
    """A pipeline to be added: its source, its nodes in order, and of an input the camera map.

    `receiver_of`: its trigger nodes send to the receiver of this one, `pipeline/node`, and with its password.
    """

    name: Annotated[Text, Field(max_length=60)]
    source: Values
    nodes: Annotated[list[Values], Field(max_length=100)] = []
    cameras: CameraMap = {}
    receiver_of: Text = ""


class ReplayChange(NodeChange):
    """A changed node, and the recording that it is tried with."""

    recording: Text


State = Literal["", "waiting", "sending", "relayed", "delivered", "dead"]
