"""The files for containers and Debian: understood line by line, and of one mind. Their proofs: `make test-container`, `make test-deb`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.build_deb import EXTRAS
from deploy.containerfile import filled, health_command, instructions_of, stages_of
from securos_trigger.cli.main import app
from securos_trigger.config.reader import read_config
from securos_trigger.operations.status import STARTS_WITHIN_S

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "container"
LINES = instructions_of((ROOT / "Containerfile").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "containers.md").read_text(encoding="utf-8")


def of_the_image(name: str) -> list[str]:
    return [one.text for one in stages_of(LINES, {})[-1].instructions if one.name == name]


def compose(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))
    return found


def test_every_line_of_the_containerfile_is_understood_and_no_other_one() -> None:
    assert [stage.name for stage in stages_of(LINES, {})] == ["collect", "wheels", "install", ""]
    for text in ("ADD a b", "RUN a \\\n", "EXPOSE 80"):
        with pytest.raises(ValueError, match="this is not understood"):
            instructions_of(text)


def test_build_arguments_fill_what_a_stage_begins_with() -> None:
    assert {stage.base for stage in stages_of(LINES, {"BASE": "mine"})} == {"mine", "scratch"}
    assert filled("/src[${EXTRAS}]", {"EXTRAS": "video"}) == "/src[video]"


def test_a_start_may_take_as_long_as_status_waits_for_it() -> None:
    """A container that is called unhealthy while it loads its models may be ended, again and again."""
    [health] = [one.text for one in LINES if one.name == "HEALTHCHECK"]
    found = re.search(r"--start-period=(\d+)s ", health)
    assert found is not None
    assert float(found[1]) >= STARTS_WITHIN_S


def test_the_health_check_and_the_command_are_ours_and_need_no_shell() -> None:
    [health] = [one for one in LINES if one.name == "HEALTHCHECK"]
    program, *words = health_command(health)
    assert program == "securos-trigger"
    assert [words[0], words[-1]] == ["status", "/etc/securos-trigger/site.toml"]
    assert all(text.startswith("[") for name in ("ENTRYPOINT", "CMD") for text in of_the_image(name))
    for command, options in ((words[0], words[1:-1]), ("run", ["--quiet"])):
        found = app.get_command(app.make_context("securos-trigger", [], resilient_parsing=True), command)
        assert found is not None
        assert set(options) <= {option for parameter in found.params for option in parameter.opts}


def test_the_image_runs_as_a_user_of_its_own() -> None:
    assert of_the_image("USER") == ["10001:10001"]
    assert any("--uid 10001" in text for text in of_the_image("RUN"))


def test_the_page_names_what_the_file_has() -> None:
    arguments = dict(one.text.split("=", 1) for one in LINES if one.name == "ARG")
    for name, value in arguments.items():
        assert f"* `{name}`: `{value}`" in PAGE
    image = set(arguments["EXTRAS"].split(","))
    assert image < set(EXTRAS.split(",")), "an image is built with the extras that one wants; the package has no pip"
    known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(EXTRAS.split(",")) <= set(known)


@pytest.mark.parametrize("name", ["compose.yaml", "compose.frigate.yaml"])
def test_what_compose_mounts_is_there_and_its_volumes_are_declared(name: str) -> None:
    declared = {*compose("compose.yaml")["volumes"], *compose(name)["volumes"]}
    for service in compose(name)["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            if source.startswith("./"):
                assert (EXAMPLES / source).is_file()
            elif not source.startswith("${"):
                assert source in declared


@pytest.mark.parametrize("name", ["site.toml", "frigate.site.toml"])
def test_the_configurations_of_the_examples_are_without_mistakes(name: str, tmp_path: Path) -> None:
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    for path in ("/run/simulator", "/srv", "/var/lib/securos-trigger"):
        text = text.replace(path, str(tmp_path))
    (tmp_path / "token").write_text("secret\n", encoding="utf-8")
    (tmp_path / "yard.mp4").touch()
    config = tmp_path / name
    config.write_text(text, encoding="utf-8")
    assert [pipeline.triggers[0].id for pipeline in read_config(config).pipelines] == ["alarm"]


def test_the_broker_of_the_example_drops_nothing_that_waits() -> None:
    lines = (EXAMPLES / "mosquitto.conf").read_text(encoding="utf-8").splitlines()
    assert {"persistence true", "max_queued_messages 0", "autosave_interval 1"} <= set(lines)


def test_the_debian_recipe_is_of_one_mind_about_user_and_paths() -> None:
    recipe = ROOT / "deploy" / "debian"
    unit = (ROOT / "examples" / "securos-trigger.service").read_text(encoding="utf-8")
    assert "User=securos-trigger\n" in unit
    assert (
        (recipe / "securos-trigger.sysusers")
        .read_text(encoding="utf-8")
        .splitlines()[1]
        .startswith("u securos-trigger ")
    )
    assert "d /var/lib/securos-trigger 0700 securos-trigger" in (recipe / "securos-trigger.tmpfiles").read_text()
    assert (recipe / "conffiles").read_text() == "/etc/securos-trigger/site.toml\n"
    for name in ("postinst", "prerm", "postrm"):
        script = recipe / name
        assert script.stat().st_mode & 0o111
        assert script.read_text(encoding="utf-8").startswith("#!/bin/sh\nset -e\n")


UNITS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "examples").rglob("*.service"))


def settings_of(unit: str) -> dict[str, list[str]]:
    """The settings of a unit. A line that is none of a comment, a section or a setting is a mistake."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / unit).read_text(encoding="utf-8").splitlines():
        if line and not re.fullmatch(r"#.*|\[(Unit|Service|Install)\]", line):
            name, value = re.fullmatch(r"([A-Z]\w+)=(.*)", line).groups()  # type: ignore[union-attr]
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_starts_with_the_machine_and_again_after_each_end(unit: str) -> None:
    settings = settings_of(unit)
    assert settings["WantedBy"] == ["multi-user.target"]
    assert settings["Restart"] == ["always"]
    assert settings["StartLimitIntervalSec"] == ["0"], (
        "it is never given up, also where a disk or the network comes late"
    )
    assert settings["User"] != ["root"]
    assert settings["NoNewPrivileges"] == ["yes"]


def test_the_unit_of_a_nats_server_may_write_where_its_configuration_stores_events() -> None:
    settings = settings_of("examples/nats/nats-server.service")
    conf = (ROOT / "examples" / "nats" / "nats-server.conf").read_text(encoding="utf-8")
    [store] = re.findall(r"store_dir: (\S+)", conf)
    assert settings["ProtectSystem"] == ["strict"]
    assert [f"/var/lib/{name}" for name in settings["StateDirectory"]] == [store] == settings["RequiresMountsFor"]
    program, option, file = settings["ExecStart"][0].split()
    page = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    assert (option, Path(file).name) == ("-c", "nats-server.conf")
    assert all(f"`{name}`" in page for name in (program, str(Path(file).parent), settings["User"][0]))
