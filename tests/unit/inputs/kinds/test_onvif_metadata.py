"""ONVIF's metadata stream: boxes with y upwards, transformations, classes, pieces, compression, lost ends."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from tests.unit.inputs.kinds_of_messages import Sender

BOX = '<t:BoundingBox left="-0.5" top="0.5" right="0.5" bottom="-1"/>'
TYPE = '<t:Class><t:Type Likelihood="0.9">Human</t:Type></t:Class>'


def thing(
    shape: str = BOX, what: str = TYPE, before: str = "", attributes: str = 'ObjectId="12"', after: str = ""
) -> str:
    appearance = f"<t:Appearance>{before}<t:Shape>{shape}</t:Shape>{what}</t:Appearance>"
    return f"<t:Object {attributes}>{appearance}{after}</t:Object>"


def document(inner: str, root: str = "MetadataStream", utc: str = "2026-05-04T09:12:31.250Z") -> bytes:
    frame = f'<t:VideoAnalytics><t:Frame UtcTime="{utc}">{inner}</t:Frame></t:VideoAnalytics>'
    return f'<?xml version="1.0"?><t:{root} xmlns:t="http://www.onvif.org/ver10/schema">{frame}</t:{root}>'.encode()


def sender() -> Sender:
    return Sender("onvif-metadata", device="gate")


def one_object(inner: str) -> dict[str, Any]:
    [found] = sender().send(document(inner))["objects"]
    assert isinstance(found, dict)
    return found


def test_y_points_upwards() -> None:
    assert one_object(thing())["rect_fractions"] == [0.25, 0.25, 0.5, 0.75]


def test_the_inner_transformation_comes_before_that_of_the_frame() -> None:
    inner = '<t:Transformation><t:Translate x="10" y="20"/><t:Scale x="2" y="2"/></t:Transformation>'
    outer = '<t:Transformation><t:Translate x="-1" y="1"/><t:Scale x="0.01" y="-0.02"/></t:Transformation>'
    shape = '<t:BoundingBox left="0" top="0" right="45" bottom="15"/>'
    # x: (2 * 0 + 10) / 100 - 1 = -0.9 and (90 + 10) / 100 - 1 = 0; y: 1 - 0.02 * 20 = 0.6 and 1 - 0.02 * 50 = 0
    found = one_object(outer + thing(shape, before=inner))
    assert found["rect_fractions"] == pytest.approx([0.05, 0.2, 0.45, 0.3])


def test_a_scale_or_a_translation_alone_leaves_the_other_as_it_is() -> None:
    found = one_object('<t:Transformation><t:Scale x="0.5" y="0.5"/></t:Transformation>' + thing())
    assert found["rect_fractions"] == [0.375, 0.375, 0.25, 0.375]


def test_a_polygon_has_the_box_of_its_corners() -> None:
    points = "".join(f'<t:Point x="{x}" y="{y}"/>' for x, y in ((-0.5, 0), (0, 0.5), (0.5, -1)))
    assert one_object(thing(f"<t:Polygon>{points}</t:Polygon>"))["rect_fractions"] == [0.25, 0.25, 0.5, 0.75]


@pytest.mark.parametrize(
    ("what", "label", "probability"),
    [
        ('<t:Class><t:Type Likelihood="0.2">Bus</t:Type><t:Type Likelihood="0.7">Car</t:Type></t:Class>', "Car", 0.7),
        ("<t:Class><t:Type>Animal</t:Type></t:Class>", "Animal", None),
        (
            "<t:Class><t:ClassCandidate><t:Type>Face</t:Type><t:Likelihood>0.6</t:Likelihood></t:ClassCandidate></t:Class>",
            "Face",
            0.6,
        ),
        ("", "", None),
    ],
)
def test_the_likeliest_type_leads_in_both_forms(what: str, label: str, probability: float | None) -> None:
    found = one_object(thing(what=what))
    assert (found["label"], found["probability"]) == (label, probability)


def test_parts_attributes_and_ids() -> None:
    plate = "<t:LicensePlateInfo><t:PlateNumber>TEST001</t:PlateNumber></t:LicensePlateInfo>"
    found = one_object(thing(what=TYPE + plate, attributes='ObjectId="3" Parent="12"'))
    assert (found["part"], found["attributes"]["plate"]) == (True, "TEST001")
    assert one_object(thing(attributes='UUID="u-1"'))["id"] == "u-1"


def test_objects_that_are_gone_are_not_in_the_frame() -> None:
    tree = '<t:ObjectTree><t:Delete ObjectId="12"/><t:Rename><t:from ObjectId="1"/><t:to ObjectId="2"/></t:Rename>'
    removed = thing(attributes='ObjectId="9"', after="<t:Behaviour><t:Removed/></t:Behaviour>")
    found = sender().send(document(thing() + removed + tree + "</t:ObjectTree>"))
    assert (found["objects"], found["ended_object_ids"]) == ([], ["12"])
    assert found["renamed"] == [{"from": ["1"], "to": ["2"]}]


def test_both_spellings_of_the_root_and_any_prefix() -> None:
    assert sender().verdict(document(thing(), root="MetaDataStream")) == "frame"
    assert sender().verdict(document(thing()).replace(b"t:", b"ns0:").replace(b":t=", b":ns0=")) == "frame"


@pytest.mark.parametrize("is_compressed", [False, True])
@pytest.mark.parametrize("size", [1, 5, 100])
def test_a_document_comes_in_several_payloads(size: int, *, is_compressed: bool) -> None:
    one = sender()
    body = gzip.compress(document(thing())) if is_compressed else document(thing())
    ends = [at + size >= len(body) for at in range(0, len(body), size)]
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    found = [one.send(piece, is_last_part=is_last) for piece, is_last in zip(pieces, ends, strict=True)]
    assert [line["verdict"] for line in found[:-1]] == ["ignored"] * (len(found) - 1)
    assert found[-1]["objects"][0]["label"] == "Human"
    assert sum(one.reader.counts.values()) == 1


def test_a_document_whose_end_is_lost_spoils_no_other() -> None:
    one = sender()
    assert one.send(document(thing())[:150], is_last_part=False)["verdict"] == "ignored"
    found = one.send(document(thing()))
    assert [each["verdict"] for each in found["messages"]] == ["malformed", "frame"]


def test_the_same_document_again_is_a_duplicate() -> None:
    one = sender()
    assert [one.verdict(document(thing())), one.verdict(document(thing()), 1)] == ["frame", "duplicate"]


def test_memory_is_bounded() -> None:
    one = sender()
    for _ in range(70):
        assert one.send(b"x" * 100_000, is_last_part=False)["verdict"] == "ignored"
    assert "bytes; the most is" in one.send(b"x")["why"]
    bomb = gzip.compress(b" " * 50_000_000)
    assert "when it is decompressed" in one.send(bomb)["why"]
    assert one.verdict(document(thing())) == "frame"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"$EXI\x80abc", "this is EXI"),
        (gzip.compress(b"<a/>", mtime=0)[:-9], "the compressed document is"),
        (b"\x1f\x8b\x08" + b"\xff" * 20, "the compressed document is"),
        (b"<Frame/>", 'a MetadataStream is expected, not "Frame"'),
    ],
)
def test_what_is_no_document_has_a_sentence(body: bytes, sentence: str) -> None:
    found = sender().send(body)
    assert (found["verdict"], found["why"].startswith(sentence)) == ("malformed", True)


def test_neither_a_frame_nor_an_event_is_ignored() -> None:
    assert sender().verdict(b"<MetadataStream><PTZ/></MetadataStream>") == "ignored"
