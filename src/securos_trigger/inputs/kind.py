"""What a kind of input declares: its settings, its parser, its rules, and the fields that users can ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from securos_trigger.inputs.happening import Reading
from securos_trigger.inputs.message import MAX_BODY_BYTES, Message
from securos_trigger.inputs.reducer import Rules
from securos_trigger.inputs.settings import InputSettings


class Parser(Protocol):
    """Reads the messages of one source. May remember what came before, as a piece of a document that goes on."""

    def read(self, message: Message) -> Iterable[Reading]:
        """What the message says, in order; nothing: it is a piece of one that goes on.

        Raises MessageError, and nothing else, when it cannot be read.
        """


@dataclass(frozen=True, slots=True)
class InputField:
    """One field that a kind reads, for its page: `name` as conditions see it, where it comes from, what it means."""

    name: str
    example: Any
    comes_from: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of input. `make_parser` gets the settings, an instance of `settings`."""

    name: str
    title: str
    settings: type[InputSettings]
    make_parser: Callable[[Any], Parser]
    rules: Rules = field(default_factory=Rules)
    fields: tuple[InputField, ...] = ()
    #: What is lost on the way, one sentence each, for the page.
    losses: tuple[str, ...] = ()
    #: One message may say several things: the parts of a stream, the notifications of one answer.
    has_parts: bool = False
    #: Cuts a list that a file holds into messages, by the settings of the kind; None: a file is one message.
    cut_list: Callable[[Any, list[Any]], Iterable[bytes]] | None = None
    #: True: its source says something about itself each minute or at each subscription, so that silence is a fault.
    always_speaks: bool = False
    #: A message with more bytes is malformed.
    max_body_bytes: int = MAX_BODY_BYTES
