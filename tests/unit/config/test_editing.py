"""A configuration file is changed as a person would: comments stay, nothing else changes, no person's change is lost."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.editing import ConfigurationEdit
from securos_trigger.config.reader import digest_of
from securos_trigger.config.versions import digest_of_file, previous_of, restore_previous
from securos_trigger.errors import ArgumentError, ConfigurationChangedError, ConfigurationError

SITE = """\
# The yard.
time_zone = "Europe/Berlin"   # where it stands

[outbox]
path = "outbox.sqlite"

[[pipelines]]
name = "yard"
source = { type = "rtsp", url = "rtsp://camera" }  # the camera

[[pipelines.nodes]]
type = "detector"    # finds people

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
# Half a minute is enough.
interval = 30        # seconds
trigger = 'objects[0].label == "person"'
iss_ip = "vms"

[[pipelines]]
name = "gate"
source = { type = "file", path = "gate.mp4" }
nodes = [{ type = "detector" }]
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE, encoding="utf-8")
    return path


def test_a_value_is_replaced_and_every_other_character_stays(site: Path) -> None:
    edit = ConfigurationEdit(site)
    edit.set(("pipelines", "yard", "nodes", "alarm", "interval"), 60)
    edit.save()
    assert site.read_text(encoding="utf-8") == SITE.replace("interval = 30 ", "interval = 60 ")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("time_zone",), "UTC"),
        (("outbox", "max_size_mb"), 100),
        (("pipelines", 0, "nodes", 1, "trigger"), 'a == "b" and c != \'d\'\nor "\\\\" == """x"""'),
        (("pipelines", "yard", "nodes", "alarm", "trigger"), 'objects[0].label == "car"'),
        (("pipelines", "yard", "nodes", "alarm", "iss_password"), {"file": "/run/token"}),
        (("pipelines", "yard", "nodes", "alarm", "iss_camera_ids"), "1,2"),
        (("pipelines", "yard", "cameras"), {"gate": "1", "nvr#2": "2,3", "*": "9"}),
        (("pipelines", "gate", "nodes", 0, "keep"), ("person", "car")),
        (("pipelines", "gate", "source", "path"), "Straße\t\x7f\u2028.mp4"),
        (("health",), {"enabled": True, "after_s": 1.5}),
    ],
)
def test_what_is_set_is_what_the_file_says_and_nothing_else(site: Path, place: Any, value: Any) -> None:
    edit = ConfigurationEdit(site)
    edit.set(place, value)
    edit.save()
    text = site.read_text(encoding="utf-8")
    assert [line for line in SITE.splitlines() if "#" in line] == [
        line if "time_zone" not in line else SITE.splitlines()[1]
        for line in text.splitlines()
        if "#" in line and "nvr#2" not in line
    ]
    assert ConfigurationEdit(site).get(place) == (list(value) if isinstance(value, tuple) else value)
    again = ConfigurationEdit(site)
    was = tomllib.loads(SITE)
    step = was
    *steps, last = ({"yard": 0, "gate": 1, "alarm": 1}.get(one, one) for one in place)
    for one in steps:
        step = step[one]
    again.set(place, step[last]) if last in step else again.remove(place)
    assert tomllib.loads(again.text()) == was


def test_a_text_keeps_the_quotes_that_the_old_one_had(site: Path) -> None:
    edit = ConfigurationEdit(site)
    edit.set(("pipelines", "yard", "nodes", "alarm", "trigger"), 'objects[0].label == "car"')
    assert "trigger = 'objects[0].label == \"car\"'\n" in edit.text()


@pytest.mark.parametrize("pipeline", ["yard", "gate"])
def test_a_table_is_added_at_the_end_of_its_list_in_the_form_of_the_list(site: Path, pipeline: str) -> None:
    edit = ConfigurationEdit(site)
    before = edit.get(("pipelines", pipeline, "nodes"))
    edit.append(("pipelines", pipeline, "nodes"), {"type": "event", "id": "note", "labels": ["a"]})
    edit.save()
    found = tomllib.loads(site.read_text(encoding="utf-8"))["pipelines"][["yard", "gate"].index(pipeline)]["nodes"]
    assert found == [*before, {"type": "event", "id": "note", "labels": ["a"]}]
    assert "# Half a minute is enough." in edit.text()


def test_the_first_table_of_a_list_makes_the_list(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("# Nothing yet.\npipelines = []\n", encoding="utf-8")
    edit = ConfigurationEdit(path)
    edit.append(("pipelines",), {"name": "yard", "source": {"type": "file", "path": "a.mp4"}})
    edit.append(("pipelines", "yard", "nodes"), {"type": "detector"})
    edit.append(("pipelines",), {"name": "gate", "source": {"type": "file", "path": "b.mp4"}})
    edit.save()
    assert path.read_text(encoding="utf-8") == (
        '# Nothing yet.\n[[pipelines]]\nname = "yard"\nsource = {type = "file", path = "a.mp4"}\n'
        '[[pipelines.nodes]]\ntype = "detector"\n\n[[pipelines]]\nname = "gate"\nsource = {type = "file", path = "b.mp4"}\n'
    )


def test_the_version_before_is_kept_and_can_be_restored_and_the_change_too(site: Path) -> None:
    edit = ConfigurationEdit(site)
    edit.set(("time_zone",), "UTC")
    assert edit.save() == digest_of(site.read_text(encoding="utf-8"))
    assert previous_of(site).read_text(encoding="utf-8") == SITE
    restore_previous(site, digest=digest_of_file(site))
    assert site.read_text(encoding="utf-8") == SITE
    restore_previous(site, digest=digest_of_file(site))
    assert tomllib.loads(site.read_text(encoding="utf-8"))["time_zone"] == "UTC"


def test_without_a_version_before_there_is_nothing_to_restore(site: Path) -> None:
    with pytest.raises(ArgumentError, match="there is no version of"):
        restore_previous(site, digest=digest_of_file(site))


def test_a_file_that_somebody_else_has_changed_is_not_replaced(site: Path) -> None:
    edit = ConfigurationEdit(site)
    edit.set(("time_zone",), "UTC")
    site.write_text(SITE + "# a note\n", encoding="utf-8")
    with pytest.raises(ConfigurationChangedError, match="it has changed since it was read"):
        edit.save()
    assert site.read_text(encoding="utf-8") == SITE + "# a note\n"
    assert not previous_of(site).exists()


def test_a_file_can_be_changed_again_after_it_was_saved(site: Path) -> None:
    edit = ConfigurationEdit(site)
    edit.set(("time_zone",), "UTC")
    edit.save()
    edit.set(("time_zone",), "Asia/Tokyo")
    edit.save()
    assert tomllib.loads(previous_of(site).read_text(encoding="utf-8"))["time_zone"] == "UTC"


def test_line_ends_mark_mode_and_link_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "site.toml"
    real.write_bytes(b"\xef\xbb\xbf" + SITE.replace("\n", "\r\n").encode())
    real.chmod(0o640)
    link.symlink_to(real)
    edit = ConfigurationEdit(link)
    edit.set(("time_zone",), "UTC")
    edit.save()
    assert real.read_bytes() == b"\xef\xbb\xbf" + SITE.replace("Europe/Berlin", "UTC").replace("\n", "\r\n").encode()
    assert link.is_symlink()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (real, previous_of(real))} == {0o640}


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (("pipelines", "yrad", "name"), "there is no pipelines.yrad in "),
        (("pipelines", 7, "name"), "there is no pipelines.7 in "),
        (("time_zone", "x"), "time_zone is not a table"),
        ((), "the file does not end in the name of a setting"),
        (("pipelines", 0), "pipelines.0 does not end in the name of a setting"),
    ],
)
def test_a_place_that_is_not_there_is_named(site: Path, place: Any, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        ConfigurationEdit(site).set(place, 1)


def test_a_table_cannot_be_added_to_what_is_no_list(site: Path) -> None:
    with pytest.raises(ArgumentError, match="outbox is not a list of tables"):
        ConfigurationEdit(site).append(("outbox",), {"a": 1})


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a = ", "line 1"), (b"a = '\xff'", "the file is not UTF-8"), (None, "No such file or directory")],
)
def test_a_file_that_cannot_be_changed_is_refused_with_its_reason(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "site.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=said):
        ConfigurationEdit(path)
