"""Deliver what gateways have relayed to a cluster, and ask the process that does for its state."""

from __future__ import annotations

import gc
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from securos_trigger.config.deliver import DeliverSettings, read_deliver_config
from securos_trigger.config.deliver_file import control_places_of
from securos_trigger.config.reader import read_text
from securos_trigger.config.toml_text import tables_of
from securos_trigger.delivery import DeliveryPolicy
from securos_trigger.errors import ConfigurationError, OutboxError
from securos_trigger.errors.wording import sentences
from securos_trigger.notices import Announcer, kinds
from securos_trigger.notices.notice_log import NoticeLog
from securos_trigger.operations.given_up_troubles import given_up_troubles
from securos_trigger.operations.service_report import ServiceReport, Verdict, without_answer
from securos_trigger.operations.target_troubles import (
    certificate_trouble,
    clock_trouble,
    connection_troubles,
    gateway_clock_troubles,
    server_clock_troubles,
    target_trouble,
)
from securos_trigger.operations.trouble import Rank, Trouble, commands_for, file_trouble, since, worst_first
from securos_trigger.relay.attempts import Attempts
from securos_trigger.relay.cluster_health import fix_of
from securos_trigger.relay.dead_letter_watch import DeadLetterWatch
from securos_trigger.relay.deliver import DeliverService, ServedReceiver
from securos_trigger.runtime.connections import connection
from securos_trigger.runtime.control import ControlServer, Service
from securos_trigger.runtime.control.sockets import exchange, socket_path
from securos_trigger.runtime.deliver_certificates import DeliverCertificates
from securos_trigger.runtime.deliver_status import DeliverStatus
from securos_trigger.runtime.manager_reports import ManagerReports
from securos_trigger.runtime.served_metrics import served_metrics
from securos_trigger.runtime.stop_signals import stopped_by_signals
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.service_manager import ServiceManager

_DAY_S = 86_400.0
_LOOK_EVERY_S = 0.1
_FIX_GIVEN_UP = (
    "A wrong camera? Correct iss_camera_ids at its gateway, `securos-trigger reload GATEWAY.toml`, then there "
    "`securos-trigger outbox retry GATEWAY.toml --camera WRONG=RIGHT --target TARGET`."
)
_FIX_WITHOUT_CAMERA = (
    "Set iss_camera_ids at its gateway, then `securos-trigger reload GATEWAY.toml`: that helps the next events. To "
    "send these to a camera, there: `securos-trigger outbox retry GATEWAY.toml --camera '=RIGHT' --target TARGET`."
)
_FIX_EXPIRED = (
    "They waited for longer than expire_after_days allows. First let the receiver take events, then "
    "`securos-trigger dead-letters retry CONFIG --reason expired --target TARGET` sends them, although they have "
    "expired."
)
#: `deliver` reads its file at its start only.
_FIX_PASSWORD = (
    "Copy the token of the receiver's script (TOKEN) into iss_password, then restart deliver: `systemctl restart "
    "securos-trigger-deliver`. The cluster keeps the events."
)
_NO_RELOAD = {"error": "deliver reads its configuration at its start only: restart it. Nothing is lost."}

_log = logging.getLogger("securos_trigger")


def deliver_until_stopped(config: Path) -> bool:
    """Deliver to the receivers of `config` until a signal comes. True: nothing was cut off at the end.

    ConfigurationError: it has mistakes.
    """
    settings = read_deliver_config(config)
    with ExitStack() as stack:
        stop = stack.enter_context(stopped_by_signals())
        log = NoticeLog()
        stack.callback(log.close)
        attempts = Attempts()
        targets = [str(one.target) for one in settings.receivers]
        status = DeliverStatus(targets, attempts.unserved)
        figures = served_metrics(settings.metrics, log, stack, targets, attempts.unserved)
        announcer = Announcer([log, status.observe, *figures])
        _open_control(settings.place, status, announcer, stack)
        dead_letters = DeadLetterWatch(status.given_up_targets, status.note_no_dead_letter)
        receivers = receivers_of(settings)
        service = DeliverService(settings.relay, receivers, announcer, attempts=attempts, dead_letters=dead_letters)
        status.owner_of, status.failing = attempts.owner_of, attempts.failing
        status.clocks_apart, status.servers_apart = service.clocks_apart, service.servers.apart
        service.trouble_of = status.trouble_of
        service.start()
        gc.freeze()  # all that was made until now stays: to walk through it again and again would delay events
        certificates = DeliverCertificates([one.connection for one in receivers], settings.relay, announcer)
        status.certificate_of = certificates.answer
        manager = ManagerReports(ServiceManager(), dict, status.summary)
        manager.start()
        while not stop.wait(_LOOK_EVERY_S):
            manager.look()
            certificates.look()
        manager.end()
        return service.close()


def _open_control(place: Path, status: DeliverStatus, announcer: Announcer, stack: ExitStack) -> None:
    """Answer `status` until `stack` ends, unless another process with this configuration does."""
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        exchange(place, b'{"do": "status"}', 1.0)
    except (FileNotFoundError, ConnectionRefusedError):
        service = Service(None, status=status.answer, reload=lambda _path: dict(_NO_RELOAD))
        stack.callback(ControlServer(service, announcer, place).close)
        return
    except OSError as error:
        why = reason_of(error)
    else:
        why = "another deliver with this configuration answers there"
    announcer.announce(kinds.CONTROL_UNAVAILABLE, path=socket_path(place), reason=why)


def receivers_of(settings: DeliverSettings) -> list[ServedReceiver]:
    """The receivers with the rules of their couriers."""
    return [
        ServedReceiver(
            connection(receiver),
            DeliveryPolicy(
                record_max_lateness_s=receiver.record_max_lateness,
                expire_after_s=settings.expire_after_days * _DAY_S,
                late_per_s=settings.late_per_s,
                idle_check_s=settings.idle_check_s,
            ),
        )
        for receiver in settings.receivers
    ]


def deliver_status(config: Path, *, now: datetime) -> ServiceReport:
    """Ask the `deliver` that runs with `config` on this machine. `now` is the present moment (aware).

    Of the file only `state_folder` is read: its secrets may be those of the service alone.
    """
    places = tuple(control_places_of(config))
    try:
        answer = next(filter(None, (_asked(place, config) for place in places)), None)
    except OutboxError as error:
        return without_answer(error, {"is_running": True, "cluster": None}, places[0])
    not_toml = _not_toml(config, is_running=answer is not None)
    if answer is None:
        reason = f"No deliver runs with {config} on this machine."
        return ServiceReport(Verdict.NOT_RUNNING, not_toml, {"is_running": False, "reason": reason, "cluster": None})
    troubles = worst_first([*not_toml, *commands_for(config, _troubles(answer, now))])
    verdict = Verdict.STARTING if answer["cluster"]["is_reached"] is None else Verdict.HEALTHY
    verdict = Verdict.TROUBLE if any(one.needs_person for one in troubles) else verdict
    return ServiceReport(verdict, troubles, answer)


def _not_known(target: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """A receiver that this deliver does not serve, and that no other one is known to serve."""
    owner = target.get("owner", "unknown")  # a deliver of an older version does not say it
    if target["is_served"] or target["is_healthy"] is False or owner:
        return
    fix = "It tries again every second. When five attempts in a row have failed, a person must look."
    if target["failing_since"]:
        text = f"{target['target']} is not served {since(target['failing_since'], now)}: {target['reason']}"
        yield Trouble(text, fix, False)
    else:
        yield Trouble(f"It is not known yet which deliver serves {target['target']}", fix, False)


def _asked(place: Path, config: Path) -> dict[str, Any] | None:
    """The answer of the process there; None: there is none. OutboxError: it does not answer, or with an error."""
    try:
        answer: dict[str, Any] = json.loads(exchange(place, b'{"do": "status"}'))
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        return None
    except OSError as error:
        raise OutboxError(f"The deliver that runs with {config} does not answer: {reason_of(error)}.") from error
    if "error" in answer:
        raise OutboxError(str(answer["error"]))
    return answer


def _not_toml(config: Path, *, is_running: bool) -> tuple[Trouble, ...]:
    """That the file is not TOML now. Its other mistakes may be those of this user, who cannot read its secrets."""
    try:
        tables_of(read_text(config), str(config))
    except ConfigurationError as error:
        trouble = file_trouble(str(error), is_running=is_running, is_reloadable=False)
        return tuple(commands_for(config, [trouble]))
    return ()


def _troubles(answer: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    cluster = answer["cluster"]
    if cluster["is_reached"] is False:
        text = f"The cluster is not reached {since(cluster['lost_since'], now)}: {cluster['reason']}"
        fix = sentences(fix_of(cluster["reason"]), "the cluster keeps the events")
        yield Trouble(text, fix, True, rank=Rank.DELIVERY)
    for target in answer["targets"]:
        yield from target_trouble(target, now, "", fix=_FIX_PASSWORD if target["trouble"] == "unauthorized" else "")
        yield from certificate_trouble(target, now)
        yield from clock_trouble(target, now)
        yield from connection_troubles(target)
        if cluster["is_reached"]:
            yield from _not_known(target, now)
    yield from server_clock_troubles(answer.get("servers_apart", ()), now)
    yield from gateway_clock_troubles(answer.get("clocks_apart", ()), now)
    yield from given_up_troubles(
        answer.get("given_up", ()),
        now,
        _FIX_GIVEN_UP,
        fix_without_camera=_FIX_WITHOUT_CAMERA,
        fix_expired=_FIX_EXPIRED,
    )
    for thread in answer["threads"]:
        if thread["is_failing"] or not thread["is_alive"]:
            what = f"fails: {thread['reason']}" if thread["is_failing"] else "has ended"
            fix = "The log has the traceback."
            yield Trouble(f"The {thread['kind']} {thread['name']} {what}", fix, True, rank=Rank.SERVICE)
