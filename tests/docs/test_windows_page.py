"""docs/windows.md and WinSW's file say the same, and what they say can be read."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path, PureWindowsPath
from xml.etree import ElementTree

import pytest

from securos_trigger.cli.main import app
from securos_trigger.config.reader import read_config
from tests.without_posix.missing import NAMES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "windows.md").read_text(encoding="utf-8")
XML = ROOT / "examples" / "windows" / "securos-trigger-service.xml"

#: Elements that WinSW 2.12 documents, of which this file uses some; a typo would be ignored silently.
KNOWN = {
    *("id", "name", "description", "executable", "arguments", "workingdirectory", "env", "startmode", "stoptimeout"),
    *("onfailure", "resetfailure", "serviceaccount", "username", "logpath", "log", "sizeThreshold", "keepFiles"),
    *("delayedAutoStart", "depend", "priority"),
}


def text_of(name: str) -> str:
    found = ElementTree.parse(XML).getroot().findtext(name)
    assert found is not None
    return found


def test_the_service_file_has_known_elements_only() -> None:
    root = ElementTree.parse(XML).getroot()
    assert root.tag == "service"
    assert {element.tag for element in root.iter()} - {"service"} <= KNOWN
    assert {one.get("action") for one in root.iter("onfailure")} == {"restart"}


def test_its_command_line_is_one_of_ours() -> None:
    module, name, *arguments = shlex.split(text_of("arguments"), posix=False)
    assert (module, name) == ("-m", "securos_trigger")
    command = app.get_command(app.make_context("securos-trigger", [], resilient_parsing=True), arguments[0])
    assert command is not None
    options = {option for parameter in command.params for option in parameter.opts}
    assert {one for one in arguments[1:] if one.startswith("-")} <= options
    assert arguments[-1].strip('"') == text_of("workingdirectory") + r"\site.toml"


def test_the_page_and_the_file_name_the_same_folders_and_the_same_account() -> None:
    folder = text_of("workingdirectory")
    assert PureWindowsPath(text_of("executable")).parents[1] == PureWindowsPath(r"C:\Program Files\securos-trigger")
    assert f'icacls "{folder}" /inheritance:r' in PAGE
    assert "*S-1-5-19:(OI)(CI)M" in PAGE
    assert text_of("serviceaccount/username") == r"NT AUTHORITY\LocalService"
    assert PureWindowsPath(text_of("logpath")).is_relative_to(folder)


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_the_configuration_of_the_page_is_without_mistakes(block: str, tmp_path: Path) -> None:
    assert tomllib.loads(block)["outbox"]["path"] == r"C:\ProgramData\securos-trigger\outbox.sqlite"
    token = tmp_path / "token.txt"
    token.write_text("secret\n", encoding="utf-8")
    config = tmp_path / "site.toml"
    config.write_text(block.replace(r"C:\ProgramData\securos-trigger\token.txt", str(token)), encoding="utf-8")
    assert len(read_config(config).pipelines) == 1


def test_the_number_of_names_that_were_taken_away_is_about_right() -> None:
    said = re.search(r"about (\d+) names", PAGE)
    assert said is not None
    assert abs(sum(map(len, NAMES.values())) - int(said[1])) < 20
