"""A pipeline as the status of a service has it, while frames come and nothing is wrong."""

from __future__ import annotations

from typing import Any

PIPELINE: dict[str, Any] = {
    "name": "site",
    "source": "frigate",
    "is_live": True,
    "state": "running",
    "reason": "",
    "source_lost_reason": "",
    "source_lost_since": None,
    "last_frame_age_s": 0.1,
    "frames_per_s": 25.0,
}
