"""What the README says is done here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language, with the indentation of their fence taken away."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    return ["\n".join(line.removeprefix(indent) for line in block.split("\n")) for indent, block in found]


@pytest.mark.parametrize("code", blocks(README, "python"))
def test_the_readmes_python_runs(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_the_readmes_pipeline_is_a_configuration(tmp_path: Path) -> None:
    [toml] = blocks(README, "toml")
    toml = toml.replace('iss_certificate_sha256 = "…"', f'iss_certificate_sha256 = "{"ab" * 32}"').replace(
        '"…"', '"token"'
    )
    settings = parse_config(toml, base=tmp_path)
    assert [node.id for node in settings.pipelines[0].nodes] == [
        "detector1",
        "tracker1",
        "annotate_presence1",
        "trigger1",
    ]
    assert settings.warnings == ()


def test_the_readme_fits_a_terminal_of_80_columns() -> None:
    """It is the page that is read with `less` on the machine itself. An image is one link, however long."""
    assert [line for line in README.splitlines() if len(line) > 80 and not line.startswith("![")] == []


def test_the_readme_stays_short_and_leads_to_the_list_of_all_pages() -> None:
    """A list of its own beside docs/README.md grows old: it names few pages, and that list among its first lines."""
    beginning, *_ = README.partition("\n## Try it\n")
    assert "](docs/README.md)" in beginning
    assert "](docs/troubleshooting.md)" in beginning
    assert len(README.splitlines()) <= 234
    assert len(re.findall(r"\]\((?!docs/images/)[^)#]", README)) <= 30


def test_the_readmes_first_pipeline_keeps_its_events_apart_and_its_password_from_others() -> None:
    """Else `explain` shows the nodes of other files, and `doctor` warns at once of a file that others can read."""
    [toml] = blocks(README, "toml")
    assert re.search(r'^\[outbox\]\npath = "[\w.-]+"', toml, re.MULTILINE)
    commands = re.findall(r"^(?:securos-trigger )?([\w ]+) yard\.toml", README, re.MULTILINE)
    assert commands == ["chmod 600", "check", "run", "status", "doctor", "explain"]
