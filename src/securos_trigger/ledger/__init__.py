"""The ledger: what trigger nodes decided, and what became of their events. It answers "why did it not fire?"."""

from securos_trigger.ledger.answers import Answer, Asked, NodeAnswer, answer
from securos_trigger.ledger.entries import DeliveryNote, DeliveryState, Entry, Record, TargetNote
from securos_trigger.ledger.files import LedgerFiles, LedgerReading
from securos_trigger.ledger.journal import Journal
from securos_trigger.ledger.ledger import Ledger, open_ledger
from securos_trigger.ledger.node_ledger import NodeLedger

__all__ = [
    "Answer",
    "Asked",
    "DeliveryNote",
    "DeliveryState",
    "Entry",
    "Journal",
    "Ledger",
    "LedgerFiles",
    "LedgerReading",
    "NodeAnswer",
    "NodeLedger",
    "Record",
    "TargetNote",
    "answer",
    "open_ledger",
]
