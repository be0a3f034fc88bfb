"""The JSON documents of one body: one, a list of them, or one on each line, as files and some programs have them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from securos_trigger.errors import MessageError
from securos_trigger.inputs.happening import Reading, Says
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.values import MAX_OBJECTS, read_json, required_table


def json_documents(message: Message) -> Sequence[Any]:
    """The documents, at most MAX_OBJECTS; a line that cannot be read is its MessageError."""
    try:
        found = message.document
    except MessageError as error:
        lines = [line for line in message.body.splitlines() if line.strip()]
        if len(lines) < 2 or not lines[0].strip().endswith(b"}"):
            raise
        _check_number(len(lines))
        documents = [_document(line) for line in lines]
        if all(isinstance(one, MessageError) for one in documents):
            raise error from None
        return documents
    documents = found if isinstance(found, list) else [found]
    _check_number(len(documents))
    return documents


def _document(line: bytes) -> Any:
    try:
        return read_json(line)
    except MessageError as error:
        return error


def _check_number(number: int) -> None:
    if number > MAX_OBJECTS:
        raise MessageError(f"{number:,} documents are too many: the most is {MAX_OBJECTS:,}")


def each_document(_settings: Any, documents: list[Any]) -> Iterator[bytes]:
    """Every item of a list that a file holds, as a message of its own."""
    return (msgspec.json.encode(one) for one in documents)


def read_each(message: Message, read: Callable[[Mapping[str, Any], str], Iterable[Reading]]) -> Iterable[Reading]:
    """The readings of every document of a message. `read` gets a JSON object and its place.

    One that it refuses spoils no other.
    """
    documents = json_documents(message)
    if len(documents) == 1 and type(documents[0]) is dict:
        return read(documents[0], "")
    return _read_all(documents, read)


def _read_all(
    documents: Sequence[Any], read: Callable[[Mapping[str, Any], str], Iterable[Reading]]
) -> Iterator[Reading]:
    is_alone = len(documents) == 1
    for index, document in enumerate(documents):
        where = "" if is_alone else f"[{index}]"
        try:
            if isinstance(document, MessageError):
                raise document
            yield from read(required_table(document, where), where)
        except MessageError as error:
            if is_alone:
                raise
            yield Reading(says=Says.UNREADABLE, why=str(error))
