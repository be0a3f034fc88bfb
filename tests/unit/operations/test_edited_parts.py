"""Where the parts of a configuration stand that is being changed, and what they say of a receiver."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.editing import ConfigurationEdit
from securos_trigger.errors import NotFoundError
from securos_trigger.operations.edited_parts import node_number, pipeline_place, receiver_settings, with_receiver
from tests.unit.operations.site import write_site


def test_a_part_is_found_by_its_name_and_a_node_without_an_id_by_the_usual_one(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    site.write_text(site.read_text() + '\n[[pipelines.nodes]]\ntype = "detector"\n')
    edit = ConfigurationEdit(site)
    place = pipeline_place(edit, "yard")
    assert place == ("pipelines", 0)
    assert [node_number(edit, place, node) for node in ("alarm", "detector1")] == [0, 1]
    with pytest.raises(NotFoundError, match='there is no pipeline "gate" in the configuration'):
        pipeline_place(edit, "gate")
    with pytest.raises(NotFoundError, match='there is no node "gate" in the pipeline'):
        node_number(edit, place, "gate")


def test_a_node_gets_all_of_a_receiver_and_keeps_nothing_of_another(tmp_path: Path) -> None:
    edit = ConfigurationEdit(write_site(tmp_path))
    receiver = receiver_settings(edit, "yard/alarm")
    assert receiver == {"iss_ip": "vms.example", "iss_port": "3443", "iss_password": "token"}
    assert with_receiver({"id": "other", "iss_scheme": "http", "iss_port": "1"}, receiver) == {
        "id": "other",
        **receiver,
    }
