"""What a program does to a configuration file is not taken for the work of a stranger."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.runtime.own_file import write_as_program, written_by


def test_a_file_is_of_the_program_that_wrote_it_until_another_one_changes_it(tmp_path: Path) -> None:
    config = tmp_path / "demo.toml"
    config.write_text("[console]\n")
    assert written_by(config) == ""
    write_as_program(config, "[console]\nport = 1\n", "the demo")
    assert (config.read_text(), written_by(config)) == ("[console]\nport = 1\n", "the demo")
    config.write_text("[console]\nport = 2\n")
    assert written_by(config) == ""
    (tmp_path / "demo.toml.writer").write_text("no JSON")
    assert written_by(config) == ""
