"""Savant: turned boxes, objects that are not tracked, records that are no frames."""

from __future__ import annotations

import pytest

from tests.unit.inputs.kinds_of_messages import Sender

BASE = {"source_id": "gate", "schema": "VideoFrame", "width": 200, "height": 100, "pts": 1}


def test_a_turned_box_becomes_the_upright_one_around_it() -> None:
    bbox = {"xc": 50, "yc": 50, "width": 40, "height": 20, "angle": 90.0}
    objects = [{"label": "car", "object_id": 2**64 - 1, "bbox": bbox, "confidence": 0.5}]
    [found] = Sender("savant").send({**BASE, "metadata": {"objects": objects}})["objects"]
    assert found["rect"] == pytest.approx([40, 30, 20, 40])
    assert found["id"] is None


def test_records_that_are_no_frames_are_states_or_ignored() -> None:
    assert Sender("savant").verdict({"source_id": "gate", "schema": "EndOfStream"}) == "state"
    assert Sender("savant").verdict({"source_id": "gate", "schema": "Shutdown"}) == "ignored"
    assert Sender("savant").verdict({"schema": "VideoFrame"}) == "malformed"


def test_a_frame_without_metadata_has_no_objects() -> None:
    assert Sender("savant").send(BASE)["objects"] == []
