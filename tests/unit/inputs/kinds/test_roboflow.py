"""Roboflow: detections, batches, classifications."""

from __future__ import annotations

from typing import Any

from tests.unit.inputs.kinds_of_messages import Sender

URL: dict[str, Any] = {"url": "/metadata/roboflow?camera=yard"}
SIZE = {"image": {"width": 100, "height": 100}}


def test_the_camera_is_in_the_query_or_the_path() -> None:
    body = {**SIZE, "predictions": []}
    assert Sender("roboflow").send(body, **URL)["source"] == "yard"
    assert Sender("roboflow").send(body, url="/metadata/gate/")["source"] == "gate"
    assert Sender("roboflow").send(body, topic="inference/gate")["source"] == "gate"


def test_an_object_that_is_not_tracked_has_no_id() -> None:
    thing = {"x": 50, "y": 50, "width": 10, "height": 20, "class": "cat", "confidence": 0.5}
    found = Sender("roboflow").send({**SIZE, "predictions": [{**thing, "tracker_id": -1}, thing]}, **URL)["objects"]
    assert [(one["id"], one["rect"]) for one in found] == [(None, [45, 40, 10, 20])] * 2


def test_a_batch_is_several_frames_and_the_same_answer_again_a_duplicate() -> None:
    sender = Sender("roboflow")
    answers = [{"inference_id": "a", "predictions": []}, {"inference_id": "b", "predictions": []}]
    assert [one["verdict"] for one in sender.send(answers, **URL)["messages"]] == ["frame", "frame"]
    assert sender.verdict(answers[0], 1, **URL) == "duplicate"


def test_the_answer_of_a_workflow_has_the_image_beside_its_predictions() -> None:
    thing = {"x": 50, "y": 50, "width": 10, "height": 20, "class": "cat", "confidence": 0.5}
    found = Sender("roboflow").send({"predictions": {**SIZE, "predictions": [thing]}}, **URL)["objects"]
    assert [(one["label"], one["rect"], one["rect_fractions"]) for one in found] == [
        ("cat", [45, 40, 10, 20], [0.45, 0.4, 0.1, 0.2])
    ]
    assert Sender("roboflow").send({"predictions": {**SIZE, "predictions": []}}, **URL)["objects"] == []


def test_the_outputs_of_a_workflow_are_a_frame_for_each_image_whatever_their_names_are() -> None:
    thing = {"x": 50, "y": 50, "width": 10, "height": 20, "class": "cat", "confidence": 0.5}
    outputs = [{"number": 1, "found": {**SIZE, "predictions": [thing]}}, {"number": 0, "found": {"predictions": []}}]
    found = Sender("roboflow").send({"outputs": outputs}, **URL)["messages"]
    assert [[(one["label"], one["rect"]) for one in frame["objects"]] for frame in found] == [
        [("cat", [45, 40, 10, 20])],
        [],
    ]
    none = Sender("roboflow").send({"outputs": [{"number": 1}]}, **URL)
    assert (none["verdict"], none["why"]) == (
        "malformed",
        "outputs[0]: predictions is missing, so it is not an answer of Inference",
    )


def test_a_classification_has_labels_without_boxes() -> None:
    body = {**SIZE, "predictions": {"rain": {"confidence": 0.9}, "fog": {"confidence": 0.2}}}
    found = Sender("roboflow").send(body, **URL)["objects"]
    assert [(one["label"], one["probability"], "rect" in one) for one in found] == [
        ("rain", 0.9, False),
        ("fog", 0.2, False),
    ]


def test_another_json_is_refused_with_a_sentence() -> None:
    assert Sender("roboflow").send({}, **URL)["why"] == "predictions is missing, so it is not an answer of Inference"


def test_a_classification_with_too_many_labels_is_malformed_like_a_list_that_is_too_long() -> None:
    body = {**SIZE, "predictions": {f"label {index}": {"confidence": 0.1} for index in range(2_001)}}
    assert Sender("roboflow").send(body, **URL)["why"] == "predictions: 2,001 items are too many: the most is 2,000"
