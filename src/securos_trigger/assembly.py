"""The only place that joins the parts: nodes, one outbox, and the couriers of this process."""

from __future__ import annotations

DAY_S = 86_400.0
