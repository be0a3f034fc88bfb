"""The ledger: what trigger nodes decided, and what became of their events. It answers "why did it not fire?".

In: each decision, and notices of deliveries. Out: lines in files, and the answers of `explain`. Read `entries` first
(what is recorded), then `node_ledger` (frames become entries), `journal` (entries go to files) and `answers` (and come
back). Decides nothing: a node works the same without it.

Each name is loaded when it is first used: `explain` needs no journal.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from securos_trigger.ledger.answers import Answer, answer
    from securos_trigger.ledger.entries import (
        DeliveryNote,
        DeliveryState,
        Entry,
        GapNote,
        Record,
        RunNote,
        SettingsNote,
        SourceNote,
        StateNote,
        TargetNote,
    )
    from securos_trigger.ledger.files import LedgerFiles, LedgerReading
    from securos_trigger.ledger.journal import Journal
    from securos_trigger.ledger.ledger import Ledger
    from securos_trigger.ledger.node_answer import Asked, NodeAnswer
    from securos_trigger.ledger.node_ledger import NodeLedger

_HOMES = {
    "Answer": "answers",
    "Asked": "node_answer",
    "DeliveryNote": "entries",
    "DeliveryState": "entries",
    "Entry": "entries",
    "GapNote": "entries",
    "Journal": "journal",
    "Ledger": "ledger",
    "LedgerFiles": "files",
    "LedgerReading": "files",
    "NodeAnswer": "node_answer",
    "NodeLedger": "node_ledger",
    "Record": "entries",
    "RunNote": "entries",
    "SettingsNote": "entries",
    "SourceNote": "entries",
    "StateNote": "entries",
    "TargetNote": "entries",
    "answer": "answers",
}

__all__ = [
    "Answer",
    "Asked",
    "DeliveryNote",
    "DeliveryState",
    "Entry",
    "GapNote",
    "Journal",
    "Ledger",
    "LedgerFiles",
    "LedgerReading",
    "NodeAnswer",
    "NodeLedger",
    "Record",
    "RunNote",
    "SettingsNote",
    "SourceNote",
    "StateNote",
    "TargetNote",
    "answer",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
