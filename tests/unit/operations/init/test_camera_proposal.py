"""Which camera is which is proposed where the names say so, and left to a person where they do not."""

from __future__ import annotations

import pytest

from securos_trigger.operations.init.camera_proposal import propose, wrong_id
from securos_trigger.operations.init.receiver import SecurosCamera

SITE = [SecurosCamera("1", "Gate"), SecurosCamera("2", "Yard North"), SecurosCamera("3", "Camera 07")]


@pytest.mark.parametrize(
    ("names", "proposed"),
    [
        (["gate", "yard_north", "cam7"], {"gate": "1", "yard_north": "2", "cam7": "3"}),
        (["GATE", "north-yard"], {"GATE": "1", "north-yard": "2"}),
        (["main gate"], {"main gate": "1"}),
        (["Gaté", "yard_nroth"], {"Gaté": "1", "yard_nroth": "2"}),
        (["lobby"], {}),
        (["2", "nvr#1"], {"2": "2"}),
        ([], {}),
    ],
)
def test_names_that_mean_the_same_belong_together(names: list[str], proposed: dict[str, str]) -> None:
    assert propose(names, SITE) == proposed


def test_two_that_are_equally_alike_are_left_to_a_person() -> None:
    twins = [SecurosCamera("1", "Gate left"), SecurosCamera("2", "Gate right")]
    assert propose(["gate"], twins) == {}
    assert propose(["gate left", "gate"], twins) == {"gate left": "1", "gate": "2"}


def test_one_name_and_one_camera_belong_together() -> None:
    assert propose(["frigate-cam"], [SecurosCamera("9", "Lobby")]) == {"frigate-cam": "9"}


def test_an_id_that_no_camera_can_have_is_named() -> None:
    assert [wrong_id(ids) for ids in ("1", "2, 3", "1.17,1#4", "1;2", "1,gate", "")] == ["", "", "", "1;2", "gate", ""]
