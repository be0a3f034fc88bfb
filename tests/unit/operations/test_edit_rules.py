"""What may be changed in a browser, and what only in the file itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.operations.edit_rules import (
    IS_CODE,
    IS_REFERENCE,
    NO_SECRETS,
    SECRET_KEYS,
    edit_mistakes,
    is_path_key,
    shown,
    without_masks,
)
from securos_trigger.operations.schema import input_schemas, part_schemas
from securos_trigger.validation.masking import MASK, is_secret_name

ALARM: dict[str, Any] = {
    "type": "trigger_securos_event",
    "id": "alarm",
    "iss_ip": "vms.example",
    "iss_password": "token",
    "trigger": "people > 0",
}


def mistakes(
    values: dict[str, Any], old: dict[str, Any] | None = None, removes: Sequence[str] = (), folder: Path | None = None
) -> list[str]:
    folders = [] if folder is None else [folder.resolve()]
    base = Path("/etc/site") if folder is None else folder
    return [
        str(one) for one in edit_mistakes(ALARM if old is None else old, values, removes, base=base, folders=folders)
    ]


def test_ordinary_values_may_be_changed() -> None:
    assert (
        mistakes({"trigger": "people > 3", "interval": 5, "lines": {"file": [[0, 0], [1, 1]]}}, removes=["hold"]) == []
    )


@pytest.mark.parametrize("old", [{}, {"type": "function", "file": "mine.py"}])
def test_code_is_changed_in_the_file_only(old: dict[str, Any]) -> None:
    assert mistakes({"type": "function", "file": "mine.py"}, old) == [f"type: {IS_CODE}"]


@pytest.mark.parametrize(
    "value",
    [{"file": "/etc/shadow"}, {"env": "SECRET"}, {"file": "a", "env": "b"}, [{"file": "x"}], {"a": {"env": "x"}}],
)
def test_nothing_may_refer_to_a_file_or_the_environment(value: Any) -> None:
    """Else the content of any file would be sent as a password to any host that an editor names."""
    for key in ("iss_password", "url", "event_name"):
        assert f"{key}: {IS_REFERENCE}" in mistakes({key: value}, {})


def test_a_reference_that_stands_in_the_file_stays_as_it_is() -> None:
    old = {**ALARM, "iss_password": {"file": "/run/secrets/token"}}
    assert mistakes({"iss_password": {"file": "/run/secrets/token"}, "interval": 3}, old) == []
    assert mistakes({"iss_password": "another"}, old) == [f"iss_password: {IS_REFERENCE}"]
    assert mistakes({}, old, removes=["iss_password"]) == [f"iss_password: {IS_REFERENCE}"]


@pytest.mark.parametrize(
    ("key", "value"),
    [("iss_ip", "evil.example"), ("iss_port", "1"), ("iss_scheme", "http"), ("iss_path", "/elsewhere")],
)
def test_another_receiver_needs_its_password_typed_anew(key: str, value: str) -> None:
    expected = f"{key}: the receiver is another one now\n    Type its password again."
    assert mistakes({key: value}) == [expected]
    assert mistakes({key: value, "iss_password": "typed"}) == []
    old = {**ALARM, key: value}
    assert mistakes({}, old, removes=[key]) == [expected]
    assert mistakes({key: value}, old) == []


def test_a_path_lies_in_the_folders_of_the_console_also_through_links(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "out").symlink_to("/etc")
    old = {"type": "file", "path": "/srv/there.mp4"}
    folder = tmp_path / "videos"

    def refused(path: str) -> bool:
        found = edit_mistakes(old, {"path": path}, (), base=tmp_path, folders=[folder.resolve()])
        return [one.what for one in found] == ["a file may be named in the folders of the console only"]

    assert not refused("videos/yard.mp4")
    assert not refused(str(folder / "deep" / "yard.mp4"))
    assert not refused("/srv/there.mp4"), "it stands there already"
    for path in ("/etc/passwd", "videos/../site.toml", "videos/out/passwd", "~/x.mp4", "x\0y", "videosX/yard.mp4"):
        assert refused(path), path
    assert mistakes({"path": "/etc/passwd"}, old) == [
        "path: a file may be named in the folders of the console only\n    Add its folder to folders in [console]."
    ]
    assert mistakes({"device": "/dev/video0"}, {"type": "usb"}) == []
    assert mistakes({"device": "/dev/sda"}, {"type": "usb"}) != []


@pytest.mark.parametrize("key", ["path", "model", "iss_ca_file", "device", "file", "mapping_file"])
def test_keys_that_name_files_are_known(key: str) -> None:
    assert is_path_key(key)


@pytest.mark.parametrize("kind", ["dahua", "hikvision", "onvif-pullpoint", "onvif-metadata"])
def test_a_key_that_is_a_path_elsewhere_may_be_a_name(kind: str) -> None:
    """The `device` of these is its name in the camera map, and that of a USB camera a file."""
    new = {"type": kind, "url": "http://camera", "user": "u", "password": "p", "device": "gate"}
    assert mistakes(new, {}) == []
    assert mistakes({"device": "yard"}, new) == []
    assert mistakes({"type": "usb", "device": "/dev/sda"}, new) != []
    assert mistakes({"mapping_file": "/etc/passwd"}, new) != []


@pytest.mark.parametrize("port", [3443, "3443"])
def test_a_number_and_its_text_are_the_same_receiver(port: int | str) -> None:
    old = {**ALARM, "iss_port": "3443" if isinstance(port, int) else 3443}
    assert mistakes({"iss_port": port}, old) == []
    assert mistakes({"iss_port": 3444}, old) != []


def test_the_path_of_a_proxy_is_no_file() -> None:
    assert not is_path_key("iss_path")


def test_the_secret_of_a_device_or_a_broker_goes_to_no_other_one() -> None:
    old = {"type": "frigate", "broker": "mqtt://frigate:1883", "password": "s3cret"}
    expected = "broker: the device is another one now\n    Type its password again."
    assert mistakes({"broker": "mqtt://evil.example:1883"}, old) == [expected]
    assert mistakes({"broker": "mqtt://evil.example:1883", "password": "typed"}, old) == []
    assert mistakes({"url": "rtsp://evil.example/"}, {"type": "rtsp", "url": "rtsp://user:password@camera/"}) == []


def test_a_masked_secret_stays_as_it_is() -> None:
    old = {"iss_password": "token", "url": "rtsp://u:p@camera/", "broker": "mqtt://u:p@frigate:1883", "event_name": "x"}
    masked = {key: shown(key, value) for key, value in old.items()}
    assert "p@" not in str(masked)
    assert without_masks({**masked, "event_name": "***"}, old) == {"event_name": "***"}
    assert without_masks(old, old) == old


def test_tokens_that_are_limited_to_cameras_are_hidden_and_stay_when_a_page_sends_them_back() -> None:
    old = {"tokens": [{"token": "a-token-of-the-gate", "cameras": ["gate"]}], "listen": "127.0.0.1:8090"}
    assert shown("tokens", old["tokens"]) == MASK
    assert without_masks({"tokens": MASK, "listen": "127.0.0.1:8091"}, old) == {"listen": "127.0.0.1:8091"}


FREE: dict[str, Any] = {
    "limit": 4,
    "is_strict": True,
    "api_key": "S3CR-1",
    "password": 12345,
    "url": "http://u:S3CR-2@h/x",
    "deep": {"token": "S3CR-3", "tokens": ["S3CR-4"], "name": "gate"},
    "list": ["postgres://u:S3CR-5@db/x", {"psk": "S3CR-6"}, ["host=db password=S3CR-7"]],
    "from_file": {"secret": {"file": "/run/secrets/x"}},
}


def test_a_persons_own_table_is_shown_without_its_secrets_at_every_depth() -> None:
    assert shown("arguments", FREE) == {
        "limit": 4,
        "is_strict": True,
        "api_key": MASK,
        "password": MASK,
        "url": MASK,
        "deep": {"token": MASK, "tokens": MASK, "name": "gate"},
        "list": [f"postgres://{MASK}@db/x", {"psk": MASK}, [f"host=db password={MASK}"]],
        "from_file": {"secret": {"file": "/run/secrets/x"}},
    }


def test_a_misspelt_secret_and_addresses_in_a_list_are_not_shown() -> None:
    assert shown("iss_pasword", "S3CR") == MASK
    assert shown("urls", ["rtsp://u:S3CR@camera/"]) == MASK
    assert shown("cameras", ["rtsp://u:S3CR@camera/"]) == [f"rtsp://{MASK}@camera/"]


def test_zones_and_fields_are_shown_whatever_their_names_are() -> None:
    zones = {"passage": [[0.0, 0.5], [1, 1]], "key room": [[0, 0]]}
    assert shown("rois", zones) == zones
    mapping = [{"topic": "a/b", "key": "data.id", "keep": {"passport": "data.passport"}}]
    assert shown("mapping", mapping) == mapping


def test_every_setting_whose_name_looks_like_a_secret_is_known_as_one_or_as_none() -> None:
    schemas = part_schemas()
    tables = [schemas["trigger"], *(one for name in ("nodes", "sources", "sinks") for one in schemas[name].values())]
    tables += [way for kind in input_schemas()["inputs"].values() for way in kind["ways"].values()]
    names = {name for table in tables for name in table["properties"] if is_secret_name(name)}
    assert names == SECRET_KEYS | NO_SECRETS


def test_a_masked_table_stays_as_it_is_and_a_changed_one_needs_its_secrets_again() -> None:
    old = {"type": "custom", "arguments": FREE}
    masked = {"arguments": shown("arguments", FREE)}
    assert without_masks(masked, old) == {}
    changed = {"arguments": {**masked["arguments"], "limit": 5}}
    assert "type it again" in " ".join(mistakes(without_masks(changed, old), old)).lower()
    assert mistakes({"arguments": {**FREE, "limit": 5}}, {"type": "custom", "arguments": {"limit": 4}}) == [
        f"arguments: {IS_REFERENCE}"
    ]
