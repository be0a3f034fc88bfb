"""What a service counts anyway, as the figures that Prometheus asks for. Imported only where they are served."""

from __future__ import annotations

from securos_trigger.inputs.source import InputSource
from securos_trigger.metrics.collection import Figures, InputFigures, NodeFigures, PipelineFigures, TargetFigures
from securos_trigger.model import Address, Flag, Reason
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.input_status import messages_by_camera
from securos_trigger.runtime.pipeline_thread import PipelineThread
from securos_trigger.runtime.pipelines import Pipelines
from securos_trigger.trigger.node import TriggerSecurOSEvent


def service_figures(pipelines: Pipelines, dispatch: Dispatch, max_cameras: int) -> Figures:
    """What pipelines, nodes, inputs and outbox count; `max_cameras` of each input have figures of their own."""
    return Figures(
        nodes=lambda: [node_figures(one.address, one.node) for one in (*dispatch.nodes, *dispatch.status.lane_nodes)],
        sources=lambda: [
            (one.pipeline_name, one.result.source_name) for one in pipelines.threads if one.pipeline.is_live
        ],
        pipelines=lambda: {one.pipeline_name: pipeline_figures(one) for one in pipelines.threads},
        targets=lambda: {target: TargetFigures(*waits) for target, waits in dispatch.waiting().items()},
        outbox=lambda: {state.value: count for state, count in dispatch.counts().items()},
        kept=lambda: dispatch.kept,
        already_there=lambda: dispatch.already_there,
        not_kept=lambda: dispatch.not_kept,
        ledger_dropped=lambda: dispatch.ledger.dropped,
        inputs=lambda: input_figures(pipelines, max_cameras),
        certificates=lambda: {
            target: (shown.ends_at.timestamp(), shown.accepted_by.is_refused_when_expired)
            for target, shown in dispatch.status.certificates().items()
        },
        given_up=lambda: dispatch.status.given_up.counts({str(one.node.properties.target) for one in dispatch.nodes}),
    )


def input_figures(pipelines: Pipelines, max_cameras: int) -> dict[str, InputFigures]:
    """What the inputs count, by pipeline."""
    sources = {one.pipeline_name: one.pipeline.source for one in pipelines.threads}
    return {
        name: InputFigures(len(source.feed.queue), messages_by_camera(source, max_cameras))
        for name, source in sources.items()
        if isinstance(source, InputSource) and source.feed is not None
    }


def node_figures(address: Address, node: TriggerSecurOSEvent) -> NodeFigures:
    """What a trigger node counts."""
    decisions = node.decisions
    return NodeFigures(
        pipeline=address.pipeline,
        node=address.node,
        target=str(node.properties.target),
        is_muted=node.muted_until is not None,
        decisions={reason.value: decisions[reason] for reason in Reason},
        flags={flag.value: node.flags[flag] for flag in Flag},
    )


def pipeline_figures(thread: PipelineThread) -> PipelineFigures:
    """What a pipeline counts, and which of its nodes fail now."""
    result = thread.result
    failing = {one["node"] for one in thread.failing_nodes() if one["is_serious"]}
    failures = {node_id: result.faults.get(node_id, 0) for node_id in result.busy_s}
    return PipelineFigures(result.frames_read, result.frames_left_out, result.decode_errors, failures, failing)
