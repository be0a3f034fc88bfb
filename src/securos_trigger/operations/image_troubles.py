"""What `status` says of images that do not change or are damaged, and of time stamps that are no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from securos_trigger.operations.trouble import Rank, Trouble, since

_FIX_FROZEN: Final = (
    "Look at its live image: the camera or its recorder hangs. Is it a generated image? Then set frozen_after_s = 0."
)
#: What to do about time stamps that are no clock.
FIX_TIMES: Final = (
    "Events use the arrival time of the frames. Restart the camera or its recorder, and look at its firmware and "
    "its clock. Do its frames arrive late? Then look at the network and the load of this machine."
)
_FIX_DAMAGED: Final = (
    "Detectors see grey or smeared images. Look at the network between the camera and this machine, or set "
    'transport = "tcp" in its source; then restart the camera or its recorder.'
)


def image_troubles(name: str, pipeline: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """The troubles of the images of a live source, in the answer to `status`; `name` is that of the pipeline."""
    source = pipeline["source"]
    if pipeline.get("frozen_since"):  # a service of an older version does not say it
        frozen = since(pipeline["frozen_since"], now)
        yield Trouble(f"{name}: the image of {source} has not changed {frozen}", _FIX_FROZEN, True, rank=Rank.CAMERA)
    if pipeline.get("times_unusable_since"):  # the same
        began, why = since(pipeline["times_unusable_since"], now), pipeline["times_unusable_reason"]
        text = f"{name}: the time stamps of {source} cannot be used {began}: {why}"
        yield Trouble(text, FIX_TIMES, False)
    if pipeline.get("damaged_since"):  # the same
        share, began = pipeline["damaged_share"], since(pipeline["damaged_since"], now)
        text = f"{name}: {share:.0%} of the video of {source} cannot be decoded, or is damaged, {began}"
        yield Trouble(text, _FIX_DAMAGED, False)
