"""A name that is nearly right gets the one that was meant; one that is like none gets all of them."""

from __future__ import annotations

import pytest

from securos_trigger.analytics.settings import DetectorSettings, FunctionSettings, LineCounterSettings, ZoneSettings
from securos_trigger.errors.suggestions import did_you_mean, nearest, nearest_few, nearest_label
from securos_trigger.inputs.device_connection import DeviceConnection
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.video.settings import RtspSourceSettings


def test_the_nearest_name_is_found_whatever_its_case() -> None:
    assert nearest("FULLFRAME", ["fullFrame", "yard"]) == "fullFrame"
    assert nearest("zebra", ["fullFrame", "yard"]) == ""
    assert did_you_mean("yrad", ["yard", "gate"]) == 'Did you mean "yard"?'
    assert did_you_mean("zebra", ["yard", "gate"]) == "Known: yard, gate."


def test_of_very_many_names_the_nearest_few_stand_for_all() -> None:
    known = [f"camera {number}" for number in range(1_000)]
    few = "camera 0, camera 1, camera 2, camera 3, camera 4, camera 5"
    assert did_you_mean("zebra", known) == f"There are 1,000, among them {few}."
    assert did_you_mean("zebra", known[:40]) == f"Known: {', '.join(known[:40])}."
    assert nearest_few("yrad", ["gate", "door", "yard", *known])[:2] == ["yard", "gate"]


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("human", ["car", "person"], "person"),
        ("People", ["car", "person"], "person"),
        ("pedestrians", ["car", "Pedestrian"], "Pedestrian"),
        ("person", ["vehicle", "human"], "human"),
        ("vehicle", ["person", "bus", "car"], "car"),
        ("bike", ["motorcycle", "bicycle"], "bicycle"),
        ("trucks", ["bus", "truck"], "truck"),
        ("bsu", ["bus", "truck"], "bus"),
        ("flamingo", ["bus", "truck"], ""),
    ],
)
def test_another_word_for_a_class_is_found(word: str, known: list[str], meant: str) -> None:
    assert nearest_label(word, known) == meant


@pytest.mark.parametrize(
    ("word", "table", "setting"),
    [
        ("confidence", DetectorSettings, "threshold"), ("min-score", DetectorSettings, "threshold"),
        ("classes", DetectorSettings, "keep"), ("path", FunctionSettings, "file"),
        ("polygons", ZoneSettings, "rois"), ("points", LineCounterSettings, "lines"),
        ("use_https", TriggerProperties, "iss_scheme"), ("iss_fingerprint", TriggerProperties, "iss_certificate_sha256"),
        ("token", TriggerProperties, "iss_password"), ("camera", TriggerProperties, "iss_camera_ids"),
        ("cooldown", TriggerProperties, "interval"), ("condition", TriggerProperties, "trigger"),
        ("iss_prot", TriggerProperties, "iss_port"),
        ("adress", RtspSourceSettings, "url"), ("address", RtspSourceSettings, "url"),
        ("adress", DeviceConnection, "url"), ("tokn", TriggerProperties, "iss_password"),
    ],
)  # fmt: skip
def test_a_setting_of_another_product_leads_to_the_one_here(word: str, table: type, setting: str) -> None:
    fields = list(table.model_fields)  # type: ignore[attr-defined]
    assert did_you_mean(word, fields) == f'Did you mean "{setting}"?'
