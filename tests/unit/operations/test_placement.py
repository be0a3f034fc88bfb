"""What is said of placed pipelines when the cluster is away, and which text of the file is placed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.errors import ConfigurationError
from securos_trigger.operations import placement
from securos_trigger.operations.placement import place_pipelines, placement_status, stay_placed, stop_pipelines
from securos_trigger.placement.placed_pipeline import PlacedPipeline
from securos_trigger.relay.connection import ClusterUnavailableError
from securos_trigger.relay.holders import PipelineRecord
from securos_trigger.relay.pipeline_records import SeenRecord
from tests.unit.placement.ray_stand_in import Ray, ray_stood_in

_SITE = """
[relay]
servers = ["nats://127.0.0.1:1"]
gateway = "site"
PLACEMENT
[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }
"""
_PLACEMENT = '[placement]\nray_address = "127.0.0.1:1"'


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ray]:
    monkeypatch.setattr(placement, "ray_session", lambda *_: nullcontext())
    with ray_stood_in(monkeypatch) as stand_in:
        yield stand_in


def written(folder: Path, more: str) -> Path:
    config = folder / "site.toml"
    config.write_text(_SITE.replace("PLACEMENT", more))
    return config


@pytest.fixture(autouse=True)
def _cluster_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def read_records(*_arguments: object) -> None:
        raise ClusterUnavailableError("The cluster cannot be reached.")

    monkeypatch.setattr(placement, "read_records", read_records)
    monkeypatch.setattr(placement, "forget_states", read_records)


def test_without_ray_and_without_the_cluster_it_is_not_known_whether_a_pipeline_runs(tmp_path: Path) -> None:
    report = placement_status(written(tmp_path, ""))
    [place] = report.pipelines
    assert (place.state, place.since) == ("not_known", None)
    assert report.cluster_reason == "The cluster cannot be reached."
    assert not report.is_healthy


def test_with_ray_and_without_the_cluster_it_is_not_known_since_when(
    ray: Ray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from securos_trigger.placement import ray_cluster

    monkeypatch.setattr(ray_cluster, "look_at", lambda _names: [PlacedPipeline("yard", "runs", "a")])
    [place] = placement_status(written(tmp_path, _PLACEMENT)).pipelines
    assert (place.state, place.node, place.since) == ("runs", "a", None)


def test_the_text_that_was_checked_is_the_text_that_is_placed(
    ray: Ray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from securos_trigger.placement import ray_cluster

    config, placed = written(tmp_path, _PLACEMENT), list[Any]()
    before = config.read_text()

    def parse_while_a_person_saves(*arguments: Any, **options: Any) -> Any:
        found = parse_config(*arguments, **options)
        config.write_text("half of a fi")
        return found

    monkeypatch.setattr(placement, "parse_config", parse_while_a_person_saves)

    def place_all(made: list[Any], *_arguments: object) -> list[PlacedPipeline]:
        placed.extend(made)
        return []

    monkeypatch.setattr(ray_cluster, "place_all", place_all)
    place_pipelines(config)
    assert [one.text for one in placed] == [before]


def test_a_text_that_is_given_is_placed_and_not_that_of_the_file(
    ray: Ray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from securos_trigger.cli.cluster import run
    from securos_trigger.placement import ray_cluster

    placed = list[Any]()

    def place_all(made: list[Any], *_arguments: object) -> list[PlacedPipeline]:
        placed.extend(made)
        return []

    monkeypatch.setattr(ray_cluster, "place_all", place_all)
    config = written(tmp_path, _PLACEMENT)
    before = config.read_text() + "# über"
    config.write_text("half of a fi")
    answer = CliRunner().invoke(run, [str(config), "--text-from-stdin"], input=before)
    assert [(one.text, one.base) for one in placed] == [(before, str(tmp_path))], (answer.exception, answer.output)


def test_a_file_with_mistakes_ends_the_command_that_stays_at_its_start(tmp_path: Path) -> None:
    config = written(tmp_path, "[placement]\nray_adress = 1")
    with pytest.raises(ConfigurationError, match="ray_adress"):
        stay_placed(config, pytest.fail)


def test_a_file_that_cannot_be_read_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the file cannot be read"):
        place_pipelines(tmp_path / "none.toml")


def test_a_record_that_is_not_understood_makes_its_own_pipeline_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read_records(*_arguments: object) -> dict[str, SeenRecord]:
        return {"yard": SeenRecord(PipelineRecord("yard"), is_held=True, reason="It is damaged.")}

    monkeypatch.setattr(placement, "read_records", read_records)
    report = placement_status(written(tmp_path, ""))
    [place] = report.pipelines
    assert (place.state, place.reason, report.cluster_reason) == ("not_known", "It is damaged.", "")
    assert not report.is_healthy


@pytest.mark.parametrize("slip", ["[outbox]\nmax_size_mb = 0", "[outbox]\npath = no quotes", 'xyzzy = "at the top"'])
def test_a_mistake_elsewhere_in_the_file_keeps_no_person_from_its_pipelines(
    ray: Ray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slip: str
) -> None:
    from securos_trigger.placement import ray_cluster

    monkeypatch.setattr(ray_cluster, "look_at", lambda names: [PlacedPipeline(name, "runs", "a") for name in names])
    monkeypatch.setattr(ray_cluster, "end_all", lambda: ["yard"])
    config = written(tmp_path, _PLACEMENT)
    config.write_text(f"{slip}\n{config.read_text()}")
    report = placement_status(config)
    assert [(one.pipeline, one.state) for one in report.pipelines] == [("yard", "runs")]
    assert report.file_mistake.startswith("line ")
    assert not report.is_healthy
    assert stop_pipelines(config) == (["yard"], "The cluster cannot be reached.")
    with pytest.raises(ConfigurationError):
        place_pipelines(config)


def test_a_mistake_of_the_cluster_itself_ends_the_commands(ray: Ray, tmp_path: Path) -> None:
    config = written(tmp_path, '[placement]\nray_address = "no port"')
    for ask in (placement_status, stop_pipelines):
        with pytest.raises(ConfigurationError, match="placement"):
            ask(config)
    config.write_text(_SITE.replace("[relay]", "[rely]").replace("PLACEMENT", _PLACEMENT))
    for ask in (placement_status, stop_pipelines):
        with pytest.raises(ConfigurationError):
            ask(config)
