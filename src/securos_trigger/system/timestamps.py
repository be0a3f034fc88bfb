"""Instants as text: RFC 3339 in UTC with milliseconds, the one form on the wire, in answers and in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(at_s: float) -> str:
    """An instant (Unix seconds) as `2026-03-01T12:00:00.250Z`. A part of a millisecond is cut off."""
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
