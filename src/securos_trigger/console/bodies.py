"""What a request may bring: every body is one of these models, and none takes a key that it does not know."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(max_length=1000)]
LongText = Annotated[str, Field(max_length=40_000)]
Names = Annotated[list[Text], Field(max_length=500)]
CameraIds = Annotated[dict[Text, Text], Field(max_length=64)]
Values = Annotated[dict[Text, Any], Field(max_length=200)]


class Body(BaseModel):
    """A body of a request. Half characters, which no file and no answer can hold, are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _is_text(cls, value: Any) -> Any:
        _refuse_half_characters(value, 0)
        return value


def _refuse_half_characters(value: Any, depth: int) -> None:
    if depth > 40:
        raise ValueError("it is nested too deep")
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError("it holds half a character (a lone surrogate)")
        if "\0" in value:
            raise ValueError("it holds a NUL character")
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_half_characters(key, depth)
            _refuse_half_characters(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _refuse_half_characters(item, depth + 1)


class Login(Body):
    """A user with a password; or the token; or the secret of the one-time link."""

    user: Text = ""
    password: Text = Field("", repr=False)
    token: Text = Field("", repr=False)
    one_time: Text = Field("", repr=False)


class Retry(Body):
    """Corrected camera ids by wrong ones."""

    cameras: CameraIds = {}


class RetryDead(Retry):
    """Which dead letters go again: those that fit all of the fields, or all of them."""

    ids: Names = []
    reason: Text = ""
    target: Text = ""
    is_everything: bool = False


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


class Change(Body):
    """A part of the configuration with other values. `removes` are keys that go back to their defaults."""

    values: Values = {}
    removes: Names = []


class NodeChange(Change):
    """A changed node of a pipeline, which is not saved. Empty names: a new one, whose `values` have a `type`."""

    pipeline: Text = ""
    node: Text = ""


class NewNode(Body):
    """A node to be added to a pipeline, before the node of this id (empty: at the end)."""

    values: Values
    before: Text = ""


class NewPipeline(Body):
    """A pipeline to be added: its source, and its nodes in order."""

    name: Text
    source: Values
    nodes: Annotated[list[Values], Field(max_length=100)] = []


class ReplayChange(NodeChange):
    """A changed node, and the recording that it is tried with."""

    recording: Text


State = Literal["", "waiting", "sending", "delivered", "dead"]
