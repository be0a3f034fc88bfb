"""Ask a receiver of the configuration for its cameras."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Final

from securos_trigger.config.reader import read_config
from securos_trigger.delivery.webhook import Webhook
from securos_trigger.doctor import ReadOnlyTrust
from securos_trigger.errors import ConflictError, NotFoundError
from securos_trigger.model import Retry
from securos_trigger.notices import Announcer
from securos_trigger.runtime.connections import connection, trust_store
from securos_trigger.trigger.properties import TriggerProperties

MAX_CAMERAS: Final = 5_000


def receiver_cameras(config: Path, target: str) -> list[dict[str, str]]:
    """The cameras that SecurOS knows, each with `id` and `name`. NotFoundError: no node sends to this receiver.

    ConflictError: it does not say; the text has its answer. ConfigurationError: the file has mistakes.
    """
    settings = read_config(config)
    nodes = (trigger.properties for pipeline in settings.pipelines for trigger in pipeline.triggers)
    properties = next((one for one in nodes if str(one.target) == target), None)
    if properties is None:
        raise NotFoundError("target", f"no node sends to {target[:200]}")
    store = ReadOnlyTrust(trust_store(settings.outbox.path).path)
    return asyncio.run(_cameras(properties, store))


async def _cameras(properties: TriggerProperties, store: ReadOnlyTrust) -> list[dict[str, str]]:
    webhook = Webhook(connection(properties), announcer=Announcer(), trust_store=store)
    try:
        reply = await webhook.exchange("GET", "/cameras")
    finally:
        await webhook.close()
    if isinstance(reply, Retry):
        raise ConflictError(reply.message)
    if reply.status != 200:
        raise ConflictError(f"The receiver answers with status {reply.status}: it does not list its cameras.")
    try:
        listed: Any = json.loads(reply.content)
    except (ValueError, RecursionError):
        listed = None
    if not isinstance(listed, list):
        raise ConflictError("The answer of the receiver is not a list of cameras.")
    cameras = [one for one in listed[:MAX_CAMERAS] if isinstance(one, dict)]
    return [{"id": str(one.get("id", "")), "name": str(one.get("name", ""))} for one in cameras]
