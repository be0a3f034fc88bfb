"""The pages that come from the code say what the code says."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import get_args

from securos_trigger.analytics.settings import NodeSettings
from securos_trigger.inputs.kinds import KINDS, load_kind
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.video.settings import SourceSettings

DOCS = Path(__file__).parents[2] / "docs"


def test_the_properties_page_is_up_to_date() -> None:
    page = runpy.run_path(str(DOCS / "generate.py"))["properties_page"]()
    assert (DOCS / "properties.md").read_text(encoding="utf-8") == page, "run `make docs`"


def test_the_notices_page_is_up_to_date() -> None:
    page = runpy.run_path(str(DOCS / "generate.py"))["notices_page"]()
    assert (DOCS / "notices.md").read_text(encoding="utf-8") == page, "run `make docs`"
    every = [" ".join(item.split()) for item in re.findall(r"^\* .*\n(?:  .*\n)*", page, re.MULTILINE)]
    items = [item for item in every if "What to do" in item]
    assert not [item for item in items if re.search(r"[.?!:;]\.(?: |$)", item)], "a sentence ends with one mark"
    calm = [item for item in items if re.match(r"\* `\w+`, (info|debug):", item)]
    assert calm
    assert all("What to do about the warning: " in row for row in calm)


def test_the_list_of_metrics_is_up_to_date() -> None:
    page = runpy.run_path(str(DOCS / "generate.py"))["metrics_page"]()
    assert (DOCS / "metrics.md").read_text(encoding="utf-8") == page, "run `make docs`"
    assert "* `securos_trigger_deliveries_total`, counter by `target`, `outcome`: " in " ".join(page.split())


def test_the_fields_of_the_nodes_are_up_to_date() -> None:
    page = runpy.run_path(str(DOCS / "generate.py"))["nodes_page"]()
    assert (DOCS / "nodes.md").read_text(encoding="utf-8") == page, "run `make docs`"
    listed = "* `nodes.<id>.rois.<name>.current_objects_count`, such as `2`: Objects in the zone now."
    assert listed in " ".join(page.split())


def test_the_reference_of_every_setting_is_up_to_date() -> None:
    page = runpy.run_path(str(DOCS / "generate.py"))["reference_page"]()
    assert (DOCS / "reference.md").read_text(encoding="utf-8") == page, "run `make docs`"
    for model in (*get_args(get_args(NodeSettings)[0]), *get_args(get_args(SourceSettings)[0]), TriggerProperties):
        assert all(f"\n* `{name}`" in page for name in model.model_fields if name != "type"), model


def test_every_property_stands_on_its_page() -> None:
    text = (DOCS / "properties.md").read_text(encoding="utf-8")
    assert all(f"\n* `{name}`, " in text for name in TriggerProperties.model_fields)


def test_the_pages_of_the_inputs_are_up_to_date_and_each_kind_has_one() -> None:
    made = runpy.run_path(str(DOCS / "generate.py"))
    assert (DOCS / "inputs" / "README.md").read_text(encoding="utf-8") == made["inputs_page"](), "run `make docs`"
    assert {page.stem for page in (DOCS / "inputs").glob("*.md")} == {"README", "broker", "devices", *KINDS}
    assert (DOCS / "inputs" / "devices.md").read_text(encoding="utf-8") == made["devices_page"](), "run `make docs`"
    for name in KINDS:
        page = (DOCS / "inputs" / f"{name}.md").read_text(encoding="utf-8")
        assert page == made["input_page"](name), "run `make docs`"
        kind = load_kind(name)
        assert kind.fields and kind.losses, name
        assert page.startswith(f"# {kind.title}\n")
