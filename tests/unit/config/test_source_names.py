"""What video sources without a name of their own are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings_changes import changes_between
from securos_trigger.runtime.reload_plan import plan_reload


def _file(*sources: str) -> str:
    return "".join(
        f'[[pipelines]]\nname = "p{number}"\nsource = {{ {source} }}\n' for number, source in enumerate(sources)
    )


def _names(*sources: str) -> list[str]:
    settings = parse_config(_file(*sources), base=Path("/site"))
    return [pipeline.source.source_name for pipeline in settings.pipelines]


def _cameras(*ends: str) -> list[str]:
    return _names(*(f'type = "rtsp", url = "rtsp://user:s3cret-pw@10.0.0.9{end}"' for end in ends))


def test_a_camera_that_shares_its_host_with_none_is_called_after_the_host() -> None:
    assert _cameras("/Streaming/Channels/101") == ["10.0.0.9"]
    others = [f'type = "rtsp", url = "rtsp://10.0.0.{number}:8554/live"' for number in (1, 2)]
    assert _names(*others) == ["10.0.0.1", "10.0.0.2"]


@pytest.mark.parametrize(
    ("ends", "names"),
    [
        (("/live", ":8554/live"), ["10.0.0.9", "10.0.0.9:8554"]),
        ((":554/live", ":8554/live"), ["10.0.0.9", "10.0.0.9:8554"]),
        (("/ch1", "/ch2"), ["10.0.0.9/ch1", "10.0.0.9/ch2"]),
        (("", "/ch2"), ["10.0.0.9", "10.0.0.9/ch2"]),
        (
            ("/Streaming/Channels/101", ":8554/Streaming/Channels/101", "/Streaming/Channels/201"),
            ["10.0.0.9/…/101", "10.0.0.9:8554/…/101", "10.0.0.9/…/201"],
        ),
        (
            ("/cam/realmonitor?channel=1&subtype=0&authbasic=YWJj", "/cam/realmonitor?channel=2&subtype=0"),
            ["10.0.0.9/…/realmonitor?channel=1&subtype=0", "10.0.0.9/…/realmonitor?channel=2&subtype=0"],
        ),
        (("/north/live", "/south/live"), ["10.0.0.9/north/live", "10.0.0.9/south/live"]),
    ],
)
def test_cameras_of_one_host_are_told_apart_by_as_little_as_is_needed(ends: tuple[str, ...], names: list[str]) -> None:
    assert _cameras(*ends) == names


@pytest.mark.parametrize(
    "ends",
    [
        ("/live?token=Ab3dE5gH", "/live?token=Zz9yX7wV"),  # a secret by its name
        ("/live?x=Ab3dE5gH", "/live?x=Zz9yX7wV"),  # a parameter that nobody knows
        ("/live?channel=Ab3dE5gH7jK9", "/live?channel=Zz9yX7wV5uT4"),  # rather a key than a number
        ("/Ab3dE5gH7jK9mN2p", "/Zz9yX7wV5uT4sR3q"),  # a key for a path, as of a UniFi recorder
        ("/AbcdEfghIjklMnop", "/ZyxwVutsRqpoNmlk"),  # one without a digit
        ("/user=admin_password=Ab3d_channel=1", "/user=admin_password=Zz9y_channel=1"),
        ("/password/Ab3dE5/live", "/password/Zz9yX7/live"),
    ],
)
def test_what_may_be_a_secret_is_in_no_name_and_the_pipeline_tells_the_sources_apart(ends: tuple[str, ...]) -> None:
    assert _cameras(*ends) == ["10.0.0.9 (p0)", "10.0.0.9 (p1)"]


def test_a_key_is_masked_in_a_name_that_something_else_tells_apart() -> None:
    assert _cameras("/Ab3dE5gH7jK9mN2p", "/ch2") == ["10.0.0.9/***", "10.0.0.9/ch2"]


def test_two_pipelines_of_one_camera_have_one_name_for_it() -> None:
    one, other = 'type = "rtsp", url = "rtsp://a:b@10.0.0.9/ch1"', 'type = "rtsp", url = "rtsp://c:d@10.0.0.9/ch1"'
    assert _names(one, other) == ["10.0.0.9", "10.0.0.9"]
    assert _names(one, other, one.replace("ch1", "ch2")) == ["10.0.0.9/ch1", "10.0.0.9/ch1", "10.0.0.9/ch2"]


def test_a_given_name_stays_and_no_other_source_gets_it() -> None:
    named = 'type = "rtsp", url = "rtsp://10.0.0.7/ch1", name = "10.0.0.9"'
    assert _names(named, 'type = "rtsp", url = "rtsp://10.0.0.9:8554/ch2"') == ["10.0.0.9", "10.0.0.9:8554"]
    assert _names(named, named.replace("ch1", "ch2")) == ["10.0.0.9", "10.0.0.9"]


def test_files_of_one_name_are_told_apart_by_their_folder() -> None:
    assert _names('type = "file", path = "north/yard.mp4"', 'type = "file", path = "south/yard.mp4"') == [
        "north/yard",
        "south/yard",
    ]
    assert _names('type = "file", path = "yard.mp4"', 'type = "file", path = "yard.avi"') == [
        "site/yard.mp4",
        "site/yard.avi",
    ]


def test_streams_of_one_host_are_told_apart_also_by_their_port() -> None:
    assert _names(*(f'type = "stream", url = "udp://[2001:db8::1]:{port}"' for port in (5000, 5001))) == [
        "[2001:db8::1]:5000",
        "[2001:db8::1]:5001",
    ]


def test_a_second_camera_of_a_host_does_not_start_the_first_one_again() -> None:
    first, second = (f'type = "rtsp", url = "rtsp://10.0.0.9/{end}"' for end in ("ch1", "ch2"))
    before, after = (parse_config(_file(*some), base=Path("/site")) for some in ([first], [first, second]))

    plan = plan_reload(before, after)

    assert (plan.added, plan.restarted) == (("p1",), ())
    assert [change.setting for change in changes_between(before, after)] == ["pipeline p1"]
