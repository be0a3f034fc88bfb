"""A change of a configuration is taken back, whatever the file has become by then."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.editing import ConfigurationEdit
from securos_trigger.config.encoding import MAX_BYTES
from securos_trigger.config.reader import read_config
from securos_trigger.config.versions import digest_of_file, has_mistakes, put_back
from securos_trigger.errors import ArgumentError, ConfigurationChangedError, ConfigurationError, NotFoundError
from securos_trigger.operations.config_view import config_view
from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.operations.edit_rules import RECEIVER_KEYS
from securos_trigger.runtime.control import sockets
from securos_trigger.system.files import write_together
from securos_trigger.system.local_channel import ChannelServer
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


def test_a_save_and_an_undo_stand_where_the_service_does_not_answer_and_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for patience in ("_SILENT_AFTER_S", "_ALIVE_WITHIN_S"):
        monkeypatch.setattr(sockets, patience, 0.05)
    site, outbox = write_site(tmp_path), tmp_path / "outbox.sqlite"
    before, editor = site.read_text(), ConfigEditor(site)
    outbox.touch()
    with closing(ChannelServer(sockets.socket_path(outbox))):  # it listens, and answers nothing
        saved = editor.change(PartChange("yard", "alarm", {"interval": 4}), digest_of_file(site))
        assert saved.digest == digest_of_file(site)
        undone = editor.undo(saved.digest)
    assert site.read_text() == before
    for one in (saved, undone):
        assert one.reloaded is not None
        assert not one.reloaded.is_done
        assert one.reloaded.reason.startswith("The service does not answer: it hangs, or this machine is too busy")


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


def names_refused(site: Path, name: str, *, drawn: bool) -> None:
    """Give the name to everything that a person may name in a browser: each time it is refused, and nothing saved."""
    before, editor, digest = site.read_text(), ConfigEditor(site), digest_of_file(site)
    source = {"type": "rtsp", "url": "rtsp://192.0.2.5/one"}
    node = {"type": "event", "id": name}
    zone = {"type": "zone_presence", "id": "zone", "units": "pixels", "rois": {name: [[0, 0], [9, 0], [9, 9]]}}
    line = {"type": "line_counter", "id": "line", "units": "pixels", "lines": {name: [[0, 0], [9, 0]]}}
    attempts: list[Callable[[], object]] = [
        lambda: editor.change(PartChange("yard", "alarm", {"id": name}), digest),
        lambda: editor.draft(PartChange("yard", "alarm", {"id": name})),
        lambda: editor.add_node("yard", node, "", digest),
        lambda: editor.add_pipeline(name, source, [], digest),
        lambda: editor.add_pipeline("gate", source, [node], digest),
    ]
    if drawn:
        attempts += [
            lambda: editor.change(PartChange("yard", values={"name": name}), digest),
            lambda: editor.change(PartChange("yard", cameras={name: "1"}), digest),
            lambda: editor.add_pipeline("gate", source, [], digest, {name: "1"}),
            lambda: editor.add_node("yard", zone, "", digest),
            lambda: editor.add_node("yard", line, "", digest),
        ]
    for attempt in attempts:
        with pytest.raises(ConfigurationError, match=r"the name .* (must|has)"):
            attempt()
        assert site.read_text() == before


@pytest.mark.parametrize("name", ["a/b", "../../x", ".", ".."])
def test_a_new_name_of_a_pipeline_or_a_node_must_fit_an_address(tmp_path: Path, name: str) -> None:
    names_refused(write_site(tmp_path), name, drawn=False)


@pytest.mark.parametrize("name", ["x\n[console]", "x\x1b[2J", "\u202egnp", " "])
def test_a_new_name_must_be_one_line_that_steers_no_other_text(tmp_path: Path, name: str) -> None:
    names_refused(write_site(tmp_path), name, drawn=True)


@pytest.mark.parametrize("name", ["a/b", ".", "..", "\u202egnp"])
def test_a_name_that_stands_in_the_file_stays_or_is_given_up_or_goes_with_its_node(tmp_path: Path, name: str) -> None:
    site = write_site(tmp_path)
    text = site.read_text().replace('name = "yard"', f'name = "{name}"').replace('id = "alarm"', f'id = "{name}"')
    site.write_text(text)
    editor = ConfigEditor(site)
    editor.change(PartChange(name, name, {"id": name, "interval": 4}), digest_of_file(site))
    editor.change(PartChange(name, name, {"id": "alarm"}), digest_of_file(site))
    site.write_text(text)
    editor.remove_node(name, name, digest_of_file(site))
    editor.remove_pipeline(name, digest_of_file(site))
    assert "pipelines" not in tomllib.loads(site.read_text())


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


def test_a_file_that_is_a_link_to_itself_or_far_too_large_is_refused_with_a_sentence(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    good, digest = site.read_text(), digest_of_file(site)
    site.unlink()
    for make, why in (
        (lambda: site.symlink_to(site.name), "the file cannot be read: "),
        (lambda: site.write_text(good + "#" * MAX_BYTES), "the file is larger than 4 MB"),
    ):
        make()
        for refused in (
            lambda: ConfigEditor(site).undo(digest),
            lambda: ConfigEditor(site).remove_pipeline("yard", digest),
            lambda: read_config(site),
            lambda: put_back(site, good, digest=digest),
            lambda: config_view(site),
        ):
            with pytest.raises(ConfigurationError) as caught:
                refused()
            assert why in str(caught.value)
        assert has_mistakes(site)
        site.unlink()


BY_HAND = '[identity]\ndeployment_id = "by hand"\n\n'


@pytest.mark.parametrize("how", ["a save", "an undo", "an undo over mistakes", "a version put back"])
def test_a_change_by_hand_while_the_files_of_a_save_are_written_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    site = write_site(tmp_path)
    editor, change, fsync = ConfigEditor(site), PartChange("yard", "alarm", {"interval": 4}), os.fsync
    editor.change(PartChange("yard", "alarm", {"interval": 3}), digest_of_file(site))
    if how == "an undo over mistakes":
        site.write_text(site.read_text() + "a slip = = by hand")
    seen, digest = site.read_text(), digest_of_file(site)
    acts: dict[str, Callable[[], object]] = {
        "a save": lambda: editor.change(change, digest),
        "a version put back": lambda: put_back(site, seen + "# More.\n", digest=digest),
    }
    before = {one.name: one.read_text() for one in tmp_path.iterdir()}

    def slowly(descriptor: int) -> None:
        fsync(descriptor)
        site.write_text(BY_HAND + seen)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", slowly)
        with pytest.raises(ConfigurationChangedError):
            acts.get(how, lambda: editor.undo(digest))()
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {**before, site.name: BY_HAND + seen}


@pytest.mark.parametrize("how", ["a save", "an undo"])
def test_the_changes_of_a_save_are_its_own_whatever_a_person_changes_directly_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    site = write_site(tmp_path)
    editor, change = ConfigEditor(site), PartChange("yard", "alarm", {"interval": 4})
    if how == "an undo":
        editor.change(change, digest_of_file(site))

    def then_by_hand(*contents: Any, **how: Any) -> None:
        write_together(*contents, **how)
        site.write_text(BY_HAND + site.read_text())

    with monkeypatch.context() as patch:
        patch.setattr("securos_trigger.config.versions.write_together", then_by_hand)
        saved = editor.change(change, digest_of_file(site)) if how == "a save" else editor.undo(digest_of_file(site))
    assert site.read_text().startswith(BY_HAND)
    [found] = saved.changes or []
    assert found["setting"].endswith("interval")
    assert "4" in (found["before"], found["after"])
