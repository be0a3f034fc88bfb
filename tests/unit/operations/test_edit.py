"""A change of a configuration is taken back, whatever the file has become by then."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.editing import ConfigurationEdit
from securos_trigger.config.versions import digest_of_file
from securos_trigger.errors import ArgumentError, ConfigurationChangedError, ConfigurationError, NotFoundError
from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.operations.edit_rules import RECEIVER_KEYS
from tests.unit.operations.site import write_site


def test_an_undo_over_a_file_broken_by_hand_puts_the_last_save_back_and_the_next_one_takes_that_back(
    tmp_path: Path,
) -> None:
    site = write_site(tmp_path)
    before = site.read_text()
    editor = ConfigEditor(site)
    with pytest.raises(ConfigurationChangedError):
        editor.undo("another")
    name = ConfigurationEdit(site).get(("pipelines", 0, "name"))
    node = ConfigurationEdit(site).get(("pipelines", 0, "nodes", 0, "id"))
    editor.change(PartChange(name, node, {"interval": 4}), digest_of_file(site))
    saved = site.read_text()
    assert saved != before
    for slip in ("a slip = = by hand\n", saved.replace("[[pipelines]]", 'no_key = "1"\n[[pipelines]]', 1)):
        site.write_text(slip)
        editor.undo(digest_of_file(site))
        assert site.read_text() == saved
        assert site.with_name(site.name + ".broken").read_text() == slip
    site.write_text(saved + "# by hand, and right\n")
    editor.undo(digest_of_file(site))
    assert site.read_text() == before


def test_an_undo_to_a_version_with_mistakes_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    """The file had a mistake, which the save has mended: nothing would run after a restart."""
    site = write_site(tmp_path)
    site.write_text(site.read_text().replace('id = "alarm"', 'id = "alarm"\nintervall = 5', 1))
    editor = ConfigEditor(site)
    editor.change(PartChange("yard", "alarm", removes=("intervall",)), digest_of_file(site))
    saved = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    with pytest.raises(ConfigurationError, match="intervall"):
        editor.undo(digest_of_file(site))
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == saved


def test_a_new_pipeline_sends_to_the_receiver_of_another_node_with_its_password(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    [pipeline] = ConfigurationEdit(site).get(("pipelines",))
    known = next(node for node in pipeline["nodes"] if node["type"] == "trigger_securos_event")
    editor, address = ConfigEditor(site), f"{pipeline['name']}/{known['id']}"
    source = {"type": "rtsp", "url": "rtsp://192.0.2.5/one"}
    node = {"type": "trigger_securos_event", "id": "second", "event_source": "built_in", "iss_camera_ids": "9"}
    elsewhere = {"iss_port": "1", "iss_scheme": "http", "iss_certificate_sha256": "01" * 32, "iss_path": "/theirs"}
    assert set(elsewhere) <= RECEIVER_KEYS
    editor.add_pipeline("gate", source, [{**node, **elsewhere}], digest_of_file(site), receiver_of=address)
    added = ConfigurationEdit(site).get(("pipelines", "gate", "nodes", "second"))
    assert added == {**node, **{key: value for key, value in known.items() if key in RECEIVER_KEYS}}
    assert {"iss_ip", "iss_password"} <= set(added)
    for wrong in ("gate/none", "none/alarm", "alarm"):
        with pytest.raises(NotFoundError):
            editor.add_pipeline("yard", source, [node], digest_of_file(site), receiver_of=wrong)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "null cannot be written to a TOML file"),
        ([1, None], "null cannot be written to a TOML file"),
        ({"a": {"b": None}}, "null cannot be written to a TOML file"),
        (b"1", "a value of type bytes cannot be written"),
        ("a \ud800 b", "half of a surrogate pair"),
        ({"\udfff": 1}, "half of a surrogate pair"),
    ],
)
def test_what_toml_does_not_have_is_refused_in_the_check_as_in_the_save(
    tmp_path: Path, value: object, said: str
) -> None:
    site = write_site(tmp_path)
    before, editor, change = site.read_text(), ConfigEditor(site), PartChange("yard", "alarm", {"event_name": value})
    with pytest.raises(ArgumentError, match=said):
        editor.draft(change)
    with pytest.raises(ArgumentError, match=said):
        editor.change(change, digest_of_file(site))
    with pytest.raises(ArgumentError, match=said):
        editor.add_node("yard", {"type": "event", "id": "new", "event_name": value}, "", digest_of_file(site))
    assert site.read_text() == before
