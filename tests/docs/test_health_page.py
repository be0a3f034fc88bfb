"""docs/health.md says what the code says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from securos_trigger.config.settings import HealthSettings
from securos_trigger.health.subjects import Backlog, Certificate, Deliveries, Expiry, Frames, Losses

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "health.md").read_text(encoding="utf-8")
KINDS = (Frames, Deliveries, Backlog, Losses, Certificate, Expiry)


def test_the_defaults_on_the_page_are_the_defaults() -> None:
    [toml] = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert tomllib.loads(toml)["health"] == HealthSettings().model_dump()


def test_every_kind_of_trouble_and_every_notice_stands_on_the_page() -> None:
    source = "".join(path.read_text() for path in (ROOT / "src/securos_trigger/health").glob("*.py"))
    announced = set(re.findall(r'"(health_\w+)"', source)) - {"health_camera_ids"}
    assert announced == {
        "health_trouble",
        "health_recovered",
        "health_failed",
        "health_forgotten",
        "health_not_written",
    }
    assert [name for name in (*announced, *(kind.kind for kind in KINDS)) if f"`{name}`" not in PAGE] == []


def test_the_texts_on_the_page_are_those_that_are_tested() -> None:
    """Names without their numbers, as they stand in texts.py."""
    names = re.findall(r"^\| `(Bridge: [^`]+)` \|", PAGE, re.MULTILINE)
    texts = (ROOT / "src/securos_trigger/health/texts.py").read_text(encoding="utf-8")
    assert len(names) == len(re.findall(r'f?"Bridge: ', texts)) == 11
    for name in names:
        pattern = name.replace("https://vms.example:3443", "{target}").replace("yard", "{label}")
        assert pattern.replace("1,204", "{unsettled:,}") in texts
