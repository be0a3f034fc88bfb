"""The node of an element: started, changed, paused and stopped, whatever is wrong with its settings."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.gst import element_host
from securos_trigger.gst.element_host import ElementHost
from securos_trigger.model import Reason
from securos_trigger.notices import Notice
from securos_trigger.runtime.running import running
from securos_trigger.runtime.unready_elements import unready_elements

VALUES: dict[str, Any] = {
    "iss-ip": "127.0.0.1",
    "iss-port": "9",
    "iss-scheme": "http",
    "iss-password": "token",
    "event-source": "custom",
    "trigger": "go",
    "event-name": "Go",
}


class Host(ElementHost):
    """A host that remembers its notices, and is fed frames by media time."""

    def __init__(self, folder: Path, **values: Any) -> None:
        self.notices: list[Notice] = []
        self.changed = threading.Condition()
        super().__init__(self.hear)
        for name, value in {**VALUES, "outbox": str(folder / "outbox.sqlite"), **values}.items():
            self.set_value(name, value)

    def hear(self, notice: Notice) -> None:
        with self.changed:
            self.notices.append(notice)
            self.changed.notify_all()

    def named(self, name: str) -> list[str]:
        return [str(notice) for notice in self.notices if notice.name == name]

    def wait_for(self, name: str) -> str:
        with self.changed:
            assert self.changed.wait_for(lambda: self.named(name), 30.0), [str(one) for one in self.notices]
        return self.named(name)[0]

    def sees(self, at: float, **metadata: Any) -> Reason | None:
        decision = self.decide(at, metadata, None, is_live=False)
        return None if decision is None else decision.reason


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = Host(tmp_path)
    yield made
    made.stop(0.0)


def test_a_started_host_decides_and_a_stopped_one_does_not(host: Host) -> None:
    assert host.sees(0.0, go=True) is None
    host.start("yard", "pipeline0")
    assert (host.sees(1.0, go=False), host.sees(2.0, go=True)) == (Reason.CONDITION_FALSE, Reason.FIRED)
    assert host.address == "pipeline0/yard"
    host.stop(0.0)
    assert (host.sees(3.0, go=True), host.address) == (None, "")
    host.start("yard", "pipeline0")
    assert host.sees(4.0, go=True) is Reason.FIRED


def test_a_change_counts_at_the_next_frame(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(element_host, "CHANGE_WITHIN_S", 30.0)  # on a machine that is slow
    host.start("yard", "pipeline0")
    for number in range(20):
        host.set_value("trigger", f"number == {number}")
        host.set_value("event-name", f"Number {number}")
        assert host.sees(float(number), number=number) is Reason.FIRED


def test_a_mistake_keeps_the_former_settings_and_is_reported_until_it_is_fixed(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(element_host, "CHANGE_WITHIN_S", 30.0)
    host.start("yard", "pipeline0")
    host.set_value("trigger", "go and")
    assert host.sees(1.0, go=True) is Reason.FIRED
    assert host.wait_for("element_not_ready").startswith('element_not_ready node=yard reason="trigger: ')
    [unready] = unready_elements()
    assert (unready["element"], unready["decides"]) == ("yard", True)
    host.set_value("trigger", "not go")
    assert host.sees(2.0, go=True) is Reason.CONDITION_FALSE
    assert host.wait_for("element_ready") == "element_ready node=yard"


def test_a_start_without_a_password_lets_frames_pass_until_it_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(element_host, "CHANGE_WITHIN_S", 30.0)
    host = Host(tmp_path, **{"iss-password": ""})
    host.start("yard", "pipeline0")
    assert host.sees(1.0, go=True) is None
    assert host.named("element_not_ready") == [
        (
            'element_not_ready node=yard reason="iss-password: is required and missing. '
            'Set iss-password, iss-password-env or iss-password-file." '
            'fix="correct what `reason` names: it is tried again"'
        )
    ]
    [unready] = unready_elements()
    assert (unready["element"], unready["decides"]) == ("yard", False)
    host.set_value("iss-password", "token")
    assert host.sees(2.0, go=True) is Reason.FIRED
    assert unready_elements() == []
    host.set_value("trigger", "go and")
    assert host.sees(3.0, go=True) is not None
    host.stop(0.0)
    assert unready_elements() == [], "it has stopped"


def test_a_configuration_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    host = Host(tmp_path, config=str(tmp_path / "no.toml"))
    try:
        host.start("yard", "pipeline0")
        assert f'reason="{tmp_path}/no.toml: the file cannot be read: ' in host.wait_for("element_not_ready")
    finally:
        host.stop(0.0)


def test_an_outbox_that_another_one_owns_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(element_host, "TRY_AGAIN_AFTER_S", 0.05)
    host = Host(tmp_path)
    inline = {"iss_ip": "127.0.0.1", "iss_port": "9", "iss_scheme": "http", "iss_password": "token"}
    with running(inline, outbox=tmp_path / "outbox.sqlite", drain_s=0):
        host.start("yard", "pipeline0")
        assert host.sees(1.0, go=True) is None
        assert "outbox.sqlite" in host.wait_for("element_not_ready")
    host.wait_for("element_ready")
    assert host.sees(2.0, go=True) is Reason.FIRED
    assert len(host.named("element_not_ready")) == 1
    host.stop(0.0)


def test_a_password_file_that_is_made_later_is_read_without_a_change_of_a_property(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(element_host, "TRY_AGAIN_AFTER_S", 0.05)
    host = Host(tmp_path, **{"iss-password": "", "iss-password-file": str(tmp_path / "token")})
    try:
        host.start("yard", "pipeline0")
        assert "cannot be read" in host.wait_for("element_not_ready")
        (tmp_path / "new").write_text("token")
        (tmp_path / "new").chmod(0o600)
        (tmp_path / "new").rename(tmp_path / "token")
        host.wait_for("element_ready")
        assert host.sees(1.0, go=True) is Reason.FIRED
        assert len(host.named("element_not_ready")) == 1
    finally:
        host.stop(0.0)


def test_a_pause_is_no_trouble_of_the_frames(host: Host) -> None:
    host.pause(is_paused=True)
    host.start("yard", "pipeline0")
    node = host._node
    assert node is not None
    host.pause(is_paused=True)
    assert node.live.heartbeat.has_ended
    host.pause(is_paused=False)
    assert not node.live.heartbeat.has_ended


def test_a_bug_on_a_frame_is_reported_once_and_the_next_frame_is_seen(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.start("yard", "pipeline0")
    node = host._node
    assert node is not None
    monkeypatch.setattr(type(node.live.node), "decide", lambda *_: 1 / 0)
    assert (host.sees(1.0), host.sees(2.0)) == (None, None)
    monkeypatch.undo()
    assert host.sees(3.0, go=True) is Reason.FIRED
    assert len(host.named("thread_failed")) == 1
