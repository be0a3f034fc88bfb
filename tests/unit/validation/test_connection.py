"""How a receiver is reached: one copy of each rule. The sentences for a configuration are in test_properties.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic_core import PydanticCustomError

from securos_trigger.errors import ConfigurationError
from securos_trigger.validation.connection import (
    ca_file_problem,
    check_address,
    normal_fingerprint,
    normal_host,
    normal_token,
)
from securos_trigger.validation.mistakes import mistakes_at

SHA256 = "ab" * 32


@pytest.mark.parametrize(
    "text",
    [
        SHA256,
        SHA256.upper(),
        ":".join(["AB"] * 32),
        f"  {SHA256}\n",
        f"SHA256:{SHA256}",
        f"sha256: {SHA256}",
        f"sha256 Fingerprint={SHA256}",
    ],
)
def test_a_fingerprint_is_read_in_every_usual_form(text: str) -> None:
    assert normal_fingerprint(text) == SHA256


@pytest.mark.parametrize(("text", "kind"), [(":".join(["AB"] * 20), "SHA-1"), ("md5", "MD5")])
def test_another_fingerprint_is_named(text: str, kind: str) -> None:
    with pytest.raises(ConfigurationError) as caught, mistakes_at("iss_certificate_sha256"):
        normal_fingerprint(text.replace("md5", "cd" * 16))
    assert f"is a fingerprint of {kind}, and one of SHA-256 is expected" in str(caught.value.mistakes[0])


@pytest.mark.parametrize("text", ["…", "<fingerprint>", "0" * 64, ":".join(["FF"] * 32), "0" * 40])
def test_a_placeholder_is_said_as_such(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught, mistakes_at("iss_certificate_sha256"):
        normal_fingerprint(text)
    assert str(caught.value.mistakes[0]).startswith("iss_certificate_sha256: this is a placeholder\n    Give the")


@pytest.mark.parametrize("text", ["", "ab" * 21, "ab" * 33, "xy" * 32, "ab" * 31 + "é1"])
def test_what_is_no_sha256_is_explained(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught, mistakes_at("iss_certificate_sha256"):
        normal_fingerprint(text)
    assert str(caught.value.mistakes[0]) == (
        f"iss_certificate_sha256: {'has 42 of the 64 digits of' if text == 'ab' * 21 else 'is not'} a SHA-256 fingerprint\n"
        "    Without this line `securos-trigger trust CONFIG` shows the whole one of a receiver, and remembers it; "
        "`openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE` prints that of a file."
    )


@pytest.mark.parametrize(
    ("text", "host"),
    [
        (" VMS.example. ", "vms.example"),
        ("10.0.0.7", "10.0.0.7"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("2001:db8:0:0::1", "2001:db8::1"),
        ("cam_server-1", "cam_server-1"),
        ("ÜBERWACHUNG.example.", "xn--berwachung-8db.example"),
    ],
)
def test_a_host_has_one_form(text: str, host: str) -> None:
    assert normal_host(text) == host
    assert normal_host(host) == host


@pytest.mark.parametrize(
    "text",
    ["", " ", "https://vms", "vms/path", "vms:3443", "10.0.0", "0.0.0.0", "::", "[::1]:3443", "a b", "-vms", "v" * 300],
)
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError):
        normal_host(text)


@pytest.mark.parametrize(("text", "address"), [("192.168.1.1/24", "192.168.1.1"), ("fe80::1/64", "fe80::1")])
def test_a_network_is_no_host_and_its_address_may_be(text: str, address: str) -> None:
    with pytest.raises(PydanticCustomError, match="is a network, and the address of one server is expected") as found:
        normal_host(text)
    assert (found.value.context or {})["fix"] == f'Write "{address}" if that is the server.'


def test_a_token_has_no_space_around_it_and_fits_into_a_header() -> None:
    assert normal_token(" s3cret\n") == "s3cret"
    for text in ("", "  ", "two\nlines", "pässword"):
        with pytest.raises(PydanticCustomError):
            normal_token(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("${TOKEN}", "a variable is not replaced here"),
        ("$TOKEN", "a variable is not replaced here"),
        ("%TOKEN%", "a variable is not replaced here"),
        ('"s3cret"', "the token has quotes around it"),
        ("AUTH_TOKEN=s3cret", "this is an assignment, and a token alone is expected"),
        ("export TOKEN=s3cret", "this is an assignment, and a token alone is expected"),
        ("/etc/securos-trigger/token", "this is the name of a file"),
        ("~/token", "this is the name of a file"),
    ],
)
def test_what_stands_around_a_token_elsewhere_is_not_a_token(text: str, what: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        normal_token(text)
    assert caught.value.message() == what


@pytest.mark.parametrize("text", ["/a+Bc/dE==", "$ecret", "$2b$12$abc", "a'b", "KEY", "100%", "%41%42", "Token=ab"])
def test_a_token_of_odd_signs_is_a_token(text: str) -> None:
    assert normal_token(text) == text


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("rtsp://cam.example/live", ""),
        ("rtsp://u:p:w@cam/live?a=1&b=${x", ""),
        ("rtsp://[2001:db8::1]:554/live", ""),
        ("rtsp://2001:db8::1/live", "an IPv6 address in a URL needs brackets"),
        ("rtsp://u:p@192.0.2.310/live", '"192.0.2.310" is neither a host name nor an IP address'),
        ("rtsp://10.0.0,9/live", "the host in the address is neither a host name nor an IP address"),
        ("rtsp://u:p@cam;1:554/live", "the host in the address is neither a host name nor an IP address"),
        ("rtsp://cam\\live", "the host in the address is neither a host name nor an IP address"),
        ("rtsp://cam..example/live", "the host in the address is neither a host name nor an IP address"),
        ("rtsp://u:p,w;x@cam_1.example.:554/live", ""),
        ("rtsp://überwachung.example/live", ""),
        ("rtsp://<host>/live", ""),
        ("udp://@:1234", ""),
        ("rtsp://[fe80::1%25eth0]/live", ""),
        ("rtsp://u,s:p#w@cam/live", ""),
        ("rtsp://cam/live 1", "the address has a space in it"),
        ("rtsp://u:${PW}@cam/live", "a variable such as ${NAME} is not replaced here"),
        ("rtsp://http://cam/live", "the address has :// twice"),
    ],
)
def test_an_address_that_cannot_be_reached_is_refused(url: str, what: str) -> None:
    said = ""
    try:
        check_address(urlsplit(url), "rtsp://host/path")
    except PydanticCustomError as error:
        said = error.message()
    assert said == what


def test_a_variable_is_to_be_read_from_the_environment_only_where_that_is_possible() -> None:
    fixes = []
    for is_secret in (True, False):
        with pytest.raises(PydanticCustomError) as refused:
            check_address(urlsplit("mqtt://${BROKER}"), "mqtt://host", is_secret=is_secret)
        fixes.append(str((refused.value.context or {})["fix"]))
    assert ["env" in fix for fix in fixes] == [True, False]


def test_a_ca_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    assert ca_file_problem(file) == f"{file} cannot be read: no such file or directory"
    file.write_text("not a certificate")
    assert ca_file_problem(file) == f"{file} cannot be read: it holds no certificate"


@pytest.mark.parametrize("text", ["…", "...", " … ", "<your value>", "<token>"])
@pytest.mark.parametrize("read", [normal_host, normal_token, normal_fingerprint])
def test_what_examples_have_in_the_place_of_a_value_is_not_one(read: Callable[[str], str], text: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        read(text)
    assert caught.value.message().endswith("is a placeholder")
    assert caught.value.context is not None
    assert str(caught.value.context["fix"]).startswith("Give the ")
