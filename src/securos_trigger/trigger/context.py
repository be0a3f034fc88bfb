"""Who a trigger node is and what stands around it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Context:
    """Who this node is and what stands around it: the ids and names that templates may show.

    `time_zone` is the name of the zone that active hours are meant in; empty: the system's. `pipeline` is that of the
    node. Templates show neither of them.
    """

    node_id: str = "trigger1"
    deployment_id: str = ""
    deployment_name: str = ""
    application_id: str = ""
    application_name: str = ""
    gateway_id: str = ""
    gateway_name: str = ""
    time_zone: str = ""
    pipeline: str = ""
