"""What the operator reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from securos_trigger.delivery import AcceptedBy, ShownCertificate
from securos_trigger.health import texts
from securos_trigger.health.ages import Now
from securos_trigger.health.texts import Text
from securos_trigger.health.troubles import Ended

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
NOW = Now(1000.0, NOON.timestamp())
TARGET = "https://vms.example:3443"


def certificate(accepted_by: AcceptedBy, **left: float) -> ShownCertificate:
    return ShownCertificate("ab" * 32, NOON + timedelta(**left), accepted_by)


def test_frames_that_stopped() -> None:
    assert texts.no_frames("yard", 970.0, NOW, was_ever_one=True, has_failed=False) == Text(
        "Bridge: no frames from yard",
        "No frame since 11:59:30 UTC (30 s). Events from this camera are not seen. "
        "Look at the camera, its power and its network.",
    )


def test_frames_that_never_came() -> None:
    assert texts.no_frames("yard", 970.0, NOW, was_ever_one=False, has_failed=False) == Text(
        "Bridge: no frames from yard",
        "No frame since the start at 11:59:30 UTC (30 s). Events from this camera are not seen. "
        "Look at the camera, its power and its network.",
    )


def test_a_pipeline_that_failed() -> None:
    assert texts.no_frames("yard", 999.0, NOW, was_ever_one=True, has_failed=True, reason="It is gone.") == Text(
        "Bridge: no frames from yard",
        "No frame since 11:59:59 UTC (1 s). The pipeline has failed: It is gone. "
        "Events from this camera are not seen. See the log of the bridge, and start it again.",
    )
    unknown = texts.no_frames("yard", 999.0, NOW, was_ever_one=True, has_failed=True).description
    assert "(1 s). The pipeline has failed. Events" in unknown


def test_why_frames_stopped_and_which_cameras_of_securos_miss_their_events() -> None:
    def described(reason: str, *cameras: str) -> str:
        seen = texts.no_frames("yard", 970.0, NOW, was_ever_one=True, has_failed=False, reason=reason, cameras=cameras)
        return seen.description.removesuffix(" Look at the camera, its power and its network.")

    assert described("Connection refused", "7") == (
        "No frame since 11:59:30 UTC (30 s): Connection refused. Events of camera 7 are not seen."
    )
    assert described("", "7", "8").endswith("(30 s). Events of cameras 7, 8 are not seen.")
    assert described("", *"123456789").endswith("Events of cameras 1, 2, 3, 4, 5, 6, 7, 8 and 1 more are not seen.")


def test_an_input_without_messages() -> None:
    assert texts.no_messages("site", 970.0, NOW, "the broker refuses the login", ("7",)) == Text(
        "Bridge: no messages from site",
        "No connection, or no message, since 11:59:30 UTC (30 s): the broker refuses the login. "
        "Events of camera 7 are not seen. Look at the broker, the device or the sender.",
    )
    assert texts.messages_again("site", Ended(882.0, 990.0), NOW) == Text(
        "Bridge: messages again from site", "Back since 11:59:50 UTC, after 1 min 48 s."
    )


def test_an_input_that_failed_or_whose_cameras_are_not_known() -> None:
    """The names of beginning and end are a pair, whatever the reason: a script in SecurOS may rely on it."""
    failed = texts.no_messages("site", 970.0, NOW, "No file site.jsonl.", ("7",), has_failed=True)
    assert failed == Text(
        "Bridge: no messages from site",
        "No message since 11:59:30 UTC (30 s). The pipeline has failed: No file site.jsonl. "
        "Events of camera 7 are not seen. See the log of the bridge, and start it again.",
    )
    unknown = texts.no_messages("site", 970.0, NOW).description
    assert "(30 s). Events from its cameras are not seen. Look at" in unknown


def test_the_service_stands_in_the_name() -> None:
    assert texts.named("Bridge: no frames from yard", "gate-7") == "Bridge gate-7: no frames from yard"
    assert texts.named("Bridge: no frames from yard", "") == "Bridge: no frames from yard"


def test_times_are_in_the_zone_of_the_texts() -> None:
    now = Now(1000.0, NOON.timestamp(), ZoneInfo("Europe/Berlin"))
    assert texts.clock(970.0, now) == "12:59:30 CET"
    just_after_midnight = Now(
        1000.0, datetime(2026, 3, 1, 23, 0, 10, tzinfo=UTC).timestamp(), ZoneInfo("Europe/Berlin")
    )
    assert texts.clock(970.0, just_after_midnight) == "2026-03-01 23:59:40 CET"


def test_frames_that_come_again_after_midnight() -> None:
    just_after_midnight = Now(1000.0, datetime(2026, 3, 2, 0, 0, 30, tzinfo=UTC).timestamp())
    assert texts.frames_again("yard", Ended(882.0, 990.0), just_after_midnight) == Text(
        "Bridge: frames again from yard", "Back since 00:00:20 UTC, after 1 min 48 s."
    )
    begun = texts.no_frames("yard", 882.0, just_after_midnight, was_ever_one=True, has_failed=False)
    assert begun.description == (
        "No frame since 2026-03-01 23:58:32 UTC (1 min 58 s). Events from this camera are not seen. "
        "Look at the camera, its power and its network."
    )


def test_deliveries_that_do_not_get_through() -> None:
    assert texts.not_through(TARGET, 690.0, NOW) == Text(
        "Bridge: events do not get through to https://vms.example:3443",
        "The oldest has waited since 11:54:50 UTC (5 min 10 s). They are kept, and are sent when the receiver accepts them. "
        "Look at the receiver's script in SecurOS, and at the network to it.",
    )
    reason = texts.not_through(TARGET, 690.0, NOW, reason="connection refused.").description
    assert "(5 min 10 s): connection refused. They are kept" in reason
    assert texts.not_through(TARGET, 690.0, NOW, 12).description == (
        "The oldest has waited since 11:54:50 UTC (5 min 10 s). Those that were kept are sent when the receiver accepts "
        "them; 12 events were lost. Look at the receiver's script in SecurOS, and at the network to it."
    )
    assert texts.through_again(TARGET, Ended(690.0, 990.0), NOW) == Text(
        "Bridge: events get through to https://vms.example:3443 again", "Back since 11:59:50 UTC, after 5 min."
    )


def test_an_outbox_that_is_deep() -> None:
    assert texts.deep(1_204, 1_000, 990.0, NOW) == Text(
        "Bridge: 1,204 events wait",
        "1,000 or more since 11:59:50 UTC (10 s). They are kept, and are sent in order. "
        "Look at the receivers' scripts in SecurOS, and for a node that fires too often.",
    )
    assert texts.deep_no_more(498, Ended(990.0, 1000.0), NOW) == Text(
        "Bridge: few events wait again", "498 events wait. Back since 12:00:00 UTC, after 10 s."
    )
    assert texts.deep_no_more(1, Ended(990.0, 1000.0), NOW).description.startswith("1 event waits. ")


def test_events_that_are_lost() -> None:
    assert texts.losses(3, "the disk is full", 990.0, NOW) == Text(
        "Bridge: events are lost",
        "3 events could not be kept since 11:59:50 UTC: the disk is full. They will not arrive. "
        "Look at the disk of the bridge: is it full, or broken?",
    )
    [one] = [texts.losses(1, "x.", 990.0, NOW).description]
    assert one.startswith("1 event could not be kept since 11:59:50 UTC: x. It will not arrive. ")
    full = texts.losses(1, "its limit is reached (outbox.max_size_mb)", 990.0, NOW).description
    assert full.endswith("Look at the receivers: the outbox is full of events that wait for them.")
    assert texts.kept_again(1_370, Ended(700.0, 940.0), NOW) == Text(
        "Bridge: events are kept again", "Back since 11:59:00 UTC, after 4 min. 1,370 events were lost."
    )
    assert texts.kept_again(1, Ended(700.0, 940.0), NOW).description.endswith("after 4 min. 1 event was lost.")
    assert texts.kept_again(None, Ended(700.0, 940.0), NOW).description == "Back since 11:59:00 UTC, after 4 min."


@pytest.mark.parametrize(
    ("accepted_by", "what_follows"),
    [
        (AcceptedBy.PIN, "It is pinned, so deliveries continue."),
        (AcceptedBy.MEMORY, "It is the remembered one, so deliveries continue."),
        (AcceptedBy.NOTHING, "It is not signed by a CA. Once it is remembered, deliveries continue."),
        (AcceptedBy.CA_FILE, "It is signed by a CA, so deliveries stop then. Renew it on the SecurOS server."),
        (
            AcceptedBy.SYSTEM_CAS,
            "It is signed by a CA, so deliveries stop then. Renew it on the SecurOS server.",
        ),
    ],
)
def test_a_certificate_that_expires_soon_and_what_follows(accepted_by: AcceptedBy, what_follows: str) -> None:
    assert texts.expires_soon(TARGET, certificate(accepted_by, days=29, hours=3, minutes=5), NOW) == Text(
        "Bridge: the certificate of https://vms.example:3443 expires soon",
        f"It ends on 2026-03-30 15:05:00 UTC, in 29 days 3 h. {what_follows}",
    )


def test_a_certificate_that_has_expired() -> None:
    assert texts.has_expired(TARGET, certificate(AcceptedBy.PIN, hours=-1), NOW) == Text(
        "Bridge: the certificate of https://vms.example:3443 has expired",
        "It ended on 2026-03-01 11:00:00 UTC. It is pinned, so deliveries continue.",
    )
    assert texts.has_expired(TARGET, certificate(AcceptedBy.CA_FILE, hours=-1), NOW).description == (
        "It ended on 2026-03-01 11:00:00 UTC. "
        "It is signed by a CA, so deliveries have stopped. Renew it on the SecurOS server."
    )


def test_a_certificate_that_is_in_order_again() -> None:
    assert texts.in_order(TARGET, certificate(AcceptedBy.PIN, days=365), NOW) == Text(
        "Bridge: the certificate of https://vms.example:3443 is in order",
        "It is valid until 2027-03-01 12:00:00 UTC, for 365 days.",
    )


def test_a_trouble_that_was_over_before_it_could_be_told_is_one_text() -> None:
    begun = texts.no_frames("yard", 882.0, NOW, was_ever_one=True, has_failed=False)
    assert texts.merged(begun, texts.frames_again("yard", Ended(882.0, 990.0), NOW)) == Text(
        "Bridge: no frames from yard (over)",
        "No frame since 11:58:02 UTC (1 min 58 s). Events from this camera are not seen. "
        "Look at the camera, its power and its network. "
        "Back since 11:59:50 UTC, after 1 min 48 s.",
    )
