"""docs/lumeo.md names the twelve properties that move over, and nodes that exist."""

from __future__ import annotations

import re
from pathlib import Path

from securos_trigger.trigger.properties import TriggerProperties

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "lumeo.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    return PAGE.partition(f"## {name}\n")[2].partition("\n## ")[0]


def test_the_twelve_properties_are_listed_in_the_order_of_the_node() -> None:
    listed = re.findall(r"^\* `(\w+)`:", section("The properties"), re.MULTILINE)
    assert listed == list(TriggerProperties.model_fields)[:12]


def test_every_node_source_and_sink_of_the_list_is_described() -> None:
    described = set(re.findall(r"^## (\w+)$", (DOCS / "nodes.md").read_text(encoding="utf-8"), re.MULTILINE))
    named = {"rtsp", "usb", "file", "detector", "tracker", "line_counter", "zone_presence", "function", "annotated"}
    here = "\n".join(re.findall(r"^\* [^:]*:((?:[^\n]|\n  )*)", section("The pipeline"), re.MULTILINE))
    assert named <= set(re.findall(r"`(\w+)`", here)) & described
