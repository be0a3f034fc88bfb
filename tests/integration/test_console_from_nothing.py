"""A site that begins in the browser: no file, an empty one, or one without a pipeline."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.errors import ConfigurationError
from securos_trigger.operations.console_plan import begun
from tests.integration.console_site import Browser, address_of, running
from tests.integration.test_service_status import wait_until

pytestmark = pytest.mark.timeout(240)
TRIGGER = {
    "type": "trigger_securos_event",
    "id": "alarm",
    "event_source": "custom",
    "trigger": "alarm",
    "event_name": "Alarm",
    "iss_ip": "127.0.0.1",
    "iss_password": "0123456789abcdef0123456789abcdef",
}
NEW = {
    "name": "gate",
    "source": {"type": "frigate", "listen": "127.0.0.1:0", "token": "0123456789abcdef"},
    "cameras": {"*": "1"},
    "nodes": [TRIGGER],
}


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def program(folder: Path) -> Browser:
    port, _ = address_of(folder)
    [token] = [*folder.rglob("*.console-token")]
    return Browser(port, headers={"Authorization": f"Bearer {token.read_text().strip()}"})


def changed(browser: Browser, method: str, path: str, body: Any = None) -> Any:
    answer = browser.ask(method, path, body, If_Match=f'"{browser.get("/api/config")["digest"]}"')
    assert answer.status == 200, answer
    return answer.json


START = '[outbox]\npath = "outbox.sqlite"\n[console]\nport = 0\n'


@pytest.mark.parametrize("text", [START, f"pipelines = []\n{START}"])
def test_a_service_waits_for_its_first_pipeline_and_outlives_its_last(text: str, tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_text(text)
    with running(tmp_path, "run", config.name, "--console", name="console") as service:
        browser = program(tmp_path)
        wait_until(lambda: browser.get("/api/overview")["is_running"])
        found = browser.get("/api/overview")
        assert (found["pipelines"], found["configuration"]["mistakes"]) == ([], "")
        saved = changed(browser, "POST", "/api/pipelines", NEW)
        assert saved["reload"]["is_done"], saved
        wait_until(lambda: browser.get("/api/overview")["pipelines"][0]["state"]["state"] == "running")
        removed = changed(browser, "DELETE", "/api/pipelines/gate")
        assert removed["reload"]["is_done"], removed
        assert "gate" not in config.read_text()
        entry = browser.get("/api/audit")["entries"][0]
        assert (entry["action"], entry["subject"], entry["is_done"]) == ("remove pipeline", "gate", True)
        assert service.poll() is None
        undo = browser.get("/api/config/undo")
        assert (undo["save"]["action"], undo["save"]["subject"], undo["is_redo"]) == ("remove pipeline", "gate", False)
        assert undo["changes"], "the pipeline that comes back"
        again = changed(browser, "POST", "/api/config/undo", {})
        assert again["reload"]["is_done"], again
        undone = browser.get("/api/config/undo")
        assert (undone["save"], undone["is_redo"]) == (undo["save"], True)
        text = config.read_text()
        config.write_text("")
        os.kill(service.pid, signal.SIGHUP)  # a blank file may be just being written
        wait_until(lambda: "the file has no pipeline" in (tmp_path / "console.log").read_text())
        assert service.poll() is None
        config.write_text(text)
        assert [one["name"] for one in browser.get("/api/config")["pipelines"]] == ["gate"]
        assert browser.ask("DELETE", "/api/pipelines/other", None, If_Match=f'"{again["digest"]}"').status == 404


def test_a_file_that_is_not_there_is_made_for_its_owner_only(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    assert begun(config)
    assert not begun(config)
    assert (config.read_bytes(), stat.S_IMODE(config.stat().st_mode)) == (b"", 0o600)
    with pytest.raises(ConfigurationError, match="the file cannot be made: No such file or directory"):
        begun(tmp_path / "none" / "site.toml")


def test_the_console_alone_begins_with_a_file_that_has_no_pipeline(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_text("[console]\nport = 0\n")
    config.chmod(0o600)
    with running(tmp_path, "console", config.name, name="console"):
        browser = program(tmp_path)
        assert browser.get("/api/config")["pipelines"] == []
        assert browser.get("/api/overview")["configuration"]["mistakes"] == ""
        assert changed(browser, "POST", "/api/pipelines", NEW)["reload"] is None
        assert 'name = "gate"' in config.read_text()
        assert stat.S_IMODE(config.stat().st_mode) == 0o600
        changed(browser, "DELETE", "/api/pipelines/gate")
        assert browser.get("/api/overview")["configuration"]["mistakes"] == ""
