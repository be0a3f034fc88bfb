"""Follows the metadata through a pipeline: what a node asks of the nodes before it, and whether they write it.

All that is found are warnings. A pipeline runs with them, but some of its nodes can never find, count or fire.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from securos_trigger.analytics.declarations import DECLARATIONS, Need
from securos_trigger.analytics.settings import DetectorSettings, EventSettings, TrackerSettings, ZoneSettings
from securos_trigger.analytics.shapes import crosses_itself
from securos_trigger.conditions.grammar import parse
from securos_trigger.conditions.lint import certain_mistakes
from securos_trigger.conditions.path_lists import PathLists
from securos_trigger.conditions.paths import path_steps
from securos_trigger.config.agreement import Numbered
from securos_trigger.config.drawings import drawing_warnings
from securos_trigger.config.floods import clause_of_one_frame, is_flood, lasting_counts
from securos_trigger.config.known_metadata import KnownMetadata
from securos_trigger.config.never_fires import never_firing
from securos_trigger.config.path_warnings import comparison_warnings, condition_warnings, label_mistake, missing_paths
from securos_trigger.config.settings import PipelineSettings, TriggerSettings
from securos_trigger.errors import Mistake
from securos_trigger.model import EventSource, TriggerMode
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.trigger.texts import has_template

# Zones with more corners come from a program, and are not examined: each side is compared with each.
_MOST_CORNERS: Final = 200
_MOST_FRAMES_PER_S: Final = 60


def flow_warnings(pipelines: Numbered) -> list[Mistake]:
    """Warnings about all nodes of all pipelines, each at its setting."""
    return [
        replace(warning, where=f"pipelines[{number}].nodes[{index}]{warning.where and '.'}{warning.where}")
        for number, pipeline in pipelines
        for index, warning in _of_pipeline(pipeline)
    ]


def _of_pipeline(pipeline: PipelineSettings) -> Iterator[tuple[int, Mistake]]:
    nodes = pipeline.nodes
    known = KnownMetadata(nodes)
    if pipeline.has_input:
        from securos_trigger.config.input_metadata import input_metadata  # no video needs it

        known.begin_with_input(input_metadata(pipeline.source))
    elif pipeline.source.type == "usb":
        known.frame_size = (pipeline.source.width, pipeline.source.height)
    never = never_firing(pipeline)
    for index, node in enumerate(nodes):
        found = _of_trigger(node.properties, known) if isinstance(node, TriggerSettings) else _of_node(node, known)
        yield from ((index, warning) for warning in found)
        if index in never:
            yield index, never[index]
        known.are_objects_read = known.are_objects_read or _reads_objects(node)
        if not isinstance(node, TriggerSettings):
            known.add(node)


def _of_node(node: Any, known: KnownMetadata) -> Iterator[Mistake]:
    need = DECLARATIONS[node.type].need
    if not known.has(need):
        yield _unmet(need, known)
    elif need is Need.TRACKS and (labels := known.labels_below(None)):
        for label in node.labels:
            if label not in labels:
                yield replace(label_mistake(label, labels, known), where="labels")
    if isinstance(node, DetectorSettings):
        yield from _odd_detector(node, known)
    if isinstance(node, ZoneSettings):
        yield from _odd_zones(node)
    yield from drawing_warnings(node, known.frame_size)
    if isinstance(node, EventSettings):
        for mistake in certain_mistakes(node.condition):
            yield replace(mistake, where="condition")
        for warning in condition_warnings(node.condition, known):
            yield replace(warning, where="condition")


def _odd_detector(node: DetectorSettings, known: KnownMetadata) -> Iterator[Mistake]:
    """A second detector where no node works with the objects of the first.

    And one that looks so seldom that no track lasts from one look to the next.
    """
    if known.detector_id and not known.is_open and not known.are_objects_read:
        what = f"it replaces the objects of {known.detector_id}"
        yield Mistake("", what, "Keep one of them: one detector finds several kinds, keep = [...] says which.")
    tracker = next((one for one in known.later if isinstance(one, TrackerSettings)), None)
    if tracker is not None and node.every > _MOST_FRAMES_PER_S * tracker.lost_s:
        what = f"is {node.every}: between two detections {tracker.id} forgets its tracks (lost_s = {tracker.lost_s:g})"
        yield Mistake("every", what, "Set it lower, or lost_s of the tracker higher.")


def _reads_objects(node: Any) -> bool:
    """Whether a node makes something of the objects, or keeps them. A tracker only gives them ids."""
    if not isinstance(node, TriggerSettings | EventSettings):
        is_reader = DECLARATIONS[node.type].need in (Need.OBJECTS, Need.TRACKS) or node.type == "metadata_recorder"
        return is_reader and not isinstance(node, TrackerSettings)
    if isinstance(node, EventSettings):
        return _is_about_objects(path_steps(parse(node.condition)))
    properties = node.properties
    is_condition_about = properties.trigger is not None and _is_about_objects(path_steps(parse(properties.trigger)))
    texts = [text for text in (properties.event_name, properties.event_description) if text and has_template(text)]
    return is_condition_about or properties.send_bounding_boxes or any(map(_is_template_about_objects, texts))


def _is_template_about_objects(text: str) -> bool:
    from securos_trigger.trigger.template_paths import template_paths  # a file without a template needs no Jinja2

    return _is_about_objects(template_paths(text))


def _is_about_objects(paths: Iterable[Sequence[Any]]) -> bool:
    return any(steps[:1] and str(steps[0]) in ("objects", "*") for steps in paths)


def _odd_zones(node: ZoneSettings) -> Iterator[Mistake]:
    """Zones whose corners are not in their order: parts of what was meant lie outside."""
    for name, points in node.rois.items():
        if len(points) <= _MOST_CORNERS and crosses_itself(points):
            fix = "List its corners in order around the outline."
            yield Mistake("rois", f'the outline of zone "{name}" crosses itself, so parts of it are outside', fix)


def _unmet(need: Need, known: KnownMetadata) -> Mistake:
    """The warning about a node that finds nothing to work on."""
    if need is Need.IMAGE and known.has_no_images:
        what = "it needs an image, and the source of this pipeline gives none: it fails on every frame"
        return Mistake("", what, "Remove it: the objects come from the input.")
    if need is Need.TRACKS and known.tracker_id and known.has(Need.OBJECTS):
        what = f"it needs {need.value}, and {known.detector_id} replaces those of {known.tracker_id}"
        return Mistake("", what, f"Put {known.detector_id} before {known.tracker_id}.")
    wanted = "detector" if not known.has(Need.OBJECTS) else "tracker"
    later = next((node.id for node in known.later[1:] if node.type == wanted), None)
    what = f"it needs {need.value}, and no {wanted} is before it"
    if later is not None:
        return Mistake("", what, f"The node {later} comes after it. Put it before this one.")
    return Mistake("", what, f'Put a node with type = "{wanted}" before it.')


def _of_trigger(properties: TriggerProperties, known: KnownMetadata) -> Iterator[Mistake]:
    reads_nothing = properties.trigger is not None and not list(path_steps(parse(properties.trigger)))
    if known.is_empty and not known.later and not reads_nothing:
        what = "no node before it writes metadata"
        fix = "Put a node that writes metadata before it, such as a detector. A program that feeds it needs none."
        yield Mistake("", what, fix)
        return
    if properties.event_source is EventSource.BUILT_IN:
        if not known.raises_events and not known.is_open:
            yield _no_event(known)
    elif properties.trigger is not None:
        found = condition_warnings(properties.trigger, known)
        yield from (replace(warning, where="trigger") for warning in found)
        if properties.trigger_mode is TriggerMode.LEVEL:
            for clause, field, change in lasting_counts(properties.trigger, known):
                what = f"{clause} stays true once it is true: {field} counts since the start"
                ask = f"Ask for {change} > 0, or set" if change else "Set"
                yield Mistake("trigger", what, f'{ask} trigger_mode = "rising_edge".')
        if not found and is_flood(properties, known):
            what = "and the condition can be true on many frames in a row: each is an event"
            yield Mistake(
                "interval",
                f"is {properties.interval:g}, {what}",
                'Set interval (seconds), or trigger_mode = "rising_edge".',
            )
        if properties.hold and (clause := clause_of_one_frame(properties.trigger)):
            what = f"{clause} is true on single frames only, so it never holds for {properties.hold:g} s"
            yield Mistake("hold", what, "Remove it: such an event needs no hold.")
    for name in ("event_name", "event_description"):
        text = getattr(properties, name)
        is_used = name != "event_name" or properties.event_source is EventSource.CUSTOM
        if is_used and text and has_template(text):
            yield from (replace(warning, where=name) for warning in _of_template(text, known))
    if properties.send_bounding_boxes:
        yield from _without_boxes(properties, known)


def _of_template(text: str, known: KnownMetadata) -> Iterator[Mistake]:
    """Paths that no node before this one writes, and comparisons that are never true, or always."""
    from securos_trigger.trigger.template_paths import template_comparisons, template_paths

    missing = missing_paths(list(template_paths(text)), known, in_template=True)
    yield from missing
    for comparison in () if missing else template_comparisons(text):
        yield from comparison_warnings(comparison, known)


def _without_boxes(properties: TriggerProperties, known: KnownMetadata) -> Iterator[Mistake]:
    """Lists of objects that no node before this one writes."""
    text = properties.bounding_box_object_filter
    for warning in missing_paths(list(PathLists(text or "objects").steps), known):
        yield replace(warning, where="bounding_box_object_filter" if text else "send_bounding_boxes")


def _no_event(known: KnownMetadata) -> Mistake:
    later = next((node.id for node in known.later if node.type == "event"), None)
    what = 'is "built_in", and no node before this one raises events'
    if later is not None:
        return Mistake("event_source", what, f"The node {later} comes after it. Put it before this one.")
    fix = 'Put a node with type = "event" before it, or set event_source = "custom" and a trigger.'
    return Mistake("event_source", what, fix)
