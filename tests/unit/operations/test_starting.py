"""How a service that does not run is started: the file of the demo needs a new simulated SecurOS."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from securos_trigger.errors.wording import STARTS_IT
from securos_trigger.operations.starting import starts_it


def test_the_demo_starts_the_file_of_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("demo-out", "other out"):
        Path(folder).mkdir()
        Path(folder, "demo.toml").write_text(files("securos_trigger.demo").joinpath("demo.toml").read_text())
    starts = "starts it, with a new simulated SecurOS"
    assert starts_it(Path("demo-out/demo.toml")) == f"`securos-trigger demo --force` {starts}"
    assert starts_it(Path("other out/demo.toml")) == f"`securos-trigger demo --out 'other out' --force` {starts}"


def test_run_starts_every_other_file(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text("# My site.\n")
    assert starts_it(tmp_path / "site.toml") == starts_it(tmp_path / "none.toml") == STARTS_IT
