"""ONVIF's frames: the objects of one moment, with boxes from -1 to 1, y upwards, behind one or two transformations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from securos_trigger.inputs.boxes import Box, BoxForm, BoxUnit, box_from
from securos_trigger.inputs.happening import Reading, Says, Thing
from securos_trigger.inputs.times import instant
from securos_trigger.inputs.values import MAX_NAMES, number, object_id, share, table
from securos_trigger.inputs.xml_trees import Tree, attribute, child, children, content, find

# Scale and translation of x and of y.
_Transformation = tuple[tuple[float, float], tuple[float, float]]
_SAME: Final[_Transformation] = ((1.0, 0.0), (1.0, 0.0))


def frame_reading(frame: Any, source: str | None, key: str, origin: str = "") -> Reading:
    """One frame. `key` names the frame among all, `origin` what it comes from where a device has several."""
    outer = _transformation(child(frame, "Transformation"))
    tree = child(frame, "ObjectTree")
    ended = [found for one in children(tree, "Delete") if (found := _id(one)) is not None]
    things = tuple(
        _thing(one, outer)
        for one in children(frame, "Object")
        if isinstance(one, dict) and "Removed" not in table(_first(one, "Behaviour")) and _id(one) not in ended
    )
    at = instant(attribute(frame, "UtcTime"))
    origin = attribute(frame, "Source") or origin
    return Reading(
        says=Says.FRAME,
        source=source,
        identity=f"frame|{source or ''}|{origin}",
        key=key if at is not None else "",
        at=at,
        objects=things,
        more={
            **({"ended_object_ids": ended} if ended else {}),
            **{
                word: pairs
                for name, word in (("Rename", "renamed"), ("Split", "split"), ("Merge", "merged"))
                if (pairs := list(_moves(tree, name)))
            },
        },
    )


def _moves(tree: Tree, name: str) -> Iterator[dict[str, list[Any]]]:
    """Which ids became which: of a Rename, a Split or a Merge."""
    for one in children(tree, name)[:MAX_NAMES]:
        before = [_id(each) for each in children(one, "from")[:MAX_NAMES]]
        after = [_id(each) for each in children(one, "to")[:MAX_NAMES]]
        yield {"from": before, "to": after}


def _first(tree: Any, name: str) -> Any:
    return next(iter(children(tree, name)), None)


def _id(item: Any) -> Any:
    return object_id(attribute(item, "ObjectId") or attribute(item, "UUID"))


def _transformation(tree: Tree) -> _Transformation:
    """Numbers that are missing leave the value as it is."""
    scale, translate = child(tree, "Scale"), child(tree, "Translate")
    found = []
    for axis in ("x", "y"):
        by, plus = number(attribute(scale, axis)), number(attribute(translate, axis))
        found.append((1.0 if by is None else by, 0.0 if plus is None else plus))
    return found[0], found[1]


def _thing(item: Tree, outer: _Transformation) -> Thing:
    appearance = child(item, "Appearance")
    label, probability = _class(child(appearance, "Class"))
    return Thing(
        label=label,
        id=_id(item),
        probability=probability,
        box=_box(child(appearance, "Shape"), _transformation(child(appearance, "Transformation")), outer),
        attributes=_attributes(item, appearance),
        is_part=attribute(item, "Parent") is not None,
    )


def _class(tree: Tree) -> tuple[str, float | None]:
    """The likeliest of the types, in the form of today or the earlier ClassCandidate."""
    found = [(content(one), attribute(one, "Likelihood")) for one in children(tree, "Type")]
    for one in (*children(tree, "ClassCandidate"), *find(child(tree, "Extension"), "OtherTypes")):
        found.append((content(_first(one, "Type")), content(_first(one, "Likelihood"))))
    named = [(name, share(number(likelihood))) for name, likelihood in found if name]
    return max(named, key=lambda one: -1.0 if one[1] is None else one[1], default=("", None))


def _box(shape: Tree, inner: _Transformation, outer: _Transformation) -> Box | None:
    """The bounding box, or that of the corners of a polygon."""
    bounds = child(shape, "BoundingBox")
    four = [number(attribute(bounds, side)) for side in ("left", "top", "right", "bottom")]
    if None in four:
        points = [(number(attribute(one, "x")), number(attribute(one, "y"))) for one in find(shape, "Point")]
        across = [x for x, _ in points if x is not None]
        up = [y for _, y in points if y is not None]
        if len(points) < 3 or len(across) < len(points) or len(up) < len(points):
            return None
        four = [min(across), max(up), max(across), min(up)]
    normal = [_moved(one, inner[at % 2], outer[at % 2]) for at, one in enumerate(four)]
    return box_from(normal, BoxForm.CORNERS, BoxUnit.SIGNED, is_y_up=True)


def _moved(value: float | None, inner: tuple[float, float], outer: tuple[float, float]) -> float | None:
    """The value after the transformation of the appearance, then that of the frame."""
    return None if value is None else (value * inner[0] + inner[1]) * outer[0] + outer[1]


def _attributes(item: Tree, appearance: Tree) -> dict[str, Any]:
    vehicle, plate = child(appearance, "VehicleInfo"), child(appearance, "LicensePlateInfo")
    found = {
        "vehicle_type": content(_first(vehicle, "Type")),
        "brand": content(_first(vehicle, "Brand")),
        "model": content(_first(vehicle, "Model")),
        "plate": content(_first(plate, "PlateNumber")),
        "speed": number(content(_first(child(item, "Behaviour"), "Speed"))),
        "parent": attribute(item, "Parent"),
    }
    return {name: value for name, value in found.items() if value is not None}
