"""The configuration of docs/ray.md and of docs/cluster.md is one that the product reads, with what each page needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config

ROOT = Path(__file__).parents[2]


def examples_of(page: str) -> list[str]:
    return re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / page).read_text(), re.DOTALL)


def example_of(page: str) -> str:
    [text] = examples_of(page)
    return text


def test_the_example_of_the_page_on_placed_pipelines_fires_and_can_be_placed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "ray.md").read_text()
    [address] = re.findall(r"^export YARD_CAMERA=(\S+) ", page, re.MULTILINE)
    monkeypatch.setenv("YARD_CAMERA", address)
    settings = parse_config(example_of("ray.md"), base=tmp_path, source="site.toml")
    [pipeline] = settings.pipelines
    assert settings.placement is not None
    assert pipeline.placement is not None
    assert settings.relay is not None
    assert settings.relay.gateway == "site"
    assert list(settings.trigger_nodes()), "a reader who follows the page sees an event"
    assert settings.warnings == ()


def test_every_unit_reads_the_variables_that_a_configuration_may_name() -> None:
    units = sorted((ROOT / "examples" / "ray").glob("*.service"))
    assert len(units) == 4
    for unit in units:
        assert "\nEnvironmentFile=-/etc/securos-trigger/environment\n" in unit.read_text(), unit.name


def test_each_unit_that_runs_a_client_of_ray_lets_it_write_into_the_folder_of_its_session() -> None:
    for unit in sorted((ROOT / "examples" / "ray").glob("*.service")):
        text = unit.read_text()
        if "cluster run" in text or "/ray start" in text:
            assert "\nPrivateTmp=yes" not in text, unit.name
            assert "\nProtectSystem=strict" not in text or "\nReadWritePaths=/tmp\n" in text, unit.name


def test_the_examples_of_the_page_on_clusters_are_read(tmp_path: Path) -> None:
    deliver, site, relay = examples_of("cluster.md")
    assert parse_config(site, base=tmp_path, source="site.toml").warnings == ()
    pipeline = '[[pipelines]]\nname = "gate"\nsource = { type = "file", path = "gate.mp4" }\n'
    own_table = deliver[deliver.index("[relay]") : deliver.index("[[receivers]]")]
    found = [
        parse_config(one, base=tmp_path, source="site.toml").relay
        for one in (own_table + pipeline, site, relay + pipeline)
    ]
    names = [("deliver-1", 1), ("gate-1", 1), ("gate-7", 3)]
    assert [one and (one.gateway, one.replicas) for one in found] == names
