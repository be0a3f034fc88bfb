"""A camera of another system becomes the right cameras in SecurOS, or none: never the wrong one."""

from __future__ import annotations

from securos_trigger.inputs.camera_map import CameraMap, ids_in, names_in


def test_a_source_has_the_ids_of_its_row() -> None:
    cameras = CameraMap({"gate": "1", "yard": " 2, 3,2 "})
    assert cameras.find("gate") == ("gate", ("1",), False)
    assert cameras.find("yard") == ("yard", ("2", "3"), False)
    assert cameras.find("Gate") == ("Gate", (), True)
    assert cameras.find(None) == (None, (), False)


def test_a_star_is_for_all_others() -> None:
    cameras = CameraMap({"gate": "1", "*": "9"})
    assert cameras.find("gate").cameras == ("1",)
    assert cameras.find("lobby") == ("lobby", ("9",), False)


def test_names_are_those_of_cameras_and_devices() -> None:
    assert names_in({"gate": "1", "nvr#1": "2", "nvr#2": "3", "*": "9"}) == {"gate", "nvr"}


def test_ids_are_those_of_all_rows() -> None:
    assert ids_in({"gate": "1", "yard": " 2, 3,2 ", "*": "1,9"}) == ("1", "2", "3", "9")
    assert ids_in({}) == ()


def test_a_device_with_one_channel_is_that_camera() -> None:
    cameras = CameraMap({"nvr": "1"})
    assert cameras.find("nvr", "1") == ("nvr", ("1",), False)
    assert cameras.find("nvr", "1") == ("nvr", ("1",), False)


def test_a_device_that_shows_a_second_channel_is_no_camera_any_more() -> None:
    cameras = CameraMap({"nvr": "1"})
    assert cameras.find("nvr", "1").cameras == ("1",)
    assert cameras.find("nvr", "2") == ("nvr#2", (), True)
    assert cameras.find("nvr", "1") == ("nvr#1", (), True)


def test_channels_with_rows_of_their_own_leave_the_device_to_the_other_one() -> None:
    cameras = CameraMap({"nvr": "1", "nvr#2": "5"})
    assert cameras.find("nvr", "2") == ("nvr#2", ("5",), False)
    assert cameras.find("nvr", "1") == ("nvr", ("1",), False)
    assert cameras.find("nvr", "2") == ("nvr#2", ("5",), False)
    assert cameras.find("nvr", "3") == ("nvr#3", (), True)


def test_a_source_with_a_prefix_may_be_written_with_it() -> None:
    cameras = CameraMap({"north/gate": "1", "gate": "2"})
    assert cameras.find("gate", prefix="north") == ("north/gate", ("1",), False)
    assert cameras.find("gate", prefix="south") == ("gate", ("2",), False)
    assert cameras.find("yard", prefix="south") == ("yard", (), True)


def test_a_camera_with_two_kinds_of_names_is_one() -> None:
    cameras = CameraMap({"gate": "1"})
    assert cameras.find("gate", "vsc1", kind="configuration").cameras == ("1",)
    assert cameras.find("gate", "vs1", kind="source").cameras == ("1",)
    assert cameras.find("gate", "vs2", kind="source").is_unknown
    assert cameras.find("gate", "vsc1", kind="configuration").is_unknown
