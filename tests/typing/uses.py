"""Uses of the public names that must type-check. Read by mypy, never run: test_public_types.py."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, assert_type

import securos_trigger
from securos_trigger import (
    Action,
    Condition,
    ConditionError,
    ConfigurationError,
    Decision,
    Event,
    MissingPartError,
    OutboxError,
    Reason,
    SecurosTriggerError,
    TemplateError,
    TriggerSecurOSEvent,
    VideoError,
    running,
)

metadata: Mapping[str, Any] = {"objects": [{"label": "car"}]}

# A condition is asked, and explains itself.
condition = Condition("any(o.label == 'car' for o in objects)")
assert_type(condition.fires(metadata), bool)
assert_type(condition.text, str)
assert_type(condition.paths, tuple[str, ...])
print(condition.explain(metadata))

# The bare node gives a decision for each frame.
node = TriggerSecurOSEvent(
    iss_ip="vms.example",
    iss_password="token",
    event_source="custom",
    trigger="alarm",
    event_name="Alarm",
    node_id="alarm",
    context={"deployment_name": "north"},
)
decision = node.process(metadata, at=12.48)
assert_type(decision, Decision)
assert_type(decision.reason, Reason)
assert_type(decision.events, tuple[Event, ...])
assert_type(decision.interval_left_s, float | None)
fired: bool = decision.reason == "fired"
for event in decision.events:
    assert_type(event.name, str)
    assert_type(event.camera_ids, tuple[str, ...])
    assert_type(event.action, Action)
    assert_type(event.captured_at, datetime | None)

# A node whose events are kept and delivered, from properties or from a file.
with running({"iss_ip": "vms.example", "iss_password": "token"}, outbox=Path("outbox.sqlite")) as live:
    assert_type(live.process(metadata), Decision)
    assert_type(live.process(metadata, 1.0, frame_size=(1920, 1080)), Decision)
    assert_type(live.process(metadata, 1.0, captured_at=datetime.now(UTC), source_name="gate"), Decision)
with securos_trigger.running("site.toml", node_id="alarm") as live:
    print(live.explain(datetime.now(UTC)))


# Every error of the package is caught by its base.
def first_error(action: Callable[[], object]) -> SecurosTriggerError | None:
    try:
        action()
    except ConditionError as error:
        assert_type(error.position, int)
        assert_type(error.message, str)
        return error
    except ConfigurationError as error:
        for mistake in error.mistakes:
            assert_type(mistake.where, str)
        return error
    except (TemplateError, OutboxError, VideoError, MissingPartError) as error:
        return error
    except SecurosTriggerError as error:
        return error
    return None
