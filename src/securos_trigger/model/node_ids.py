"""The ids of nodes that no configuration sets."""

from typing import Final

#: What the sink of a pipeline is called where nodes are named: in counts, in the status and in reports of health.
SINK_ID: Final = "sink"
