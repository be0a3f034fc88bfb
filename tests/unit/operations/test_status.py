"""How the operation finds the service, whatever else the file says."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from securos_trigger import ConfigurationError, OutboxError, running
from securos_trigger.cli.status_text import text_of
from securos_trigger.config.reader import read_config
from securos_trigger.config.toml_lines import TomlLines
from securos_trigger.notices import Announcer
from securos_trigger.operations.ledger_now import ledger_now
from securos_trigger.operations.overview import overview
from securos_trigger.operations.service_report import Verdict, without_answer
from securos_trigger.operations.setting_lines import setting_lines
from securos_trigger.operations.site import settings_in_force
from securos_trigger.operations.status import outbox_in_use, runs_elsewhere, service_status
from securos_trigger.operations.trouble import age_s
from securos_trigger.outbox import Outbox
from tests.unit.operations.site import write_site

NOW = datetime.now(UTC)


def test_without_a_service_it_is_not_running(tmp_path: Path) -> None:
    report = service_status(write_site(tmp_path), now=NOW)
    assert (report.verdict, report.troubles) == (Verdict.NOT_RUNNING, ())
    assert report.to_json()["reason"].startswith("securos-trigger is not running: ")


def test_a_file_with_mistakes_still_says_where_its_service_is(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    with running(config, observers=(), drain_s=0):
        config.write_text(config.read_text() + "intervall = 3\n")
        report = service_status(config, now=NOW)
    assert (report.verdict, report.answer["pid"]) == (Verdict.HEALTHY, os.getpid())
    assert [one.needs_person for one in report.troubles] == [False]


def test_an_edited_file_is_the_file_of_the_service_under_another_path_too(tmp_path: Path) -> None:
    """As a file that is mounted in two places is."""
    config, linked = write_site(tmp_path), tmp_path / "linked.toml"
    with running(config, observers=(), drain_s=0):
        linked.hardlink_to(config)
        linked.write_text(config.read_text() + "interval = 5\n")
        assert service_status(linked, now=NOW).verdict is Verdict.HEALTHY
        assert settings_in_force(linked) is not None
        linked.unlink()
        linked.write_text(config.read_text())  # a copy of what the service sees in its file now
        assert service_status(linked, now=NOW).verdict is Verdict.HEALTHY
        linked.write_text(config.read_text() + "record_duration = 5\n")  # the service's own file is there, too
        assert service_status(linked, now=NOW).answer["runs_instead"]["configuration"] == str(config)


@pytest.mark.parametrize("keeps_name", [True, False])
def test_where_the_path_of_the_service_is_not_there_its_pipelines_say_whether_it_is_another_file(
    tmp_path: Path, keeps_name: bool
) -> None:
    """As in a container, whose paths this side does not have."""
    config, here = write_site(tmp_path), tmp_path / "here.toml"
    with running(config, observers=(), drain_s=0):
        text = config.read_text()
        if not keeps_name:
            text = text.replace('"yard"', '"gate"').replace('"alarm"', '"crossing"')
        config.unlink()
        here.write_text(text + "interval = 5\n")
        report = service_status(here, now=NOW)
        assert ("runs_instead" not in report.answer) is keeps_name
        assert (settings_in_force(here) is not None) is keeps_name


@pytest.mark.parametrize("path", ["o.sqlite", "~/o.sqlite"])
def test_the_outbox_is_the_one_that_the_service_has(tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    config = tmp_path / "site.toml"
    config.write_text(f'[outbox]\npath = "{path}"\n')
    assert str(tmp_path / path.replace("~", "home")) in service_status(config, now=NOW).answer["reason"]


@pytest.mark.parametrize("text", ["[outbox\n", "[outbox]\npath = 3\n", "outbox = 3\n"])
def test_a_file_that_names_no_outbox_is_a_mistake(tmp_path: Path, text: str) -> None:
    (tmp_path / "site.toml").write_text(text)
    with pytest.raises(ConfigurationError):
        service_status(tmp_path / "site.toml", now=NOW)


def test_a_placed_pipeline_is_asked_through_the_file_in_its_folder_which_names_the_outbox_of_its_site(
    tmp_path: Path,
) -> None:
    config = write_site(tmp_path)
    with running(config, observers=(), drain_s=0):
        text = config.read_text()
        assert "outbox.sqlite" in text
        config.write_text(text.replace("outbox.sqlite", "of-the-site.sqlite"))
        assert service_status(config, now=NOW).verdict is not Verdict.NOT_RUNNING
    assert service_status(config, now=NOW).verdict is Verdict.NOT_RUNNING


def test_an_owner_that_cannot_be_asked_is_a_trouble(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    with running(config, observers=(), drain_s=0):
        (tmp_path / "outbox.sqlite.control").unlink()
        (tmp_path / "outbox.sqlite.control").mkdir()  # so that the service cannot make its socket again
        report = service_status(config, now=datetime.now(UTC) + timedelta(minutes=11))
    assert report.verdict is Verdict.TROUBLE
    assert "so it cannot be asked" in report.troubles[0].text


def test_a_service_of_another_user_is_asked_as_that_user_and_not_restarted(tmp_path: Path) -> None:
    fixes = []
    for cause in (PermissionError(errno.EACCES, "Permission denied"), TimeoutError("timed out")):
        error = OutboxError("It does not answer.")
        error.__cause__ = cause
        fixes.append(without_answer(error, {}, tmp_path / "outbox.sqlite.control").troubles[0].fix)
    assert fixes == [
        "Ask as the user who runs securos-trigger. It need not be restarted.",
        "Stop it and start it again, if that goes on.",
    ]


def test_a_process_that_has_the_outbox_and_cannot_be_asked_yet_is_starting(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())):  # what `run` opens before it listens
        now = datetime.now(UTC)
        report = service_status(config, now=now)
        assert (report.verdict, report.troubles, report.answer["pid"]) == (Verdict.STARTING, (), os.getpid())
        assert abs(age_s(report.answer["starting_since"], now)) < 300
        text = text_of(report, now)
        assert text.startswith("starting since ")
        assert f"process {os.getpid()} has the outbox" in " ".join(text.split())
        assert overview(config, now=now)["verdict"] == "starting"
        assert ledger_now(config).is_running
    assert service_status(config, now=datetime.now(UTC)).verdict is Verdict.NOT_RUNNING


def test_a_camera_may_be_sent_to_from_each_place_that_names_one(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    text = config.read_text()
    target = str(next(iter(read_config(config).trigger_nodes().values())).properties.target)

    def may_send_to(camera: str, text: str = text, of: str = target) -> bool:
        config.write_text(text)
        return setting_lines(config).may_send_to(of, camera)

    assert may_send_to("1")
    assert not may_send_to("7")
    assert not may_send_to("1", of="https://other:3443")
    assert may_send_to("7", text.replace("iss_camera_ids", 'health_camera_ids = "7"\niss_camera_ids', 1)), "a report"
    password = 'iss_ip = "vms.example"\niss_port = "3443"\niss_password = "x"\n'
    node = f'\n[[pipelines.nodes]]\ntype = "trigger_securos_event"\nevent_source = "built_in"\n{password}'
    broker = 'broker = "mqtts://b.example:8883", user = "u", password = "w"'
    site = (
        f'[[pipelines]]\nname = "nvr"\nsource = {{ type = "frigate", {broker} }}\ncameras = {{ gate = "7,8" }}\n{node}'
    )
    assert may_send_to("7", site, "https://vms.example:3443"), "a camera map"
    assert not may_send_to("1", site, "https://vms.example:3443")
    posts = f'[[pipelines]]\nname = "nvr"\nsource = {{ type = "lumeoevent", {broker}, topics = ["a/#"] }}\n{node}'
    assert may_send_to("99", posts, "https://vms.example:3443"), "an event that was posted names its cameras itself"
    assert may_send_to("7", "no TOML"), "nothing is known"


def test_the_line_of_a_property_is_found_by_the_address_of_its_node(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    lines = config.read_text().splitlines()
    line = setting_lines(config).line("iss_camera_ids", "yard/alarm")
    assert line is not None and lines[line - 1].startswith("iss_camera_ids")
    assert setting_lines(config).line("iss_camera_ids", "yard/gate/alarm") == line
    assert setting_lines(config).line("iss_certificate_sha256", "yard/alarm") is None
    assert setting_lines(config).with_line_of_url("Correct its url.", "yard") == "Correct its url."  # it is a file
    assert setting_lines(config).line("iss_camera_ids", "road/alarm") is None
    other = config.read_text().partition("[[pipelines]]")[2].replace('"yard"', '"yard/gate"')
    config.write_text(f"{config.read_text()}\n[[pipelines]]{other}")
    lines = config.read_text().splitlines()
    theirs = setting_lines(config).line("iss_camera_ids", "yard/gate/alarm")
    assert theirs is not None and theirs > line and lines[theirs - 1].startswith("iss_camera_ids")
    assert setting_lines(config).line("iss_camera_ids", "yard/alarm") == line
    assert setting_lines(config).line("iss_camera_ids", "yard/alarm/") is None
    config.write_text(config.read_text() + "intervall = 3\n")
    assert setting_lines(config).line("iss_camera_ids", "yard/alarm") is None


@pytest.mark.parametrize("url", ['"rtsp://10.0.0.7/yard"', '{ file = "camera-url" }'])
def test_the_line_of_the_address_of_a_camera_is_named(tmp_path: Path, url: str) -> None:
    (tmp_path / "camera-url").write_text("rtsp://user:word@10.0.0.7/yard")
    config = write_site(tmp_path)
    source = f'[pipelines.source]\ntype = "rtsp"\nurl = {url}\n\n'
    text = re.sub(r"(?m)^source = .*\n", "", config.read_text()).replace(
        "[[pipelines.nodes]]", f"{source}[[pipelines.nodes]]", 1
    )
    config.write_text(text)
    line = text[: text.index("url = ")].count("\n") + 1
    assert setting_lines(config).with_line_of_url("Correct the path in its url, then.", "yard") == (
        f"Correct the path in its url (line {line}), then."
    )
    assert setting_lines(config).with_line_of_url("Correct its url.", "gate") == "Correct its url."


@pytest.mark.parametrize(
    ("password", "fix"),
    [
        ('"token"', "Write TOKEN into iss_password (line 13), then RELOAD."),
        (
            '{ file = "token.txt" }',
            "Write TOKEN into FOLDER/token.txt, which iss_password (line 13) names, then RELOAD.",
        ),
        ('{ file = "s3cret" }', "Write TOKEN into the file that iss_password (line 13) names, then RELOAD."),
        (
            '{ env = "SITE_TOKEN" }',
            "Set the environment variable SITE_TOKEN that iss_password (line 13) names to RESTART.",
        ),
        ('{ env = "s3cret" }', "Set the environment variable that iss_password (line 13) names to RESTART."),
    ],
)
def test_a_refused_password_is_corrected_where_the_file_takes_it_from(
    tmp_path: Path, password: str, fix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token.txt").write_text("token")
    monkeypatch.setenv("SITE_TOKEN", "token")
    token = "the receiver's token (TOKEN of its script)"
    words = {
        "TOKEN": token,  # the first: the next one has the word, too
        "RESTART": f"{token}, then restart the service: a reload does not change its environment",
        "FOLDER": str(tmp_path),
        "RELOAD": "`securos-trigger reload CONFIG`",
    }
    for word, text in words.items():
        fix = re.sub(rf"\b{word}\b", text, fix)
    assert setting_lines(write_site(tmp_path, password=password)).password_fix(["yard/alarm"]) == fix


def test_nodes_with_the_same_password_are_named_by_their_lines(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    other = config.read_text().partition("[[pipelines]]")[2].replace('"yard"', '"road"')
    config.write_text(f"{config.read_text()}\n[[pipelines]]{other}")
    fix = setting_lines(config).password_fix(["yard/alarm", "yard/alarm", "road/alarm"])
    assert "iss_password (lines 13, 26), then" in fix
    assert setting_lines(config).password_fix([]) == ""
    assert setting_lines(config).password_fix(["gone/alarm"]) == ""


@pytest.mark.parametrize("password", ['"token"', '{ file = "token-NAME.txt" }'])
def test_a_file_is_parsed_once_however_many_nodes_have_a_refused_password(
    tmp_path: Path, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_site(tmp_path, password=password)
    head, _, pipeline = config.read_text().partition("[[pipelines]]")
    names = [f"p{number}" for number in range(300)]
    pipelines = (pipeline.replace('"yard"', f'"{name}"').replace("NAME", name) for name in names)
    config.write_text(head + "".join(f"[[pipelines]]{one}" for one in pipelines))
    for name in names:
        (tmp_path / f"token-{name}.txt").write_text("token")
    parsed: list[str] = []
    read = TomlLines._read

    def counted_read(lines: TomlLines) -> None:
        parsed.append("")
        read(lines)

    monkeypatch.setattr(TomlLines, "_read", counted_read)
    addresses = [f"{name}/alarm" for name in names]
    fix = setting_lines(config).password_fix(addresses)
    found = [setting_lines(config).cameras(address) for address in addresses]
    assert None not in found
    assert len(set(found)) == 300
    assert parsed == [""]
    assert "297 more" in fix
    assert len(fix) < 700 + 3 * len(str(tmp_path))


def test_the_cameras_of_a_node_are_in_it_or_in_the_camera_map_of_its_input(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    assert setting_lines(config).cameras("yard/alarm") == ("iss_camera_ids", 14)
    assert setting_lines(config).cameras("road/alarm") is None
    mapping = '{ source = "cam", objects = "items", label = "cls" }'
    source = f'{{ type = "generic", broker = "mqtt://127.0.0.1:9", topics = ["site/#"], mapping = {mapping} }}'
    text = (
        config.read_text()
        .replace('{ type = "file", path = "yard.avi" }', source)
        .replace('iss_camera_ids = "1, 2"', "")
    )
    config.write_text(text.replace('name = "yard"', 'name = "yard"\ncameras = { gate = "9" }'))
    assert setting_lines(config).cameras("yard/gate/alarm") == ("cameras of pipeline yard", 6)


@pytest.mark.skipif(not hasattr(os, "seteuid") or os.geteuid() != 0, reason="needs the rights of root")
def test_a_state_folder_of_another_user_is_left_to_what_says_so() -> None:
    with tempfile.TemporaryDirectory() as name:  # those of pytest are for their owner alone
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "state").mkdir(mode=0o700)
        site = write_site(folder)
        site.write_text(site.read_text().replace("outbox.sqlite", "state/outbox.sqlite"))
        site.chmod(0o644)
        os.seteuid(65_534)
        try:
            found = outbox_in_use(site), runs_elsewhere(site)
        finally:
            os.seteuid(0)
        assert found == (folder / "state/outbox.sqlite", None)
