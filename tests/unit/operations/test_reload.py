"""A reload says what `check` says of what it has changed."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.operations.reload import reload_warnings
from tests.unit.operations.site import write_site

KINDS = ("detector", "tracker", "zone_presence")
ANALYTICS = "".join(f'[[pipelines.nodes]]\ntype = "{kind}"\n\n' for kind in KINDS)
PEOPLE = "nodes.annotate_presence1.rois.fullframe.current_objects_count"
TRIGGER = f'event_source = "custom"\nevent_name = "Person"\ntrigger = "{PEOPLE} > 0"\ninterval = 2'


def test_a_warning_that_a_change_brings_is_said_once(tmp_path: Path) -> None:
    config = write_site(tmp_path, trigger=TRIGGER)
    before = config.read_text().replace("[[pipelines.nodes]]", f"{ANALYTICS}[[pipelines.nodes]]", 1)
    config.write_text(before.replace("interval = 2", "interval = 0"))
    [said] = reload_warnings(config, before)
    assert "interval: is 0, and the condition can be true on many frames in a row: each is an event" in said
    assert reload_warnings(config, config.read_text()) == ()
    assert reload_warnings(config, None) == ()
    config.unlink()
    assert reload_warnings(config, before) == ()
