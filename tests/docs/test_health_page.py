"""docs/health.md says what the code says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from securos_trigger.health.cameras import OfflineCamera
from securos_trigger.health.settings import HealthSettings
from securos_trigger.health.subjects import (
    Backlog,
    Deliveries,
    ExpiredCertificate,
    ExpiringCertificate,
    Frames,
    FrozenFrames,
    Losses,
)

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "health.md").read_text(encoding="utf-8")
SUBJECTS = (Frames, FrozenFrames, OfflineCamera, Deliveries, Backlog, Losses, ExpiringCertificate, ExpiredCertificate)


def test_the_defaults_on_the_page_are_the_defaults() -> None:
    [toml] = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert tomllib.loads(toml)["health"] == HealthSettings().model_dump()


def test_every_kind_of_trouble_stands_in_the_table() -> None:
    assert re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE) == [subject.kind for subject in SUBJECTS]


def test_the_texts_on_the_page_are_those_that_are_tested() -> None:
    """Names without their numbers, as they stand in texts.py."""
    names = re.findall(r"^\| `(Bridge gate-7: [^`]+)` \|", PAGE, re.MULTILINE)
    texts = (ROOT / "src/securos_trigger/health/texts.py").read_text(encoding="utf-8")
    assert len(names) == len(re.findall(r'f?"Bridge: ', texts)) == 17
    for name in names:
        pattern = name.replace(" gate-7", "").replace("https://vms.example:3443", "{target}").replace("yard", "{label}")
        pattern = pattern.replace("gate of site", "{what}").replace("from site", "from {label}")
        assert pattern.replace("1,204", "{pending:,}") in texts
