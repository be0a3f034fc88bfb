"""Ask a receiver of the configuration for its cameras."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic_core import PydanticCustomError

from securos_trigger.config.reader import read_config
from securos_trigger.config.settings import TriggerSettings
from securos_trigger.delivery.webhook import Webhook
from securos_trigger.doctor import ReadOnlyTrust
from securos_trigger.errors import ArgumentError, ConflictError, NotFoundError
from securos_trigger.model import Retry, Target
from securos_trigger.notices import Announcer
from securos_trigger.operations.init.receiver import Receiver, list_cameras
from securos_trigger.runtime.connections import connection, trust_store
from securos_trigger.system.daemon_threads import use_daemon_threads
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.validation.connection import normal_fingerprint

MAX_CAMERAS: Final = 5_000

# For a form with the button "Show its certificate" and a choice below it.
_LOOK = 'Nothing was sent to it. Press "Show its certificate", compare the fingerprint, and choose one of the two.'
_ANOTHER: Final = f"The receiver shows another certificate than the one that was compared. {_LOOK}"
_UNSIGNED: Final = f"No CA that this machine trusts has signed the certificate of the receiver. {_LOOK}"


def receiver_cameras(config: Path, target: str = "", *, node: str = "") -> list[dict[str, str]]:
    """The cameras that SecurOS knows, each with `id` and `name`: of a receiver, or of that of a node, `pipeline/node`.

    NotFoundError: there is no such node, or none sends to this receiver. ConflictError: it does not say; the text has
    its answer. ConfigurationError: the file has mistakes.
    """
    settings = read_config(config)
    nodes = settings.trigger_nodes().items()
    wanted = (one.properties for address, one in nodes if (str(address) == node if node else _sends_to(one, target)))
    properties = next(wanted, None)
    if properties is None and node:
        raise NotFoundError("node", f"there is no trigger node {node[:200]}")
    if properties is None:
        raise NotFoundError("target", f"no node sends to {target[:200]}")
    store = ReadOnlyTrust(trust_store(settings.outbox.path).path)
    return asyncio.run(_cameras(properties, store))


def cameras_known_to(config: Path, targets: Collection[str], within_s: float) -> dict[str, list[str]]:
    """The ids of the cameras that SecurOS knows, of each of these receivers that lists them within `within_s` seconds.

    All are asked side by side. A receiver that no node sends to, one that does not say, and one whose name is not
    resolved in this time, is left out.
    ConfigurationError: the file has mistakes.
    """
    settings = read_config(config)
    nodes = [one.properties for one in settings.trigger_nodes().values()]
    asked = {str(one.target): one for one in reversed(nodes) if str(one.target) in targets}
    return asyncio.run(_known(asked, ReadOnlyTrust(trust_store(settings.outbox.path).path), within_s))


async def _known(asked: Mapping[str, TriggerProperties], store: ReadOnlyTrust, within_s: float) -> dict[str, list[str]]:
    use_daemon_threads()
    tasks = {target: asyncio.create_task(_cameras(properties, store)) for target, properties in asked.items()}
    if not tasks:
        return {}
    done, late = await asyncio.wait(tasks.values(), timeout=within_s)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    found = {}
    for target, task in tasks.items():
        if task in done and not isinstance(task.exception(), ConflictError):
            found[target] = [one["id"] for one in task.result()]
    return found


def cameras_of_new_receiver(target: Target, password: str, fingerprint: str) -> list[dict[str, str]]:
    """The same of a receiver that no node sends to yet. `fingerprint`: that of its certificate; empty: a CA signed it.

    ConflictError: it does not say, or refuses the password. ArgumentError: `fingerprint` is none, or not that of the
    certificate that it shows; the password was not sent.
    """
    try:
        pinned = normal_fingerprint(fingerprint) if fingerprint else None
    except PydanticCustomError as error:
        raise ArgumentError("fingerprint", error.message()) from None
    try:
        found = list_cameras(Receiver(target, password, pinned))
    except ArgumentError as error:
        if error.argument == "fingerprint":
            raise ArgumentError("fingerprint", _ANOTHER if pinned else _UNSIGNED) from None
        raise ConflictError(_reason(error, target)) from None
    if not found:
        raise ConflictError("The receiver does not list its cameras.")
    return [{"id": one.id, "name": one.name} for one in found]


def _reason(error: ArgumentError, target: Target) -> str:
    """Why a receiver does not say, as a sentence for a form: there its token is called the password."""
    if error.argument == "token-file":
        return "The receiver refuses this password. It is the token of its script (TOKEN there)."
    text = str(error).removeprefix(f"{target} cannot be reached: ").removesuffix(".")
    return f"{text if text.startswith(str(target)) else text[:1].upper() + text[1:]}."


def _sends_to(trigger: TriggerSettings, target: str) -> bool:
    return str(trigger.properties.target) == target


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
