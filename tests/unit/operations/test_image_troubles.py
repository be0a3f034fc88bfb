"""What `status` says of live video that cannot be decoded whole."""

from __future__ import annotations

from datetime import UTC, datetime

from securos_trigger.operations.image_troubles import image_troubles

NOW = datetime(2026, 7, 1, 3, 17, tzinfo=UTC)


def test_damaged_video_is_worth_knowing_with_its_share_and_its_beginning() -> None:
    pipeline = {"source": "gate", "damaged_since": "2026-07-01T03:12:00Z", "damaged_share": 0.374}
    [trouble] = image_troubles("Pipeline yard", pipeline, NOW)
    said = "Pipeline yard: 37% of the video of gate cannot be decoded, or is damaged, since 03:12:00 (5 min)"
    assert (trouble.text, trouble.needs_person) == (said, False)
    assert list(image_troubles("Pipeline yard", {**pipeline, "damaged_since": None}, NOW)) == []
    assert list(image_troubles("Pipeline yard", {"source": "gate"}, NOW)) == [], "a service of an older version"
