"""docs/configuration.md and examples/site.toml have every table and setting, and what they say is what the code does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from pydantic import BaseModel

from securos_trigger.conditions import Condition
from securos_trigger.config.console_settings import ConsoleSettings
from securos_trigger.config.images_settings import ImagesSettings
from securos_trigger.config.placement_settings import PlacementSettings
from securos_trigger.config.reader import parse_config
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.config.settings import (
    IdentitySettings,
    LedgerSettings,
    MetricsSettings,
    OutboxSettings,
    Settings,
)
from securos_trigger.health.settings import HealthSettings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
CLUSTER_PAGE = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "examples" / "site.toml").read_text(encoding="utf-8")
TABLES: dict[str, type[BaseModel]] = {
    "identity": IdentitySettings,
    "outbox": OutboxSettings,
    "ledger": LedgerSettings,
    "health": HealthSettings,
    "metrics": MetricsSettings,
    "console": ConsoleSettings,
    "images": ImagesSettings,
    "relay": RelaySettings,
    "placement": PlacementSettings,
}
#: An example of what has no fixed default.
WITHOUT_DEFAULT = {
    *("path", "port", "certificate", "key", "token_file", "users_file"),
    *(
        "ray_address",
        "servers",
        "gateway",
        "credentials_file",
        "nkey_file",
        "user",
        "password",
        "ca_file",
        "certificate_file",
    ),
    "key_file",
    "max_stream_mb",
}


def section(name: str) -> str:
    """The section of a table, on the page that has its settings."""
    page = CLUSTER_PAGE if name == "relay" else PAGE
    return page.partition(f"## `[{name}]`\n")[2].partition("\n## ")[0]


def in_example(name: str) -> str:
    """A table of the example; one that changes what the service does is commented out as a whole."""
    [found] = re.findall(rf"^(?:# )?\[{name}\](.*?)(?=^(?:# )?\[|\Z)", EXAMPLE, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_list_has_every_table() -> None:
    hints = {name: (hint, *get_args(hint)) for name, hint in get_type_hints(Settings).items()}
    assert {
        name
        for name, types in hints.items()
        if any(isinstance(one, type) and issubclass(one, BaseModel) for one in types)
    } == set(TABLES)


def test_the_example_is_a_configuration_without_a_warning(tmp_path: Path) -> None:
    settings = parse_config(EXAMPLE, base=tmp_path, has_secrets=False)
    assert settings.warnings == ()
    assert [trigger.id for pipeline in settings.pipelines for trigger in pipeline.triggers] == ["entrance_alarm"]


@pytest.mark.parametrize("name", TABLES)
def test_every_setting_of_a_table_stands_on_the_page_and_in_the_example(name: str) -> None:
    fields = set(TABLES[name].model_fields)
    assert {
        key
        for keys in re.findall(r"^\* (`[^:]*?)(?:, required:|, by default|:)", section(name), re.MULTILINE)
        for key in re.findall(r"`(\w+)`", keys)
    } == fields
    assert set(re.findall(r"^(?:# )?(\w+) = ", in_example(name), re.MULTILINE)) == fields


@pytest.mark.parametrize("name", TABLES)
def test_the_defaults_on_the_page_and_in_the_example_are_the_defaults(name: str) -> None:
    model = TABLES[name]
    shown = dict(re.findall(r"^\* `(\w+)`, by default `([^`]*)`:", section(name), re.MULTILINE))
    commented = dict(re.findall(r"^# (\w+) = (.*?)(?:\s+#.*)?$", in_example(name), re.MULTILINE))
    for key, text in [*shown.items(), *commented.items()]:
        if key in WITHOUT_DEFAULT:
            continue
        assert tomllib.loads(f"value = {text}")["value"] == model.model_fields[key].get_default(), key


def test_every_way_to_quote_gives_a_condition() -> None:
    items = re.findall(r"`(trigger = .*?)`$", PAGE, re.MULTILINE)
    assert len(items) == 3
    blocks = re.findall(r"^```toml\n(trigger.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for text in [*items, *blocks]:
        assert Condition(tomllib.loads(text)["trigger"]).paths
    [path] = re.findall(r"`(path = '.*?')`", PAGE)
    assert tomllib.loads(path)["path"] == "C:\\video\\yard.mp4"
