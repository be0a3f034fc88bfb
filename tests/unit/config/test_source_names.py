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
        (("/ch1/main", "/ch2/main"), ["10.0.0.9/ch1/main", "10.0.0.9/ch2/main"]),
        (("/Streaming/Channels/1601", "/Streaming/Channels/12802"), ["10.0.0.9/…/1601", "10.0.0.9/…/12802"]),
        (
            ("/axis-media/media.amp?camera=1&videocodec=h264", "/axis-media/media.amp?camera=2"),
            ["10.0.0.9/…/media.amp?camera=1", "10.0.0.9/…/media.amp?camera=2"],
        ),
        (
            ("/h264Preview_01_main", "//h265Preview_02_sub"),
            ["10.0.0.9/h264Preview_01_main", "10.0.0.9/h265Preview_02_sub"],
        ),
        (("/Preview_01_main", "/Preview_12_sub"), ["10.0.0.9/Preview_01_main", "10.0.0.9/Preview_12_sub"]),
        (
            ("/onvif/profile1/media.smp", "/onvif/profile2/media.smp"),
            ["10.0.0.9/onvif/profile1/media.smp", "10.0.0.9/onvif/profile2/media.smp"],
        ),
        (("/MediaInput/stream_1", "/MediaInput/stream_2"), ["10.0.0.9/…/stream_1", "10.0.0.9/…/stream_2"]),
        (("/onvif-media/media.amp?profile=1", "/Profile_2"), ["10.0.0.9/…/media.amp", "10.0.0.9/Profile_2"]),
        (("/live/ch00_0", "/live/ch01.264"), ["10.0.0.9/…/ch00_0", "10.0.0.9/…/ch01.264"]),
        (("/video.mjpg", "/hls/live/index.m3u8"), ["10.0.0.9/video.mjpg", "10.0.0.9/…/index.m3u8"]),
        (("/trackID=1", "/trackID=2"), ["10.0.0.9/trackID=1", "10.0.0.9/trackID=2"]),
        (("/1", "/2"), ["10.0.0.9/1", "10.0.0.9/2"]),
        (
            ("/a/key/realmonitor?channel=1", "/a/key/realmonitor?channel=2"),
            ["10.0.0.9/…?channel=1", "10.0.0.9/…?channel=2"],
        ),
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
        ("/admin/12345/ch1/main", "/admin/12345/ch2/main"),  # a login for a path
        ("/admin/123/ch1", "/admin/123/ch2"),
        ("/anna/hunter/live", "/anna/hunter/main"),
        ("/live/123456", "/live/654321"),
        ("/AbCdEfGhIjKlMnO", "/OnMlKjIhGfEdCbA"),  # a key of 15 letters
        ("/1234", "/4321"),  # a PIN
        ("/264123", "/264321"),
        ("/live1234", "/live4321"),
        ("/live/12-34-56", "/live/65-43-21"),
        ("/x?stream=Secret99", "/x?stream=Secret98"),
        ("/live?channel=123456", "/live?channel=654321"),
        ("/live?channel=main", "/live?channel=sub"),
        ("/live#ch1", "/live#ch2"),
        ("/live;ch1", "/live;ch2"),
        ("/%6cive/ch1", "/%6cive/ch2"),
    ],
)
def test_what_may_be_a_secret_is_in_no_name_and_the_pipeline_tells_the_sources_apart(ends: tuple[str, ...]) -> None:
    assert _cameras(*ends) == ["10.0.0.9 (p0)", "10.0.0.9 (p1)"]


@pytest.mark.parametrize(
    "urls",
    [
        ("rtmp://h.example/live/a1b2-c3d4-e5f6-g7h8-i9j0", "rtmp://h.example/live/j0i9-h8g7-f6e5-d4c3-b2a1"),
        ("rtmp://h.example/live/main", "rtmp://h.example/live/sub"),
        ("rtmps://h.example/live?channel=1", "rtmps://h.example/live?channel=2"),
        ("http://h.example/hls/s3cr3t-tok/index.m3u8", "http://h.example/hls/t0k-s3cr3t/index.m3u8"),
        ("udp://h.example:5000?channel=1", "udp://h.example:5000?channel=2"),
    ],
)
def test_of_a_stream_nothing_is_shown_that_may_open_it(urls: tuple[str, ...]) -> None:
    host = "h.example"
    assert _names(*(f'type = "stream", url = "{url}"' for url in urls)) == [f"{host} (p0)", f"{host} (p1)"]


def test_a_key_of_a_recorder_is_hidden_in_a_name_that_something_else_tells_apart() -> None:
    assert _cameras(":7441/Ab3dE5gH7jK9mN2p", ":7447/ch2") == ["10.0.0.9:7441", "10.0.0.9:7447"]
    assert _cameras(":7441/Ab3dE5gH7jK9mN2p", ":7441/ch2") == ["10.0.0.9:7441/…", "10.0.0.9:7441/ch2"]


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
