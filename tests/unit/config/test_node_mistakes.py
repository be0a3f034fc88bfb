"""Mistakes that show only when a node is built have the place in the file that `check` would give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.node_mistakes import mistakes_of_nodes, placed_mistakes
from securos_trigger.config.reader import parse_config, read_config
from securos_trigger.errors import ConfigurationError, Mistake
from tests.unit.operations.site import write_site

NODE = '[[pipelines.nodes]]\ntype = "detector"\nid = "people"\nmodel = "people.onnx"\n\n[[pipelines.nodes]]'
UNUSABLE = Mistake("people.model", "people.onnx is not a usable ONNX model", "Export it again.")


def site(folder: Path) -> Path:
    config = write_site(folder)
    config.write_text(config.read_text().replace("[[pipelines.nodes]]", NODE, 1))
    return config


def test_a_mistake_of_a_node_gets_its_line_pipeline_node_and_setting(tmp_path: Path) -> None:
    config = site(tmp_path)
    settings = read_config(config)
    with pytest.raises(ConfigurationError) as found, mistakes_of_nodes(settings, "yard"):
        raise ConfigurationError([UNUSABLE])
    line = config.read_text().split("\n").index('model = "people.onnx"') + 1
    assert str(found.value) == (
        f"{config}: 1 mistake:\n"
        f"  line {line}: pipeline yard, node people, model: people.onnx is not a usable ONNX model\n"
        "      Export it again."
    )
    assert found.value.mistakes[0].place == "pipelines[0].nodes[0].model"


def test_a_file_that_has_changed_or_gone_gives_no_line_that_may_be_wrong(tmp_path: Path) -> None:
    config = site(tmp_path)
    settings = read_config(config)
    config.write_text("# one more line\n" + config.read_text())
    [changed] = placed_mistakes([UNUSABLE], settings, "yard")
    config.unlink()
    [gone] = placed_mistakes([UNUSABLE], settings, "yard")
    assert changed.where == gone.where == "pipeline yard, node people, model"


def test_settings_without_a_file_and_mistakes_of_no_node_stay_readable(tmp_path: Path) -> None:
    settings = parse_config(site(tmp_path).read_text(), base=tmp_path)
    [found] = placed_mistakes([Mistake("elsewhere", "is wrong")], settings, "yard")
    assert found.where == "elsewhere"


@pytest.mark.parametrize("kind", ["tracker", "trigger_securos_event"])
def test_a_node_has_not_the_id_of_the_sink(kind: str, tmp_path: Path) -> None:
    text = f"""
[[pipelines]]
name = "gate"

[pipelines.source]
type = "rtsp"
url = "rtsp://camera/1"

[[pipelines.nodes]]
type = "{kind}"
id = "sink"

[outbox]
path = "outbox.sqlite"
"""
    with pytest.raises(ConfigurationError) as caught:
        parse_config(text, base=tmp_path, has_secrets=False)
    said = [(one.what, one.fix) for one in caught.value.mistakes if one.where.endswith("id")]
    assert said == [('the sink of the pipeline has the id "sink"', 'Give the node another one, such as "sink1".')]
