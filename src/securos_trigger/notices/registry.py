"""How a kind of notice is registered: name, level, fields and meaning. `kinds` has all of them."""

from __future__ import annotations

from dataclasses import dataclass

from securos_trigger.notices.fields import FIELDS


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """One kind of notice. `metric` is the counter that counts it, with the labels `metric_labels`; empty: none does."""

    name: str
    level: int
    fields: tuple[str, ...]
    meaning: str
    area: str
    metric: str = ""
    metric_labels: tuple[str, ...] = ()
    #: True: `run --quiet` logs it too.
    is_milestone: bool = False


#: Every kind by name, in the order in which they were registered.
REGISTERED: dict[str, NoticeKind] = {}


class Area:
    """Registers the kinds of one area of the product; docs/notices.md has a section for each."""

    def __init__(self, name: str) -> None:
        self._name = name

    def kind(
        self,
        name: str,
        level: int,
        fields: str,
        meaning: str,
        *,
        metric: str = "",
        labels: str = "",
        is_milestone: bool = False,
    ) -> NoticeKind:
        """Register a kind. `fields` and `labels` are names with a space between them."""
        names, labelled = tuple(fields.split()), tuple(labels.split())
        made = NoticeKind(name, level, names, meaning, self._name, metric, labelled, is_milestone)
        unknown = set(made.fields) - set(FIELDS)
        assert not unknown, f"{name} has fields that FIELDS does not explain: {unknown}"
        assert name not in REGISTERED, f"{name} is registered twice"
        REGISTERED[name] = made
        return made
