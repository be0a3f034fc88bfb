"""The address of a camera for a page: without its secrets, and with them again when it is saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from securos_trigger.operations.edit_rules import edit_mistakes, shown, without_masks
from securos_trigger.validation.masking import MASK


def mistakes(values: dict[str, Any], old: dict[str, Any]) -> list[str]:
    return [str(one) for one in edit_mistakes(old, values, (), base=Path("/etc/site"), folders=[])]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("rtsp://10.0.0.5/strem1", "rtsp://10.0.0.5/strem1"),
        ("rtsp://viewer:s3cret@10.0.0.5:554/strem1", "rtsp://***@10.0.0.5:554/strem1"),
        ("rtsp://viewer:s3@cret@10.0.0.5/1", "rtsp://***@10.0.0.5/1"),
        ("http://cam/video?user=admin&pwd=s3cret&channel=1", "http://cam/video?user=admin&pwd=***&channel=1"),
        ("rtsps://nvr:7441/s3cretAb3dE5gH7?enableSrtp", "rtsps://nvr:7441/***?enableSrtp"),
        ("rtsp://cam/Streaming/Channels/101", "rtsp://cam/Streaming/Channels/101"),
        ("rtsp://viewer:s3cret/10.0.0.5/1", MASK),
        ("rtsp://viewer:s3cret%40cam/1", MASK),
        ("rtsp://viewer%3As3cret%40cam:554/1", MASK),
        ("rtsp://relay/?of=rtsp%3A%2F%2Fviewer%3As3cret%40cam", MASK),
        ("rtsp://viewer:s3cret#x@cam/1", MASK),
        ("rtsp:/viewer:s3cret@cam/1", MASK),
        ("viewer:s3cret@cam", MASK),
        ("rtsp://[::1/viewer:s3cret@cam", MASK),
    ],
)
def test_an_address_is_shown_without_its_secrets_and_stays_as_it_is(address: str, expected: str) -> None:
    assert shown("url", address) == expected
    assert "s3" not in expected
    assert without_masks({"url": expected}, {"url": address}) in ({}, {"url": address})


@pytest.mark.parametrize(
    ("address", "typed", "saved"),
    [
        ("rtsp://v:s3cret@cam:554/strem", "rtsp://***@cam:554/stream", "rtsp://v:s3cret@cam:554/stream"),
        ("rtsp://v:s3cret@cam/1", "rtsp://w:new@other/1", "rtsp://w:new@other/1"),
        ("http://cam/a?pwd=s3cret&x=1", "http://cam/b?x=2&pwd=***", "http://cam/b?x=2&pwd=s3cret"),
        ("http://cam/a?pwd=s3&token=cret", "http://cam/a?token=***&pwd=new", "http://cam/a?token=cret&pwd=new"),
        ("rtsps://nvr/Ab3dE5gH7jK9?x", "rtsps://nvr/***", "rtsps://nvr/Ab3dE5gH7jK9"),
    ],
)
def test_a_masked_address_that_is_edited_keeps_its_secrets(address: str, typed: str, saved: str) -> None:
    old = {"type": "rtsp", "url": address}
    assert without_masks({"url": typed}, old) == {"url": saved}
    assert mistakes({"url": saved}, old) == []


@pytest.mark.parametrize("key", ["url", "broker"])
@pytest.mark.parametrize(
    "typed",
    [
        "rtsp://***@evil.example/1?token=***",
        "rtsps://***@cam/1",
        "rtsp://***@cam:1/1",
        "rtsp://***@cam@evil.example/1",
        "rtsp://***@evil.example/#@cam/1",
        "rtsp://cam/***/1",
        "rtsp://***@cam/?name=***",
        "rtsp://***@cam/1?token=***&token=***",
    ],
)
def test_the_secrets_of_an_address_go_to_no_other_server_and_behind_no_other_name(key: str, typed: str) -> None:
    old = {"type": "rtsp", key: "rtsp://viewer:s3cret@cam/1?token=t0ken"}
    (value,) = without_masks({key: typed}, old).values()
    assert MASK in value
    assert "t0ken" not in value
    found = mistakes({key: value}, old)
    assert found[0].startswith(f"{key}: the secret behind *** is not kept for another server or another name")


def test_a_new_address_has_no_mask_in_it() -> None:
    assert mistakes({"url": "rtsp://***@cam/1"}, {"type": "rtsp"}) != []
