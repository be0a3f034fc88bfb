"""The properties: names, types, defaults, and mistakes that teach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from securos_trigger.model import Action, EventSource, TriggerMode
from securos_trigger.trigger.properties import TriggerProperties, json_schema, read_properties
from securos_trigger.trigger.property_check import check_properties

REQUIRED = {"iss_ip": "vms.example", "iss_password": "token"}


def read(**raw: Any) -> TriggerProperties:
    properties, mistakes = read_properties({**REQUIRED, **raw})
    assert not mistakes
    assert properties is not None
    return properties


def mistakes_of(**raw: Any) -> list[str]:
    properties, mistakes = read_properties({**REQUIRED, **raw})
    assert properties is None
    return [str(mistake) for mistake in mistakes]


def test_the_defaults_are_those_of_the_existing_node() -> None:
    properties = read()
    assert properties.enabled is True
    assert properties.iss_port == "3000"
    assert properties.iss_camera_ids is None
    assert properties.iss_action is Action.EVENT
    assert properties.record_duration == 5
    assert properties.event_source is EventSource.BUILT_IN
    assert properties.interval == 0
    assert (properties.trigger, properties.event_name, properties.event_description) == (None, None, None)


def test_our_own_properties_change_nothing_by_default() -> None:
    properties = read()
    assert properties.trigger_mode is TriggerMode.LEVEL
    assert (properties.hold, properties.record_max_lateness, properties.iss_scheme) == (0, 30, "https")
    assert (properties.iss_certificate_sha256, properties.iss_ca_file) == (None, None)


@pytest.mark.parametrize(
    ("given", "target"),
    [
        (None, "https://vms.example:3000"),
        ("", "https://vms.example:3000"),
        (" / ", "https://vms.example:3000"),
        ("/securos/gate/", "https://vms.example:3000/securos/gate"),
        ("gate%201", "https://vms.example:3000/gate%201"),
    ],
)
def test_the_path_of_a_receiver_behind_a_proxy_is_part_of_its_target(given: str | None, target: str) -> None:
    assert str(read(iss_ip="vms.example", iss_path=given).target) == target


@pytest.mark.parametrize("path", ["/a b", "/a?x=1", "/a#b", "/../a", "/a//b", "https://vms.example/a", "/tür"])
def test_what_is_no_path_is_refused(path: str) -> None:
    [mistake] = mistakes_of(iss_path=path)
    assert mistake.startswith("iss_path: ")


@pytest.mark.parametrize(
    ("given", "port"), [("3443", "3443"), (3443, "3443"), (" 80 ", "80"), ("1", "1"), (65535, "65535")]
)
def test_a_port_is_text_or_a_whole_number(given: object, port: str) -> None:
    assert read(iss_port=given).iss_port == port


@pytest.mark.parametrize("given", [0, 65536, "0", "65536", "", "http", "-1", "80.0", 80.0, True, None, "٣"])
def test_what_is_not_a_port_is_refused(given: object) -> None:
    [mistake] = mistakes_of(iss_port=given)
    assert mistake.endswith("is not a port\n    A port is a whole number from 1 to 65535.")


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("vms.example", "vms.example"),
        ("VMS.Example", "vms.example"),
        ("vms.example.", "vms.example"),
        ("FE80::1%Eth0", "fe80::1%Eth0"),
        ("10.0.0.7", "10.0.0.7"),
        ("[fe80::1]", "fe80::1"),
        (" ::1 ", "::1"),
        ("VMS_1", "vms_1"),
    ],
)
def test_a_host_is_a_name_or_an_address(given: str, host: str) -> None:
    assert read(iss_ip=given).iss_ip == host


def test_an_ipv6_address_stands_in_brackets_in_the_target() -> None:
    assert str(read(iss_ip="::1", iss_port=3443).target) == "https://[::1]:3443"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "iss_ip: is required and missing\n    Give the host name or the IP address of the SecurOS server."),
        (
            "http://vms:3000",
            (
                'iss_ip: "http://vms:3000" is a URL\n'
                "    Give the host alone; the port goes to iss_port, http or https to iss_scheme."
            ),
        ),
        ("vms:3000", 'iss_ip: "vms:3000" has a port in it\n    Write iss_ip = "vms" and iss_port = "3000".'),
        (
            "10.0.0.300",
            (
                'iss_ip: "10.0.0.300" is neither a host name nor an IP address\n    An IPv4 address has four numbers '
                "from 0 to 255 with points between, without leading zeros."
            ),
        ),
        (
            "two words",
            (
                'iss_ip: "two words" is neither a host name nor an IP address\n'
                "    Give one name, such as vms.example, or one address."
            ),
        ),
    ],
)
def test_a_wrong_host_says_what_is_wrong_with_it(given: str | None, message: str) -> None:
    assert mistakes_of(iss_ip=given) == [message]


def test_camera_ids_keep_their_order_and_lose_blanks_and_duplicates() -> None:
    assert read(iss_camera_ids=" 2, 1.17 ,2,1#4,").camera_ids == ("2", "1.17", "1#4")


@pytest.mark.parametrize("blank", [None, "", "  ", " , ,"])
def test_empty_camera_ids_tie_the_event_to_no_camera(blank: str | None) -> None:
    assert read(iss_camera_ids=blank).camera_ids == ()


def test_a_camera_id_written_as_a_number_is_refused_because_its_zeros_would_be_lost() -> None:
    assert mistakes_of(iss_camera_ids=1.10) == [
        'iss_camera_ids: 1.1 is a number, and camera ids are text\n    Write iss_camera_ids = "1.1".'
    ]


def test_custom_needs_a_trigger_and_a_name() -> None:
    assert mistakes_of(event_source="custom", trigger=" ") == [
        'trigger: is required with event_source = "custom" and missing',
        'event_name: is required with event_source = "custom" and missing',
    ]


def test_built_in_warns_of_what_it_does_not_use() -> None:
    assert read(trigger="a > 0", event_name="x", hold=1.0).warnings() == (
        'trigger: not used with event_source = "built_in".',
        'event_name: not used with event_source = "built_in": it takes the upstream event\'s name.',
        'trigger_mode, hold: not used with event_source = "built_in".',
    )


def test_a_recording_of_hours_is_warned_about() -> None:
    long = read(record_duration=30_000, iss_action="event_and_record")
    assert long.warnings() == ("record_duration: 30000 seconds are 8.3 hours; the unit is seconds.",)
    assert read(record_duration=30_000).warnings() == ()
    assert read(record_duration=3_600, iss_action="event_and_record").warnings() == ()


def test_http_is_allowed_and_warned_about() -> None:
    assert read(iss_scheme="http").warnings() == ('iss_scheme: with "http" the password is sent unencrypted.',)


def test_all_mistakes_are_reported_together() -> None:
    found = mistakes_of(iss_ip=None, iss_port=0, iss_acton="event", interval=-1, enabled="yes", iss_action="record")
    assert [line.split(":")[0] for line in found] == [
        "enabled", "iss_ip", "iss_port", "iss_action", "interval", "iss_acton",
    ]  # fmt: skip
    assert found[-1] == 'iss_acton: there is no such setting\n    Did you mean "iss_action"?'


def test_the_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECEIVER_TOKEN", "s3cret")
    password = read(iss_password={"env": "RECEIVER_TOKEN"}).iss_password
    assert password is not None
    assert password.get_secret_value() == "s3cret"


def test_the_secret_comes_from_the_first_line_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n# rotated in May\n")
    password = read(iss_password={"file": str(tmp_path / "token")}).iss_password
    assert password is not None
    assert password.get_secret_value() == "s3cret"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"env": "NOT_SET_ANYWHERE"}, "iss_password: the environment variable that `env` names is not set\n    Set it before the start. If this is the secret itself, write \"…\" instead of { env = \"…\" }."),
        ({"file": "/no/such"}, "iss_password: the file that `file` names cannot be read: No such file or directory\n    A relative path begins at the folder of the configuration file. The folder \"/\" exists; the rest of the path does not. If this is the secret itself, write \"…\" instead of { file = \"…\" }."),
        ({"vault": "x"}, 'iss_password: a secret is text, or a table with one key\n    Write { env = "NAME" } or { file = "PATH" }.'),
        (1234, 'iss_password: text in quotes is expected\n    Or { env = "NAME" }, or { file = "PATH" }.'),
        ("pass\nword", "iss_password: has characters that an HTTP header cannot have\n    Use letters, digits and punctuation of ASCII."),
    ],
)  # fmt: skip
def test_a_secret_that_cannot_be_had_says_why_without_showing_it(given: object, message: str) -> None:
    assert mistakes_of(iss_password=given) == [message]


def test_the_secret_never_shows() -> None:
    properties = read(iss_password="hunter2hunter2")
    shown = f"{properties!r} {properties} {properties.model_dump()} {properties.model_dump_json()}"
    assert "hunter2" not in shown


def test_a_mistake_elsewhere_does_not_show_the_secret() -> None:
    assert not any("hunter2" in text for text in mistakes_of(iss_password="hunter2hunter2", iss_port=0, interval="x"))


@pytest.mark.parametrize("given", ["AB" * 32, "sha256:" + "ab" * 32, ":".join(["ab"] * 32)])
def test_a_fingerprint_is_accepted_in_the_forms_people_copy(given: str) -> None:
    assert read(iss_certificate_sha256=given).iss_certificate_sha256 == "ab" * 32


def test_the_json_schema_agrees_with_the_model() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert list(schema["properties"])[:12] == [
        "enabled", "iss_ip", "iss_port", "iss_password", "iss_camera_ids", "iss_action", "record_duration",
        "event_source", "interval", "trigger", "event_name", "event_description",
    ]  # fmt: skip
    assert validator.is_valid(REQUIRED)
    assert validator.is_valid({**REQUIRED, "iss_port": 3443, "iss_password": {"env": "TOKEN"}})
    assert not validator.is_valid({**REQUIRED, "event_source": "custom"})
    assert validator.is_valid({**REQUIRED, "event_source": "custom", "trigger": "a", "event_name": "b"})
    assert not validator.is_valid({"iss_ip": "vms"})
    assert not validator.is_valid({**REQUIRED, "iss_acton": "event"})


def test_an_event_goes_to_at_most_64_cameras() -> None:
    ids = [str(number) for number in range(1, 66)]
    assert read(iss_camera_ids=",".join(ids[:64])).camera_ids == tuple(ids[:64])
    assert len(read(iss_camera_ids=",".join(ids[:64] * 2)).camera_ids) == 64, "one that is named twice counts once"
    assert mistakes_of(iss_camera_ids=",".join(ids)) == [
        "iss_camera_ids: 65 cameras are too many\n    A receiver takes at most 64 in one event."
    ]


@pytest.mark.parametrize(
    ("given", "shown"), [(None, "None"), (80.0, "80.0"), (True, "True"), ("x", '"x"'), ([80], "[80]")]
)
def test_a_port_that_is_none_is_shown_as_it_was_given(given: object, shown: str) -> None:
    assert mistakes_of(iss_port=given) == [
        f"iss_port: {shown} is not a port\n    A port is a whole number from 1 to 65535."
    ]


@pytest.mark.parametrize("name", ["event_name", "event_description", "trigger"])
def test_a_text_that_cannot_be_read_is_named(name: str) -> None:
    texts = {"event_source": "custom", "trigger": "go", "event_name": "Alarm", name: "{{ ("}
    _, mistakes = check_properties({**REQUIRED, **texts}, "pipelines[0]")
    assert [mistake.where for mistake in mistakes] == [f"pipelines[0].{name}"]


def test_what_plain_http_makes_of_certificates_is_a_warning() -> None:
    plain = 'iss_scheme: with "http" the password is sent unencrypted.'
    unused = 'iss_certificate_sha256, iss_ca_file: not used with iss_scheme = "http".'
    assert read(iss_scheme="http").warnings() == (plain,)
    assert read(iss_scheme="http", iss_certificate_sha256="ab" * 32).warnings() == (plain, unused)
    assert read(iss_certificate_sha256="ab" * 32).warnings() == ()


@pytest.mark.parametrize("camera_id", ["1٣", "１２", "٣"], ids=["mixed", "full width", "arabic"])
def test_digits_of_other_scripts_are_refused_as_the_receiver_refuses_them(camera_id: str) -> None:
    assert mistakes_of(iss_camera_ids=camera_id) == [
        (
            f'iss_camera_ids: "{camera_id}" is not a camera id\n'
            '    An id is made of the digits 0 to 9, dots and "#": 7, 1.17, 1#4.'
        )
    ]


def test_a_camera_id_has_at_most_64_characters() -> None:
    assert read(iss_camera_ids="1" * 64).camera_ids == ("1" * 64,)
    assert mistakes_of(iss_camera_ids="1" * 65) == [
        "iss_camera_ids: a camera id has 65 characters\n    A receiver takes at most 64."
    ]


@pytest.mark.parametrize("text", ["1;2", "1 ; 2", "1 2"])
def test_several_ids_without_commas(text: str) -> None:
    assert mistakes_of(iss_camera_ids=text) == [
        f'iss_camera_ids: "{text}" is not a camera id\n    Write commas between ids: "1, 2".'
    ]


@pytest.mark.parametrize(("ids", "text"), [([1, "2.17"], "1, 2.17"), (["1;2", " 3"], "1, 2, 3"), ([["1"], 2], "2")])
def test_a_list_of_camera_ids_shows_how_to_write_them(ids: list[object], text: str) -> None:
    assert mistakes_of(iss_camera_ids=ids) == [
        f'iss_camera_ids: is a list, and camera ids are text\n    Write iss_camera_ids = "{text}".'
    ]
