"""What pydantic finds becomes sentences with places and fixes, and repeats no secret."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.validation import custom_mistake, mistakes_from
from securos_trigger.validation.mistakes import checked_listening_host, mistakes_at


class Camera(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    mode: Literal["day", "night"] = "day"
    fps: int = 25
    is_on: bool = True
    labels: list[str] = []

    @field_validator("name")
    @classmethod
    def _known(cls, value: str) -> str:
        if value == "x":
            raise custom_mistake("is too short", "Use two letters.")
        if value == "y":
            raise ValueError("Has no meaning")
        return value


class Site(BaseModel):
    model_config = ConfigDict(extra="forbid")

    cameras: list[Camera] = []


def mistakes(raw: dict[str, Any]) -> list[Mistake]:
    with pytest.raises(ValidationError) as caught:
        Site.model_validate({"cameras": [{"name": "gate", **raw}]})
    return mistakes_from(caught.value, Site, "site")


@pytest.mark.parametrize(
    ("raw", "mistake"),
    [
        ({"fsp": 5}, Mistake("site.cameras[0].fsp", "there is no such setting", 'Did you mean "fps"?')),
        ({"name": None}, Mistake("site.cameras[0].name", "text in quotes is expected, not nothing")),
        ({"fps": 2.5}, Mistake("site.cameras[0].fps", "a whole number is expected, not 2.5")),
        ({"fps": "ten"}, Mistake("site.cameras[0].fps", 'a whole number is expected, not "ten"', "Write it in digits, without quotes and in the unit of the setting.")),
        ({"is_on": "yes"}, Mistake("site.cameras[0].is_on", 'true or false is expected (without quotes), not "yes"')),
        ({"labels": {}}, Mistake("site.cameras[0].labels", "a list [ … ] is expected, not a table")),
        ({"labels": "x" * 41}, Mistake("site.cameras[0].labels", f'a list [ … ] is expected, not "{"x" * 40}…"')),
        ({"name": "x"}, Mistake("site.cameras[0].name", "is too short", "Use two letters.")),
        ({"name": "y"}, Mistake("site.cameras[0].name", "has no meaning")),
        (
            {"mode": "nigth"},
            Mistake("site.cameras[0].mode", '"nigth" is not a possible value', 'One of: day, night. Did you mean "night"?'),
        ),
    ],
)  # fmt: skip
def test_a_mistake_has_its_place_its_sentence_and_its_fix(raw: dict[str, Any], mistake: Mistake) -> None:
    assert mistakes(raw) == [mistake]


def test_an_unknown_setting_of_the_top_table_gets_the_nearest_name() -> None:
    with pytest.raises(ValidationError) as caught:
        Site.model_validate({"camera": []})
    assert mistakes_from(caught.value, Site) == [
        Mistake("camera", "there is no such setting", 'Did you mean "cameras"?')
    ]


def test_a_setting_that_is_missing_is_said_to_be() -> None:
    with pytest.raises(ValidationError) as caught:
        Site.model_validate({"cameras": [{}]})
    assert mistakes_from(caught.value, Site) == [Mistake("cameras[0].name", "is required and missing")]


def test_an_unknown_type_gets_the_nearest_one() -> None:
    class Day(BaseModel):
        type: Literal["day"]

    class Night(BaseModel):
        type: Literal["night"]

    class Box(BaseModel):
        pass

    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[Day | Night, Field(discriminator="type")])
    for raw, mistake in (
        ({"type": "nite"}, Mistake("mode.type", 'there is no type "nite"', 'Did you mean "night"?')),
        ({}, Mistake("mode.type", "is required and missing")),
    ):
        with pytest.raises(ValidationError) as caught:
            adapter.validate_python(raw)
        assert mistakes_from(caught.value, Box, "mode") == [mistake]


EMPTY_FIX = "Leave it out: then it is 127.0.0.1, this machine only."


@pytest.mark.parametrize(
    ("host", "fix"),
    [
        (":9100", "Leave host out: then it is 127.0.0.1, this machine only. The port has a setting of its own."),
        ("http://", "Leave host out: then it is 127.0.0.1, this machine only."),
        ("[]:9100", "Leave host out: then it is 127.0.0.1, this machine only. The port has a setting of its own."),
        ("[::1]:9100", 'Write host = "::1". The port has a setting of its own.'),
        ("http://[::1]/metrics", 'Write host = "::1".'),
        ("10.0.0.7:9100", 'Write host = "10.0.0.7". The port has a setting of its own.'),
        *((one, f'{EMPTY_FIX} All addresses: host = "0.0.0.0".') for one in ("", " ", "[]", "[ ]")),
        (" 10.0.0.7", 'Write host = "10.0.0.7".'),
        ("10.0.0.7\n", 'Write host = "10.0.0.7".'),
    ],
)
def test_an_address_to_listen_on_is_checked_and_an_empty_one_opens_nothing(host: str, fix: str) -> None:
    with pytest.raises(ConfigurationError) as caught, mistakes_at("metrics.host"):
        checked_listening_host(host)
    assert [one.fix for one in caught.value.mistakes] == [fix]


@pytest.mark.parametrize(("host", "kept"), [("[::1]", "::1"), ("::1", "::1"), ("127.0.0.1", "127.0.0.1")])
def test_an_address_to_listen_on_needs_no_brackets(host: str, kept: str) -> None:
    assert checked_listening_host(host) == kept
