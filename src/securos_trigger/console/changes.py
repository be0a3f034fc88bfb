"""What has changed between two answers, as a JSON Patch (RFC 6902)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def changes_between(old: Any, new: Any, path: str = "") -> Iterator[dict[str, Any]]:
    """The operations `add`, `remove` and `replace` that make `new` out of `old`; none: they are equal.

    A list of another length, and a value of another type, is replaced as a whole.
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _of_objects(old, new, path)
    elif _is_list(old) and _is_list(new) and len(old) == len(new):
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from changes_between(before, after, f"{path}/{number}")
    elif type(old) is not type(new) or old != new:
        yield {"op": "replace", "path": path, "value": new}


def _of_objects(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[dict[str, Any]]:
    for key, before in old.items():
        own = f"{path}/{_escaped(key)}"
        if key in new:
            if before is not new[key]:
                yield from changes_between(before, new[key], own)
        else:
            yield {"op": "remove", "path": own}
    for key, after in new.items():
        if key not in old:
            yield {"op": "add", "path": f"{path}/{_escaped(key)}", "value": after}


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
