"""The outbox knows of which pipeline an event is: nodes of several pipelines may have one id."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox, Search
from securos_trigger.runtime.control.row_json import row_json
from tests import builders

LIMIT_S = 60.0


def test_events_are_found_by_pipeline_and_node(tmp_path: Path) -> None:
    with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())) as outbox:
        for pipeline in ("square", "yard", ""):
            outbox.put(builders.event("2", node_id="zone_alarm", pipeline=pipeline, name=f"of {pipeline}"), "target")
        assert outbox.flush(LIMIT_S)

        def found(**wanted: str) -> list[object]:
            rows, _ = outbox.search(Search(**wanted))  # type: ignore[arg-type]
            return [row_json(row)["pipeline"] for row in rows]

        assert found(node_id="zone_alarm") == ["", "yard", "square"]
        assert found(node_id="zone_alarm", pipeline="square") == ["", "square"], "what is not known may be of any"
        assert found(node_id="line_alarm", pipeline="square") == []
