"""Which trigger node of a configuration a name means."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.errors import ConfigurationError
from securos_trigger.runtime.one_node import trigger_named

NODE = """
[[pipelines.nodes]]
type = "trigger_securos_event"
iss_ip = "127.0.0.1"
iss_password = "token"
"""
PIPELINE = '[[pipelines]]\nname = "{}"\nsource = {{ type = "file", path = "x.mp4" }}\n'
SITE = PIPELINE.format("yard") + NODE + NODE + 'id = "alarm"\n' + PIPELINE.format("gate") + NODE


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("alarm", ("yard", "alarm")),
        ("gate", ("gate", "trigger1")),
        ("yard/trigger1", ("yard", "trigger1")),
        ("gate/trigger1", ("gate", "trigger1")),
    ],
)
def test_an_id_a_pipeline_or_an_address_means_a_node(name: str, meant: tuple[str, str]) -> None:
    pipeline, trigger = trigger_named(parse_config(SITE, base=Path()), name)
    assert (pipeline, trigger.id) == meant


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", "3 trigger nodes are in the configuration (trigger1, alarm, trigger1)\n      Say which with node_id=…"),
        ("trigger1", 'node_id: "trigger1" means 2 trigger nodes (yard/trigger1, gate/trigger1)\n      Say which one.'),
        ("yard", 'node_id: "yard" means 2 trigger nodes (yard/trigger1, yard/alarm)\n      Say which one.'),
        ("alrm", 'node_id: there is no trigger node "alrm"\n      Did you mean "alarm"?'),
    ],
)
def test_a_name_that_means_none_or_several_is_a_mistake(name: str, text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        trigger_named(parse_config(SITE, base=Path(), source="site.toml"), name)
    assert str(caught.value) == f"site.toml: 1 mistake:\n  {text}"
