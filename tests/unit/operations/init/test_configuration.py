"""The first configuration: commented, whole, its secrets elsewhere, and never over another file."""

from __future__ import annotations

import stat
import threading
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from securos_trigger.config.reader import read_config
from securos_trigger.errors import ArgumentError
from securos_trigger.model import Target
from securos_trigger.operations.init import configuration
from securos_trigger.operations.init.configuration import Plan, write_configuration
from securos_trigger.operations.init.receiver import Receiver
from securos_trigger.operations.init.sources import Source, SourceCameras, SourceKind

RECEIVER = Receiver(Target("https", "vms", 3443), "T0ken", "ab" * 32)
FRIGATE = Plan(
    source=Source(
        kind=SourceKind.FRIGATE, address="http://frigate:5000", broker="mqtt://mq:1883", user="u", password="p"
    ),
    found=SourceCameras(
        ("gate", "yard", "attic"),
        detect_sizes=dict.fromkeys(("gate", "yard", "attic"), (1280, 720)),
        topic_prefix="site",
    ),
    receiver=RECEIVER,
    cameras={"gate": "1", "yard": "2,3"},
)


def test_a_configuration_for_frigate_is_whole_and_has_its_secrets_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    files = write_configuration(path, FRIGATE)
    assert path.read_text(encoding="utf-8") == (
        "# Made by `securos-trigger init`. Paths are relative to the folder of this file.\n"
        "# Check it after each change: securos-trigger check site.toml\n"
        "# The source: docs/inputs/frigate.md. Every setting: docs/reference.md.\n"
        "\n"
        "# Let Frigate publish with QoS 1: `qos: 1` below `mqtt:` in its configuration.\n"
        '# cameras: the source\'s name for a camera, and its ids in SecurOS, such as "1" or "2,3".\n'
        "# Without a row, so that they raise no event: attic.\n"
        "[[pipelines]]\n"
        'name = "frigate"\n'
        'source = { type = "frigate", broker = "mqtt://mq:1883", topic_prefix = "site", detect_size = [1280, 720], '
        'user = "u", password = { file = "site.source-password" } }\n'
        'cameras = { gate = "1", yard = "2,3" }\n'
        "\n"
        "# One event in SecurOS for each thing that begins. Conditions: docs/conditions.md.\n"
        '# iss_action: "event", or "event_and_record" to let SecurOS record, too.\n'
        "[[pipelines.nodes]]\n"
        'type = "trigger_securos_event"\n'
        'event_source = "built_in"\n'
        'iss_action = "event"\n'
        "send_bounding_boxes = true\n"
        'iss_ip = "vms"\n'
        'iss_port = "3443"\n'
        'iss_scheme = "https"\n'
        'iss_password = { file = "site.token" }\n'
        f'iss_certificate_sha256 = "{"ab" * 32}"\n'
    )
    assert read_config(path).warnings == ()
    assert [file.name for file in files] == ["site.toml", "site.source-password", "site.token"]
    assert (tmp_path / "site.token").read_text(encoding="utf-8") == "T0ken\n"
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_cameras_that_detect_in_different_sizes_have_one_each(tmp_path: Path) -> None:
    """Without a size the boxes of a camera would not be sent."""
    sizes = {"gate": (1280, 720), "yard": (640, 360), "attic": (320, 180)}
    path = tmp_path / "site.toml"
    write_configuration(path, replace(FRIGATE, found=SourceCameras(tuple(sizes), detect_sizes=sizes)))
    assert "detect_size = { gate = [1280, 720], yard = [640, 360] }" in path.read_text(encoding="utf-8")
    assert read_config(path).warnings == ()


def test_names_from_elsewhere_stay_text(tmp_path: Path) -> None:
    odd = 'a\nb = 1 # \x1b[2J"'
    plan = replace(FRIGATE, found=SourceCameras((odd, "other\n[x]")), cameras={odd: "1"})
    path = tmp_path / "site.toml"
    write_configuration(path, plan)
    assert tomllib.loads(path.read_text(encoding="utf-8"))["pipelines"][0]["cameras"] == {odd: "1"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (Source(kind=SourceKind.FILE, address="yard.mp4"), {"type": "file", "path": "yard.mp4", "realtime": True}),
        (Source(kind=SourceKind.RTSP, address="rtsp://cam/1"), {"type": "rtsp", "url": "rtsp://cam/1"}),
        (
            Source(kind=SourceKind.RTSP, address="rtsp://u:p@cam/1"),
            {"type": "rtsp", "url": {"file": "site.camera-url"}},
        ),
        (
            Source(kind=SourceKind.ONVIF, address="https://cam", user="u", password="p", certificate_sha256="cd" * 32),
            {
                "type": "onvif-pullpoint",
                "url": "https://cam",
                "device": "cam",
                "certificate_sha256": "cd" * 32,
                "user": "u",
                "password": {"file": "site.source-password"},
            },
        ),
    ],
)
def test_each_source_has_its_own_table(tmp_path: Path, source: Source, expected: object) -> None:
    path = tmp_path / "site.toml"
    write_configuration(path, replace(FRIGATE, source=source, found=SourceCameras(("cam",)), cameras={"cam": "1"}))
    read = tomllib.loads(path.read_text(encoding="utf-8"))["pipelines"][0]
    assert read["source"] == expected
    trigger = read["nodes"][-1]
    assert trigger.get("iss_camera_ids") == ("1" if source.kind.is_video else None)
    assert ("cameras" in read) is not source.kind.is_video
    assert read_config(path).pipelines[0].source.type == read["source"]["type"]


def test_secrets_in_files_of_the_person_are_not_copied(tmp_path: Path) -> None:
    token, password = tmp_path / "token", tmp_path / "password"
    plan = replace(FRIGATE, token_file=token, password_file=password)
    assert write_configuration(tmp_path / "site.toml", plan) == (tmp_path / "site.toml",)
    assert f'iss_password = {{ file = "{token}" }}' in (tmp_path / "site.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["site.toml", "site.token"])
def test_no_file_is_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(ArgumentError, match=f"there is a file .*{name} already"):
        write_configuration(tmp_path / "site.toml", FRIGATE)
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


def test_images_of_events_are_kept_only_where_that_was_wanted(tmp_path: Path) -> None:
    plan = replace(FRIGATE, source=Source(kind=SourceKind.FILE, address="yard.mp4"), cameras={"yard": "1"})
    write_configuration(tmp_path / "without.toml", plan)
    write_configuration(tmp_path / "with.toml", replace(plan, has_images=True))
    without, wanted = (read_config(tmp_path / name).images for name in ("without.toml", "with.toml"))
    assert without is None
    assert wanted is not None
    assert (wanted.max_size_mb, wanted.keep_days) == (500, 7)


def test_of_several_at_the_same_time_one_writes_its_files_whole_and_the_others_say_so(tmp_path: Path) -> None:
    plans = {
        f"T0ken{number}": replace(FRIGATE, receiver=replace(RECEIVER, token=f"T0ken{number}")) for number in range(4)
    }
    for turn in range(10):
        path = tmp_path / f"site{turn}.toml"
        ready = threading.Barrier(len(plans))
        won: list[str] = []
        refused: list[str] = []

        def write(token: str, plan: Plan, path: Path = path, ready: threading.Barrier = ready) -> None:
            ready.wait(30)
            try:
                write_configuration(path, plan)
                won.append(token)  # noqa: B023  the threads end within the turn
            except ArgumentError as error:
                refused.append(str(error))  # noqa: B023

        threads = [threading.Thread(target=write, args=one) for one in plans.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [len(won), len(refused)] == [1, 3]
        assert all("Choose another name." in one for one in refused)
        assert path.with_suffix(".token").read_text() == f"{won[0]}\n"
        assert read_config(path).pipelines[0].name == "frigate"


def test_what_cannot_be_written_whole_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _content: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(configuration, "write_new", full)
    with pytest.raises(ArgumentError, match="cannot be written: the disk is full"):
        write_configuration(tmp_path / "site.toml", FRIGATE)
    assert list(tmp_path.iterdir()) == []
