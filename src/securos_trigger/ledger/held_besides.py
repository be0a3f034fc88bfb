"""What would have fired beside the events of a time, and was held back by something that no event itself brings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from securos_trigger.errors.wording import counted
from securos_trigger.ledger.entries import Entry
from securos_trigger.ledger.explain_rows import SENTENCES, inactive_until
from securos_trigger.ledger.node_answer import Asked, NodeAnswer
from securos_trigger.ledger.phrases import when
from securos_trigger.model import Reason

_REASONS: Final = (Reason.MUTED, Reason.INACTIVE_HOURS)


def held_besides(entries: Sequence[Entry], node: NodeAnswer, asked: Asked) -> tuple[str, ...]:
    """What would have fired beside the events of the time: a sentence for each reason that held it back."""
    said = list[str]()
    for reason in _REASONS:
        held = [one for one in entries if one.reason is reason]
        if not held:
            continue
        is_inside = held[0].from_at_s >= asked.from_at_s and held[-1].until_at_s < asked.until_at_s
        frames = counted(sum(one.frames for one in held), "frame") if is_inside else "frames"
        were = "was" if frames == "1 frame" else "were"
        why = SENTENCES[reason].removeprefix("it would have fired, but ") + inactive_until(held[-1], node)
        said.append(f"{frames} since {when(held[0].from_at_s)} {were} held back: {why}.")
    return tuple(said)
