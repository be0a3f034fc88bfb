"""The receivers: their certificates, and what the doctor finds. And mutes, which hold events back from them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from securos_trigger.console.access import Configures, InTurn, Looks, Operates
from securos_trigger.console.bodies import Mute, NewReceiver, ReceiverAddress, Trust, Unmute
from securos_trigger.console.refusals import called
from securos_trigger.console.routes.query import Name
from securos_trigger.errors import ConflictError, NotFoundError
from securos_trigger.operations.doctor import examine
from securos_trigger.operations.init.receiver import shown_certificate, target_at
from securos_trigger.operations.mute import mute, unmute
from securos_trigger.operations.receiver_cameras import cameras_of_new_receiver, receiver_cameras
from securos_trigger.operations.trust import ShownCertificate, accept_certificate, shown_certificates

router = APIRouter(prefix="/api", tags=["targets"], dependencies=[InTurn])


@router.get("/targets")
def list_targets(person: Looks) -> dict[str, Any]:
    """Each receiver and the certificate that it shows now."""
    return {"targets": [_shown(one) for one in shown_certificates(person.console.config)]}


@router.get("/cameras")
def list_cameras(person: Looks, target: Name = "", node: Name = "") -> dict[str, Any]:
    """The cameras that a receiver knows, or that of a trigger node."""
    return {"cameras": receiver_cameras(person.console.config, target, node=node)}


@router.post("/targets/cameras")
def list_cameras_of_new_receiver(person: Configures, body: NewReceiver) -> dict[str, Any]:
    """The cameras of a receiver that is still to be set: its certificate has been seen before the password is sent."""
    target = target_at(body.host, body.port)
    with person.audited("list cameras", str(target), is_change=False):
        return {"cameras": cameras_of_new_receiver(target, body.password, body.fingerprint)}


@router.post("/targets/certificate")
def look_at_certificate(person: Configures, body: ReceiverAddress) -> dict[str, Any]:
    """The certificate of a receiver that is still to be set: seen before a password is sent to it."""
    target = target_at(body.host, body.port)
    with person.audited("look at certificate", str(target), is_change=False):
        found = shown_certificate(target)
    assert found is not None, "it is asked with TLS"
    return {"fingerprint": found.sha256, "is_signed": found.is_signed}


@router.post("/targets/trust")
def trust_certificate(person: Operates, body: Trust) -> dict[str, Any]:
    """Accept the certificate that a receiver shows, if it is the one that the person has seen."""
    details: dict[str, Any] = {"fingerprint": body.fingerprint}
    with person.audited("trust certificate", body.target, details):
        shown = next((one for one in shown_certificates(person.console.config) if str(one.target) == body.target), None)
        if shown is None:
            raise NotFoundError("target", f"no node sends to {body.target}")
        if shown.fixed_by or shown.is_pinned:
            why = shown.fixed_by or "its certificate is pinned in the configuration: change it there"
            raise ConflictError(f"There is nothing to accept: {why}.")
        if shown.shown is None or shown.shown != body.fingerprint:
            raise ConflictError("The receiver shows another certificate now. Look at its fingerprint again.")
        if shown.is_accepted:
            details["changed"] = 0
        accept_certificate(person.console.config, shown)
        return {"target": body.target, "accepted": shown.shown}


@router.get("/doctor")
def doctor(person: Operates) -> dict[str, Any]:
    """Examine the service, this machine, and everything between it and the receivers. Takes seconds."""
    sections = examine(person.console.config).sections
    return {
        "sections": [
            {"subject": one.subject, "findings": [found.to_json() for found in one.findings]} for one in sections
        ]
    }


@router.post("/mute")
def mute_nodes(person: Operates, body: Mute) -> dict[str, Any]:
    """Let nodes send no events for a while."""
    details = {"for": body.length, "reason": body.reason}
    with person.audited("mute", ", ".join(body.nodes)[:500], details), called("node", "nodes"):
        mutes = mute(person.console.config, body.nodes, body.length, body.reason, person.user)
        return {"mutes": [one.to_json() for one in mutes]}


@router.post("/unmute")
def unmute_nodes(person: Operates, body: Unmute) -> dict[str, Any]:
    """End the mutes of nodes."""
    subject = ", ".join(body.nodes)[:500]
    with person.audited("unmute", subject, details := dict[str, Any]()), called("node", "nodes"):
        ended = unmute(person.console.config, body.nodes)
        details["changed"] = len(ended)
        return {"ended": list(ended)}


def _shown(one: ShownCertificate) -> dict[str, Any]:
    certificate = {
        "shown": one.shown,
        "accepted": one.accepted,
        "accepted_at": one.accepted_at,
        "fixed_by": one.fixed_by,
        "is_accepted": one.is_accepted,
        "was_signed_by_ca": one.was_signed_by_ca,
        "is_pinned": one.is_pinned,
        "error": one.error,
    }
    return {"target": str(one.target), "certificate": certificate}
