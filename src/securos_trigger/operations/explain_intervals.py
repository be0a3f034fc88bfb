"""The intervals of the nodes that `explain` is asked about, as they are set now."""

from __future__ import annotations

from dataclasses import replace

from securos_trigger.ledger import Answer
from securos_trigger.operations.site import Site


def with_intervals(found: Answer, site: Site) -> Answer:
    """The answer; each node has its interval. All cameras of an input have that of their node."""
    addresses = [node.address._replace(camera="") for node in found.nodes]
    pairs = zip(found.nodes, addresses, strict=True)
    return replace(found, nodes=tuple(replace(node, interval_s=site.intervals.get(of, 0.0)) for node, of in pairs))
