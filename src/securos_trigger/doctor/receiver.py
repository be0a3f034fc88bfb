"""Examines one receiver, from its name to a test event, with the same client and settings as the courier."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from securos_trigger.delivery import Connection, KnownCertificates, Reply, Webhook, body_for, outcome_of, plain
from securos_trigger.doctor.answers import (
    error_of,
    is_camera_answer,
    is_health,
    is_trial_answer,
    object_of,
    shown,
    value_of,
    why_not_durable,
)
from securos_trigger.doctor.findings import REFUSED_PASSWORD, Finding, Status, failed, ok, warning
from securos_trigger.doctor.network import examine_certificate, examine_name, examine_port
from securos_trigger.doctor.texts import TEST_NAME, marked_delivery, trial_deliveries
from securos_trigger.errors.suggestions import did_you_mean
from securos_trigger.errors.wording import some_of
from securos_trigger.model import Delivered, Delivery, Partial, Retry, RetryKind
from securos_trigger.model.failed_steps import failed_steps, step_error, step_word
from securos_trigger.model.targets import CLOCKS_FAR_APART_S
from securos_trigger.system.durations import apart_text
from securos_trigger.system.package_version import version_numbers
from securos_trigger.trigger.context import Context
from securos_trigger.trigger.properties import TriggerProperties

_CLOCKS_APART_S: Final = 5.0
_GOOD_BYE_S: Final = 0.05  # a refused TLS connection is closed in later rounds of the loop
_WRONG_PORT: Final = "Is iss_port the port that the script in SecurOS listens on, and is there no proxy in between?"
#: `receiver init` would make another token and another certificate.
_UPDATE: Final = "`securos-trigger receiver update receiver.js`, then paste it into SecurOS. Senders need no change."
_UPDATE_THIS: Final = "Nothing is lost meanwhile. Update securos-trigger here when you have time (docs/updating.md)."
_REPLACE: Final = "Replace it by receiver.js: docs/lumeo.md."
_NO_ANSWER: Final = "Look at the log of the script in SecurOS. Does it hang? Then restart it there."
_TRUST: Final = "`securos-trigger trust CONFIG` shows the new certificate, and what to do next."


@dataclass(frozen=True, slots=True)
class SendingNode:
    """A trigger node that sends to the receiver. `label` is what a person calls it: `pipeline yard, node alarm`."""

    label: str
    properties: TriggerProperties
    context: Context


async def examine_receiver(
    connection: Connection,
    open_webhook: Callable[[Connection], Webhook],
    senders: Sequence[SendingNode],
    store: KnownCertificates,
    say: Callable[[Finding], None],
    *,
    shipped_version: str,
    sends_test_event: bool = False,
    clock: Callable[[], float] = time.time,
) -> None:
    """Report what is found, in the order in which a delivery meets it; stop at what keeps the rest from working.

    `open_webhook` gives the client, which is closed at the end. `shipped_version`: of the receiver in this package.
    """
    for look in (examine_name, examine_port):
        finding = await look(connection.target, connection.connect_timeout_s)
        say(finding)
        if finding.status is Status.FAILED:
            return
    webhook = open_webhook(connection)
    try:
        await _Examination(webhook, senders, store, say, clock, shipped_version).run(sends_test_event=sends_test_event)
    finally:
        await webhook.close()
        await asyncio.sleep(_GOOD_BYE_S)


@dataclass(slots=True)
class _Examination:
    webhook: Webhook
    senders: Sequence[SendingNode]
    store: KnownCertificates
    say: Callable[[Finding], None]
    clock: Callable[[], float]
    shipped_version: str
    is_lumeos: bool = field(default=False, init=False)
    #: Cameras whose failure has been reported; with a step (not empty) when only that step failed.
    reported: set[tuple[str, str]] = field(default_factory=set, init=False)

    async def run(self, *, sends_test_event: bool) -> None:
        asked_at_s = self.clock()
        reply = await self.webhook.exchange("GET", "/health")
        if isinstance(reply, Retry):
            self.say(_no_answer(reply, self.webhook.connection))
            return
        await self._scheme()
        if not is_health(reply):
            text = f"no receiver answers on this port: /health was answered with {self._shown(reply)}"
            self.say(failed("receiver", text, _WRONG_PORT))
            return
        is_ready = self._health(object_of(reply), (asked_at_s + self.clock()) / 2)
        if not await self._login(sends_test_event=sends_test_event):
            return
        self._nodes_without_cameras()
        if is_ready:
            await self._texts()
        if sends_test_event:
            await self._test_event()

    def _shown(self, reply: Reply) -> str:
        return shown(reply, self.webhook.connection.token)

    async def _scheme(self) -> None:
        connection = self.webhook.connection
        if connection.target.scheme == "http":
            fix = 'Switch HTTPS on in the receiver, and set iss_scheme to "https".'
            self.say(warning("certificate", "none, this is plain HTTP: the password is sent unencrypted", fix))
            return
        now = datetime.fromtimestamp(self.clock(), UTC)
        try:
            self.say(await examine_certificate(connection, self.store, now))
        except OSError as error:
            self.say(warning("certificate", f"it could not be read a second time: {error}", "Run the doctor again."))

    # -- what the receiver says about itself

    def _health(self, answer: dict[str, Any], now_s: float) -> bool:
        """Report what `/health` says. True when SecurOS is connected to the script, as far as is known."""
        self.is_lumeos = "receiver" not in answer
        if self.is_lumeos:
            text = "Lumeo's script: it does not recognise a repeated delivery, so a time-out may make a second event"
            self.say(warning("receiver", text, _REPLACE))
        else:
            self._version(answer)
        is_ready = answer.get("coreReady") is not False
        if not is_ready:
            fix = "Wait a minute, then restart the script in SecurOS. Deliveries wait meanwhile."
            self.say(failed("SecurOS", "the script runs, but SecurOS has not connected to it", fix))
        elif "coreReady" in answer:
            self.say(ok("SecurOS", "is connected to the script"))
        if not self.is_lumeos:
            self._durable(answer)
            self._clocks(answer, now_s)
        return is_ready

    def _version(self, answer: dict[str, Any]) -> None:
        version, ours = plain(answer.get("version")), self.shipped_version
        text = f"{plain(answer['receiver'])} {version} on Node.js {plain(answer.get('node')).removeprefix('v')}"
        if version == ours:
            return self.say(ok("receiver", text))
        is_newer = version_numbers(version) > version_numbers(ours)
        side, fix = ("newer", _UPDATE_THIS) if is_newer else ("older", _UPDATE)
        return self.say(warning("receiver", f"{text}, {side} than the {ours} of this package", fix))

    def _durable(self, answer: dict[str, Any]) -> None:
        if answer.get("durable") is True:
            self.say(ok("memory", "on disk: a restart of the script forgets nothing"))
            return
        why, fix = why_not_durable(answer)
        text = f"a restart of the script forgets what it has done{': ' + why if why else ''}"
        self.say(warning("memory", text, fix))

    def _clocks(self, answer: dict[str, Any], now_s: float) -> None:
        try:
            apart_s = datetime.fromisoformat(str(answer.get("now"))).timestamp() - now_s
        except ValueError:
            return self.say(warning("clock", "the receiver's time cannot be read", _UPDATE))
        if abs(apart_s) <= _CLOCKS_APART_S:
            return self.say(ok("clock", f"less than {_CLOCKS_APART_S:g} s apart"))
        text = f"the SecurOS server is {apart_text(apart_s, 'this machine')}: events point at the wrong images"
        found = failed if abs(apart_s) > CLOCKS_FAR_APART_S else warning
        return self.say(found("clock", text, "Let both take their time from one NTP server."))

    # -- what needs the password

    async def _login(self, *, sends_test_event: bool) -> bool:
        """Try the password and compare the cameras. False when the rest cannot work."""
        reply = await self.webhook.exchange("GET", "/cameras")
        if isinstance(reply, Retry):
            self.say(_no_answer(reply, self.webhook.connection))
            return False
        match reply.status:
            case 401 | 403:
                fix = "Copy the token of the receiver's script again (TOKEN), or the file that holds it."
                self.say(failed("password", REFUSED_PASSWORD, fix))
                return False
            case 429:
                fix = f"Wait {reply.retry_after_s or 60:g} s, then fix iss_password."
                self.say(failed("password", "too many wrong passwords came from this machine", fix))
                return False
            case 404 | 405 | 503 if self.is_lumeos:
                if not sends_test_event:  # the test event tries it
                    fix = "--send-test-event tries it."
                    self.say(warning("password", "not tried: Lumeo's script checks it with events only", fix))
                self.say(warning("cameras", "not compared: Lumeo's script does not list its cameras"))
                return True
        if not is_camera_answer(reply):
            text = f"not known whether it is accepted: /cameras was answered with {self._shown(reply)}"
            self.say(failed("password", text, _WRONG_PORT))
            return False
        self.say(ok("password", "accepted"))
        self._cameras(reply)
        return True

    def _cameras(self, reply: Reply) -> None:
        if reply.status == 503:
            return  # SecurOS is not connected, which `_health` reports
        listed = value_of(reply)
        if not isinstance(listed, list):
            self.say(warning("cameras", f"not compared: {error_of(reply).rstrip('.')}"))
            return
        names = {plain(one.get("id")): plain(one.get("name")) for one in listed if isinstance(one, dict)}
        wanted: dict[str, list[str]] = {}
        for sender in self.senders:
            for camera in sender.properties.camera_ids:
                wanted.setdefault(camera, []).append(f"iss_camera_ids of {sender.label}")
        for sender in self.senders:
            for camera in sender.properties.health_cameras:
                wanted.setdefault(camera, []).append(f"health_camera_ids of {sender.label}")
        for camera, settings in wanted.items():
            if camera in names:
                self.say(ok(f"camera {camera}", names[camera] or "exists"))
            else:
                known = did_you_mean(camera, list(names))
                fix = f"Fix {some_of(settings)}, then `securos-trigger reload CONFIG`. {known}"
                self.say(failed(f"camera {camera}", "SecurOS knows no such camera", fix.rstrip()))
                self.reported.add((camera, ""))

    def _nodes_without_cameras(self) -> None:
        for sender in self.senders if self.is_lumeos else ():
            if not sender.properties.camera_ids:
                text = f"{sender.label} names no camera, and Lumeo's script refuses such events"
                self.say(failed("cameras", text, f"Set iss_camera_ids. Or: {_REPLACE}"))

    async def _texts(self) -> None:
        """Let the receiver judge each node's templates, at their longest and beyond ASCII, without effect."""
        for sender in self.senders:
            for delivery in trial_deliveries(sender.properties, sender.context, self.clock()):
                body = body_for(delivery, sent_at_s=self.clock(), late=False)
                reply = await self.webhook.exchange("POST", "/lumeoevent/check", lambda body=body: body)  # type: ignore[misc]
                if self.is_lumeos and isinstance(reply, Reply) and reply.status in (404, 405):
                    self.say(warning("texts", "not tried: Lumeo's script has no trial run"))
                    return
                wrong = self._trial(sender, delivery, reply)
                if wrong:
                    for finding in wrong:
                        self.say(finding)
                    break
            else:
                self.say(ok("texts", f"{sender.label}: the longest ones, and ones beyond ASCII, are accepted"))

    def _trial(self, sender: SendingNode, delivery: Delivery, reply: Reply | Retry) -> list[Finding]:
        """List what the receiver would not do with a delivery, but for what was reported of its cameras before."""
        if isinstance(reply, Retry):
            return [failed("texts", f"{sender.label}: {reply.message}")]
        if error := error_of(reply):
            return [failed("texts", f"{sender.label}: the receiver refuses its longest texts: {error}")]
        if not is_trial_answer(reply):
            text = f"{sender.label}: they were not tried: /lumeoevent/check was answered with {self._shown(reply)}"
            return [failed("texts", text, _WRONG_PORT)]
        outcome = outcome_of(reply.status, reply.content, delivery, token=self.webhook.connection.token)
        wrong = []
        for result in outcome.results if isinstance(outcome, Partial) else ():
            camera = result.camera_id or "none"
            if not result.ok and not self.reported & {(camera, ""), (camera, result.step)}:
                self.reported.add((camera, result.step))
                text = f"{sender.label}: its {step_word(result.step)} will fail: {step_error(result)}"
                wrong.append(failed(f"camera {camera}", text))
        return wrong

    async def _test_event(self) -> None:
        sender = self.senders[0]
        delivery = marked_delivery(sender.properties, sender.context, sender.label, self.clock())
        outcome = await self.webhook.attempt(delivery, late=False)
        cameras = ", ".join(delivery.camera_ids) or "none"
        match outcome:
            case Delivered():
                self.say(ok("test event", f'"{TEST_NAME}" is in SecurOS now, cameras: {cameras}'))
            case Partial(results):
                self.say(failed("test event", failed_steps(results)))
            case _:
                self.say(failed("test event", outcome.message))


def _no_answer(retry: Retry, connection: Connection) -> Finding:
    if retry.kind is RetryKind.WRONG_SCHEME:
        return failed("scheme", retry.message)
    if retry.kind is not RetryKind.UNTRUSTED:
        return failed("answer", retry.message, _NO_ANSWER)
    if connection.certificate_sha256 or " has changed: " in retry.message:
        fix = f"Was the receiver set up again? {_TRUST} If not: a possible man in the middle."
        return failed("certificate", retry.message, fix)
    fix = "Renew it on the SecurOS server, or name the CA that signed it." if connection.ca_file else ""
    return failed("certificate", retry.message, fix)
