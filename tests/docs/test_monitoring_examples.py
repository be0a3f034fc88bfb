"""The dashboard and the alert rules in examples/ ask for metrics, labels and label values that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from securos_trigger.metrics.declarations import METRICS

ROOT = Path(__file__).parents[2]
LABELS = {one.shown_name: {*one.labels, "instance", "le"} for one in METRICS}
NAME = re.compile(r"\bsecuros_trigger_\w+")
SELECTOR = re.compile(r"\b(securos_trigger_\w+)\{([^}]*)\}")


def dashboard() -> Any:
    return json.loads((ROOT / "examples" / "grafana-dashboard.json").read_text(encoding="utf-8"))


def rules() -> list[dict[str, Any]]:
    text = (ROOT / "examples" / "prometheus-alerts.yml").read_text(encoding="utf-8")
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def expressions() -> list[str]:
    of_panels = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    return [*of_panels, *(rule["expr"] for rule in rules())]


def shown(name: str) -> str:
    """The declared name of what Prometheus calls a histogram's buckets."""
    return name.removesuffix("_bucket")


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_and_label_exists(expression: str) -> None:
    names = NAME.findall(expression)
    assert names or 'up{job="securos-trigger"}' in expression
    assert {shown(name) for name in names} <= set(LABELS)
    for name, selector in SELECTOR.findall(expression):
        assert set(re.findall(r"(\w+)=", selector)) <= LABELS[shown(name)], expression


def test_every_rule_says_what_to_do() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "action"}


def test_the_alarms_of_the_metrics_page_have_a_rule() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    [block] = re.findall(r"^```promql\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    alarms = [line for line in block.splitlines() if line and not line.startswith("#")]
    assert len(alarms) > 5
    assert set(alarms) <= {rule["expr"] for rule in rules()}


def test_no_two_panels_lie_over_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
