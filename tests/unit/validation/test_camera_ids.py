"""Camera ids are read as people write them. The sentences for a configuration are in test_properties.py."""

from __future__ import annotations

import pytest
from pydantic_core import PydanticCustomError

from securos_trigger.validation.camera_ids import MAX_CAMERAS, normal_camera_ids, require_text


@pytest.mark.parametrize(
    ("text", "ids"),
    [("1", "1"), (" 1 , 2.17,1#4 ", "1,2.17,1#4"), ("2,1,2,", "2,1"), (" , ", None), ("", None)],
)
def test_spaces_repeats_and_empty_parts_are_dropped(text: str, ids: str | None) -> None:
    assert normal_camera_ids(text) == ids


@pytest.mark.parametrize(
    "text", ["1;2", "gate", "1.", "#1", "1٣", "1" * 65, ",".join(map(str, range(MAX_CAMERAS + 1)))]
)
def test_what_no_receiver_takes_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError):
        normal_camera_ids(text)


def test_as_many_cameras_as_a_receiver_takes_are_accepted() -> None:
    text = ",".join(map(str, range(MAX_CAMERAS)))
    assert normal_camera_ids(text) == text


@pytest.mark.parametrize("value", [7, 1.17, [1, 2]])
def test_a_number_and_a_list_are_not_text(value: object) -> None:
    with pytest.raises(PydanticCustomError, match="camera ids are text"):
        require_text(value, "iss_camera_ids")


def test_other_values_are_left_to_the_model() -> None:
    assert require_text(True, "iss_camera_ids") is True
    assert require_text("1", "iss_camera_ids") == "1"
