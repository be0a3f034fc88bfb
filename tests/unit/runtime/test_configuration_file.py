"""What the file of a running service says now."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.reader import read_config
from securos_trigger.config.settings import Settings
from securos_trigger.runtime import configuration_file
from securos_trigger.runtime.configuration_file import ConfigurationFile
from tests.unit.operations.site import write_site


def test_the_file_is_as_it_was_read(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    answer = ConfigurationFile(read_config(config)).answer()
    assert (answer["path"], answer["has_changed"]) == (str(config), False)
    assert (answer["changes"], answer["mistakes"]) == ([], "")


def test_the_text_as_it_was_read_is_kept_and_is_not_known_where_the_file_was_another_one_at_once(
    tmp_path: Path,
) -> None:
    config = write_site(tmp_path)
    text = config.read_text()
    settings = read_config(config)
    file = ConfigurationFile(settings)
    config.write_text("a slip = = by hand\n")
    assert file.text == text
    assert ConfigurationFile(settings).text is None


def test_changed_settings_are_listed_until_they_are_changed_back(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    text = config.read_text()
    file = ConfigurationFile(read_config(config))
    config.write_text(text + "interval = 5\n")
    answer = file.answer()
    assert answer["has_changed"] is True
    assert answer["changes"] == [{"setting": "pipeline yard, node alarm, interval", "in_force": "0", "in_file": "5"}]
    config.write_text(text + "# only a remark\n")
    assert (file.answer()["has_changed"], file.answer()["changes"]) == (True, [])
    config.write_text(text)
    assert (file.answer()["has_changed"], file.answer()["changes"]) == (False, [])


def test_a_new_token_in_the_file_of_a_secret_is_seen_although_the_configuration_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret-old")
    config = write_site(tmp_path, password='{ file = "token" }')
    file = ConfigurationFile(read_config(config))
    (tmp_path / "token").write_text("s3cret-new")
    answer = file.answer()
    assert answer["has_changed"] is False
    assert answer["changes"] == [
        {"setting": "pipeline yard, node alarm, iss_password", "in_force": "***", "in_file": "***"}
    ]


def test_a_file_with_mistakes_and_one_that_is_gone_say_why(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    file = ConfigurationFile(read_config(config))
    config.write_text(config.read_text() + "intervall = 5\n")
    assert "intervall: there is no such setting" in file.answer()["mistakes"]
    config.unlink()
    answer = file.answer()
    assert answer["has_changed"] is None
    assert "the file cannot be read: No such file or directory" in answer["mistakes"]


def test_a_file_that_would_not_start_says_why_until_it_would(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    text = config.read_text()
    file = ConfigurationFile(read_config(config))
    head, trigger, rest = text.partition("[[pipelines.nodes]]")
    config.write_text(f'{head}[[pipelines.nodes]]\ntype = "function"\nfile = "mine.py"\n\n{trigger}{rest}')
    answer = file.answer()
    assert f"pipeline yard, node function1, file: there is no file {tmp_path / 'mine.py'}" in answer["mistakes"]
    assert answer["changes"] == []
    (tmp_path / "mine.py").write_text("def process_frame(frame, **kwargs):\n    pass\n")
    answer = file.answer()
    assert (answer["mistakes"], answer["changes"] != []) == ("", True)


def test_the_file_is_read_again_only_when_it_has_another_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = write_site(tmp_path)
    file = ConfigurationFile(read_config(config))
    read: list[str] = []

    def read_and_note(path: str, **options: bool) -> Settings:
        read.append(path)
        return read_config(path, **options)

    monkeypatch.setattr(configuration_file, "read_config", read_and_note)
    file.answer()
    assert read == []
    config.write_text(config.read_text() + "interval = 5\n")
    file.answer()
    file.answer()
    assert read == [str(config)]


def test_a_model_that_is_not_there_is_a_mistake_until_it_is(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    model = tmp_path / "people.onnx"
    model.write_bytes(b"\x08\x07 some bytes of a model")
    node = '[[pipelines.nodes]]\ntype = "detector"\nmodel = "people.onnx"\n\n[[pipelines.nodes]]'
    config.write_text(config.read_text().replace("[[pipelines.nodes]]", node, 1))
    file = ConfigurationFile(read_config(config))
    assert file.answer()["mistakes"] == ""
    model.unlink()
    assert f"node detector1, model: there is no file {model}" in file.answer()["mistakes"]
    assert file.answer()["has_changed"] is False
    model.write_bytes(b"\x08\x07 some bytes of a model")
    assert file.answer()["mistakes"] == ""


def test_a_mistake_about_a_folder_goes_when_the_folder_is_right(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    file = ConfigurationFile(read_config(config))
    (tmp_path / "state").write_text("a file where a folder should be")
    config.write_text(config.read_text().replace("outbox.sqlite", "state/outbox.sqlite"))
    assert f"{tmp_path / 'state'} is a file, so nothing can be in it" in file.answer()["mistakes"]
    (tmp_path / "state").unlink()
    assert file.answer()["mistakes"] == ""
