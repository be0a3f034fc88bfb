"""What several routes take in the query of their address, bounded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

Name = Annotated[str, Query(max_length=1000)]
#: An instant with some days of the calendar before and after it, so that it can be counted with in every zone.
_FIRST, _LAST = datetime(1, 1, 9, tzinfo=UTC), datetime(9999, 12, 23, tzinfo=UTC)
Instant = Annotated[AwareDatetime | None, Query(ge=_FIRST, le=_LAST)]
