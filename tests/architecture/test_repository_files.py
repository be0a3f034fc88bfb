"""The files that contributors and the hosting platform read: workflow, templates, hooks, supported Pythons."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.longest_first import LONGEST, places_of

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "test.yml"


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("vendor.github-workflows", ".github/workflows/test.yml"),
        ("custom.github-workflows-require-timeout", ".github/workflows/test.yml"),
        ("vendor.github-issue-forms", ".github/ISSUE_TEMPLATE/bug.yml"),
        ("vendor.github-issue-forms", ".github/ISSUE_TEMPLATE/feature.yml"),
        ("vendor.github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
    ],
)
def test_a_file_for_the_hosting_platform_follows_its_schema(schema: str, path: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, path],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_supported_pythons_are_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    classifiers = [text.rpartition(" ")[2] for text in project["classifiers"] if "Python :: 3." in text]
    [makefile] = re.findall(r"^PYTHONS \?= (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    matrix = read_yaml(WORKFLOW)["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert classifiers == makefile.split() == matrix
    assert project["requires-python"] == f">={classifiers[0]}"


def test_the_workflow_runs_the_readmes_commands_with_least_rights() -> None:
    workflow = read_yaml(WORKFLOW)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["cancel-in-progress"] is True
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert {step["run"] for step in steps if "run" in step} == {"make check PYTHON=python", "make test PYTHON=python"}
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]) for step in steps if "uses" in step)


def test_the_gate_runs_the_readmes_test_command() -> None:
    assert "exec make test\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^make test\b", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_files_that_take_longest_begin_where_tests_run_side_by_side_and_browsers_run_beside_others() -> None:
    assert [name for name in LONGEST if not (ROOT / name).is_file()] == []
    unit, last_long, first_long = "tests/unit/test_errors.py", LONGEST[-1], LONGEST[0]
    in_step = [f"tests/{folder}/test_{number}.py" for folder in ("e2e", "integration") for number in range(2)]
    names = [unit, *in_step, last_long, first_long]
    places = places_of(ROOT / name for name in names)
    e2e, more_e2e, integration, more_integration = in_step
    wanted = [first_long, last_long, e2e, integration, more_e2e, more_integration, unit]
    assert sorted(names, key=lambda name: places[ROOT / name]) == wanted
    assert "--dist loadfile --no-loadscope-reorder" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_make_alone_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [phony] = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    printed = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    ).stdout
    assert max(map(len, printed.splitlines())) < 80
    lines = [line.split(maxsplit=2) for line in printed.splitlines() if line.startswith("  make ")]
    assert [target for _, target, _ in lines] == phony.split()
    assert all(explained for _, _, explained in lines)


def test_a_python_that_is_not_here_is_skipped_with_a_word() -> None:
    done = subprocess.run(
        [ROOT / ".ci" / "pythons", "3.99", "--"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (0, "3.99  skipped: this machine has no Python 3.99\n")


def test_each_hook_before_a_commit_is_a_tool_of_the_project_and_fetches_nothing() -> None:
    [repository] = read_yaml(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    installed = {entry.name for entry in entry_points(group="console_scripts")} | {"ruff"}
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        program = hook["entry"].split()[0]
        assert program.removeprefix(".venv/bin/") in installed, program
