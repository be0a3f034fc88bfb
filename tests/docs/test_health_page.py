"""docs/health.md says what the code says."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from securos_trigger.delivery import AcceptedBy, ShownCertificate
from securos_trigger.health import texts
from securos_trigger.health.ages import Now
from securos_trigger.health.cameras import OfflineCamera
from securos_trigger.health.settings import HealthSettings
from securos_trigger.health.subjects import (
    Backlog,
    Deliveries,
    ExpiredCertificate,
    ExpiringCertificate,
    FailingNodes,
    Frames,
    FrozenFrames,
    Losses,
)
from securos_trigger.health.texts import Text, named
from securos_trigger.health.troubles import Ended
from securos_trigger.model.heartbeat import NodeFailure

ROOT = Path(__file__).parents[2]
BEGAN_AT = datetime(2026, 3, 1, 14, 3, 22, tzinfo=ZoneInfo("Europe/Berlin"))
TARGET = "https://vms.example:3443"
PAGE = (ROOT / "docs" / "health.md").read_text(encoding="utf-8")
SUBJECTS = (
    Frames,
    FrozenFrames,
    FailingNodes,
    OfflineCamera,
    Deliveries,
    Backlog,
    Losses,
    ExpiringCertificate,
    ExpiredCertificate,
)


def test_the_defaults_on_the_page_are_the_defaults() -> None:
    [toml] = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert tomllib.loads(toml)["health"] == HealthSettings().model_dump()


def test_every_kind_of_trouble_stands_on_the_page_with_its_begin_and_its_end() -> None:
    item = r"^\* `([a-z_]+)`:[^*]+\sIt\s+begins:[^*]+\sIt\s+is\s+over:\s"
    named = re.findall(item, PAGE, re.MULTILINE)
    assert named == [subject.kind for subject in SUBJECTS]


def after(seconds: float) -> Now:
    """So many seconds after 14:03:22, the instant 0."""
    return Now(seconds, BEGAN_AT.timestamp() + seconds, BEGAN_AT.tzinfo)


def certificate(accepted_by: AcceptedBy, ends_at: datetime) -> ShownCertificate:
    return ShownCertificate("ab" * 32, ends_at, accepted_by)


def rows() -> Iterator[Text]:
    """What the functions of the texts say in the situations of the page, in its order."""
    back, through = Ended(0.0, 108.0), Ended(0.0, 398.0)
    refused, ended = "Connection refused", "the broker has ended the connection"
    yield texts.no_frames("yard", 0.0, after(30), was_ever_one=True, has_failed=False, reason=refused, cameras=["7"])
    yield texts.frames_again("yard", back, after(108))
    yield texts.no_messages("site", 0.0, after(30), ended, ["7", "8"])
    yield texts.messages_again("site", back, after(108))
    yield texts.frozen("yard", 0.0, after(60), ["7"])
    yield texts.moves_again("yard", back, after(108))
    full = "The video yard.mp4 cannot be written: the disk is full"
    failing = NodeFailure("sink", 0.0, full, "free some space on the disk of /videos, or a quota")
    yield texts.node_fails("yard", failing, 0.0, after(30))
    yield texts.nodes_work_again("yard", back, after(108))
    yield texts.camera_offline("site", "gate", "no frames", 0.0, after(30))
    yield texts.camera_online("site", "gate", back, after(108))
    yield texts.not_through(TARGET, 0.0, after(310), reason="connection refused")
    yield texts.receiver_fails(TARGET, 0.0, after(310), reason="connection refused")
    yield texts.through_again(TARGET, through, after(398))
    yield texts.deep(1204, 1000, 0.0, after(10))
    yield texts.deep_no_more(498, through, after(398))
    yield texts.losses(3, "the disk is full", 0.0, after(10))
    yield texts.kept_again(1370, through, after(398))
    soon = BEGAN_AT.replace(day=30, hour=15, minute=5, second=0)
    left_s = timedelta(days=29, hours=3).total_seconds()
    yield texts.expires_soon(
        TARGET, certificate(AcceptedBy.PIN, soon), Now(0.0, soon.timestamp() - left_s, soon.tzinfo)
    )
    yield texts.has_expired(TARGET, certificate(AcceptedBy.CA_FILE, soon), Now(0.0, soon.timestamp() + 60, soon.tzinfo))
    valid = BEGAN_AT.replace(hour=12, minute=0, second=0)
    yield texts.in_order(
        TARGET, certificate(AcceptedBy.PIN, valid.replace(year=2027)), Now(0.0, valid.timestamp(), valid.tzinfo)
    )


def test_the_texts_on_the_page_are_those_of_the_code() -> None:
    said = [(named(one.name, "gate-7"), one.description) for one in rows()]
    shown = re.findall(r"^\* `(Bridge gate-7: [^`]+)`:\s+`([^`]+)`$", PAGE, re.MULTILINE)
    assert [tuple(" ".join(text.split()) for text in one) for one in shown] == said
    code = (ROOT / "src/securos_trigger/health/texts.py").read_text(encoding="utf-8")
    assert len(said) == len(re.findall(r'f?"Bridge: ', code)), "a text of the code is not on the page"


def test_no_text_has_two_full_stops_where_a_reason_or_a_fix_is_missing() -> None:
    now, back = after(30), Ended(0.0, 108.0)
    for reason in ("", ".", "full.", "full. "):
        for failing in (None, NodeFailure("zone", 0.0, reason, ""), NodeFailure("sink", 0.0, reason, reason)):
            said = [texts.node_fails("yard", failing, 0.0, now)]
            said.append(texts.no_frames("yard", 0.0, now, was_ever_one=True, has_failed=True, reason=reason))
            said.append(texts.no_messages("site", 0.0, now, reason, has_failed=True))
            said.append(texts.camera_offline("site", "gate", reason, 0.0, now))
            said += [texts.not_through(TARGET, 0.0, now, reason=reason), texts.losses(2, reason, 0.0, now)]
            said += [texts.receiver_fails(TARGET, 0.0, now, reason=reason), texts.frames_again("yard", back, now)]
            for one in said:
                assert not re.search(r"[.:] ?\.|[.:]$(?<!\.)", one.description), one.description
