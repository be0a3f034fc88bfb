"""Tries triggers on recorded metadata: the real rules, timing and templates, on the recording's media time.

In: settings and the path of a recording. Out: reports of each node, comparisons of two configurations, warnings of
`check --metadata`. Read `result` first (a whole recording), then `replay` (one frame) and `check`. Sends nothing, keeps
nothing, and needs no image.
"""

from securos_trigger.replay.check import MetadataCheck, check_metadata
from securos_trigger.replay.compare import DEFAULT_TOLERANCE_S, Occasion, ReplayComparison, Side
from securos_trigger.replay.nodes import MAX_FIRINGS, Firing, NodeReport, ReplayedNode
from securos_trigger.replay.replay import Replay, chosen_triggers, reads_source
from securos_trigger.replay.result import ReplayResult, replay_recording
from securos_trigger.replay.timeline import SourceClock, Timeline

__all__ = [
    "DEFAULT_TOLERANCE_S",
    "MAX_FIRINGS",
    "Firing",
    "MetadataCheck",
    "NodeReport",
    "Occasion",
    "Replay",
    "ReplayComparison",
    "ReplayResult",
    "ReplayedNode",
    "Side",
    "SourceClock",
    "Timeline",
    "check_metadata",
    "chosen_triggers",
    "reads_source",
    "replay_recording",
]
