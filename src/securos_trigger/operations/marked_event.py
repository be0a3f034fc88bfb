"""Send one event that says it is a test, as a trigger node would: its templates, its receiver, the answer read back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from securos_trigger.config.settings import Settings, TriggerSettings
from securos_trigger.delivery.webhook import Webhook
from securos_trigger.doctor import ReadOnlyTrust
from securos_trigger.doctor.texts import delivery_of
from securos_trigger.model import Action, Delivered, Delivery, Moment, Outcome, Partial, Refused, StepResult
from securos_trigger.model.event_texts import MAX_NAME_CHARACTERS
from securos_trigger.model.failed_steps import failed_steps
from securos_trigger.notices import Announcer
from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.operations.frames import ShownFrame
from securos_trigger.operations.trial import trigger_of
from securos_trigger.runtime.connections import connection, trust_store
from securos_trigger.trigger.event_writer import EventWriter

MARK: Final = "TEST: "


def send_marked_event(editor: ConfigEditor, change: PartChange, frame: ShownFrame | None) -> dict[str, Any]:
    """Send it now, without recording and subtitle; the keys of docs/console_api.md.

    ConfigurationError: the node with its change has mistakes, or its secret is not to be found here.
    """
    settings = editor.draft(change, has_secrets=True)
    trigger = trigger_of(settings, change)
    delivery = _marked(settings, trigger, frame)
    outcome = asyncio.run(_sent(settings, trigger, delivery))
    results = outcome.results if isinstance(outcome, Delivered | Partial) else ()
    return {
        "is_delivered": isinstance(outcome, Delivered),
        "answer": _sentence(outcome),
        "status": outcome.status if isinstance(outcome, Refused) else None,
        "steps": [_step(one) for one in results],
        "event": {
            "event_id": delivery.event_id,
            "name": delivery.name,
            "description": delivery.description,
            "camera_ids": list(delivery.camera_ids),
            "target": delivery.target,
        },
    }


def _marked(settings: Settings, trigger: TriggerSettings, frame: ShownFrame | None) -> Delivery:
    """The event of the newest frame; where there is none, of one on which nothing was seen."""
    metadata: Mapping[str, Any] = frame.metadata if frame is not None else {}
    size = frame.answer.get("size") if frame is not None else None
    source_name = str(frame.answer.get("source") or "") if frame is not None else ""
    now_s = time.time()
    moment = Moment(0.0, datetime.fromtimestamp(now_s, UTC), source_name)
    writer = EventWriter(trigger.properties, settings.context(trigger.id))
    event = writer.custom(metadata, moment, tuple(size) if size else None)
    name = f"{MARK}{event.name}"[:MAX_NAME_CHARACTERS]
    marked = replace(event, name=name, action=Action.EVENT, record_duration_s=0)
    return delivery_of(marked, trigger.properties, now_s)


async def _sent(settings: Settings, trigger: TriggerSettings, delivery: Delivery) -> Outcome:
    store = ReadOnlyTrust(trust_store(settings.outbox.path).path)
    webhook = Webhook(connection(trigger.properties), announcer=Announcer(), trust_store=store)
    try:
        return await webhook.attempt(delivery, late=False)
    finally:
        await webhook.close()


def _sentence(outcome: Outcome) -> str:
    match outcome:
        case Delivered():
            return "The receiver did every step."
        case Partial(results):
            return failed_steps(results)
        case _:
            return outcome.message


def _step(one: StepResult) -> dict[str, Any]:
    return {
        "camera_id": one.camera_id,
        "step": one.step,
        "state": "done" if one.ok else "failed",
        "error": one.error,
    }
