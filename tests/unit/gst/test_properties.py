"""The properties of the element are those of the models."""

from __future__ import annotations

from securos_trigger.config.settings import IdentitySettings
from securos_trigger.gst.properties import dashed, element_properties, identity_values, node_values
from securos_trigger.trigger.properties import TriggerProperties, read_properties

PROPERTIES = element_properties()


def test_every_property_of_the_node_and_of_the_identity_is_there_with_dashes() -> None:
    for model in (TriggerProperties, IdentitySettings):
        for name, field in model.model_fields.items():
            one = PROPERTIES[dashed(name)]
            assert one.field == name
            assert one.default == ("" if field.default is None else field.default)


def test_choices_limits_and_words_are_those_of_the_model() -> None:
    mode, record = PROPERTIES["trigger-mode"], PROPERTIES["record-duration"]
    assert (mode.kind, mode.choices, mode.default) == ("choice", ("level", "rising_edge"), "level")
    assert PROPERTIES["iss-scheme"].choices == ("https", "http")
    assert (record.kind, record.minimum, record.maximum, record.default) == ("integer", 0, 86_400, 5)
    assert PROPERTIES["health-camera-ids"].blurb == (
        "SecurOS cameras on which the service reports trouble of its own, such as frames that stopped (docs/health.md); "
        "written as iss-camera-ids. Empty: it reports nothing."
    )


def test_no_words_have_markdown_and_the_password_alone_is_secret() -> None:
    assert [one.name for one in PROPERTIES.values() if "`" in one.blurb or not one.blurb.endswith(".")] == []
    assert [one.name for one in PROPERTIES.values() if one.is_secret] == ["iss-password"]


def test_what_counts_from_the_next_start_on_is_known() -> None:
    assert [one.name for one in PROPERTIES.values() if not one.is_live] == ["outbox", "ledger", "stream"]


def test_the_default_of_each_property_is_what_the_model_has_without_it() -> None:
    """To set a property to its default is the same as not to set it."""
    needed = {"iss-ip": "10.0.0.7", "iss-password": "token"}
    defaults = {one.name: one.default for one in PROPERTIES.values() if one.field in TriggerProperties.model_fields}
    written, mistakes = read_properties(node_values({**defaults, **needed}))
    bare, _ = read_properties(node_values(needed))
    assert mistakes == []
    assert written == bare


def test_hours_and_passwords_are_written_in_their_own_manner() -> None:
    values = {
        "active-hours": "mon-fri 22:00-06:00; sat,sun 00:00-24:00;",
        "iss-password-file": "/run/token",
        "iss-camera-ids": "",
        "stream": "yard",
        "deployment-id": "site",
    }
    assert node_values(values) == {
        "active_hours": ["mon-fri 22:00-06:00", "sat,sun 00:00-24:00"],
        "iss_password": {"file": "/run/token"},
        "iss_camera_ids": None,
    }
    assert identity_values(values) == {"deployment_id": "site"}
