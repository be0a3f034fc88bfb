"""Settings by the names that other products have for them."""

from __future__ import annotations

import pytest

from securos_trigger.analytics.settings import DetectorSettings, FunctionSettings, LineCounterSettings, ZoneSettings
from securos_trigger.errors.suggestions import did_you_mean
from securos_trigger.trigger.properties import TriggerProperties


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
    ],
)  # fmt: skip
def test_a_setting_of_another_product_leads_to_the_one_here(word: str, table: type, setting: str) -> None:
    fields = list(table.model_fields)  # type: ignore[attr-defined]
    assert did_you_mean(word, fields) == f'Did you mean "{setting}"?'
