"""Why did no event come? Each cause is there for real, and the first lines of `explain` and `status` name it."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from tests.e2e.no_event_site import Answers, Said, answers_of_services

pytestmark = pytest.mark.timeout(600)

DOCTOR = r"`securos-trigger doctor site\.toml`"
NOT_FIRED = "it did not fire: "


class Cause(NamedTuple):
    """Patterns of what must be said: what `explain` says first of the node and what to do next, and `status`."""

    node: str
    explain: str
    next: str
    status: str
    fix: str = ""


CAUSES = {
    "the condition was false": Cause(
        "yard/false", NOT_FIRED + "the condition was false: people > 99 was 1", "change trigger", r"condition_false \d+"
    ),
    "a field was missing": Cause(
        "yard/missing",
        NOT_FIRED + r"the condition was unknown: .* persons > 0 was missing",
        "look for a typing mistake in the path",
        r"- yard/missing cannot fire since .*, when its condition came into force: .*: no persons in the metadata",
        r"`securos-trigger explain site\.toml` shows which fields its condition reads",
    ),
    "the interval was not over": Cause(
        "yard/interval", NOT_FIRED + r"the interval .* 3[0-6]\d\d\.\d s of it left", "interval shorter", r"interval \d+"
    ),
    "it stayed true": Cause(
        "yard/risen", NOT_FIRED + "the condition stayed true", r"when it became true", r"not_risen \d+"
    ),
    "outside of its hours": Cause(
        "yard/hours",
        NOT_FIRED + ".*outside active_hours, which begin again at",
        "change active_hours",
        r"inactive_hours \d+",
    ),
    "muted": Cause(
        "yard/muted",
        r"it .*the node was muted until .*[\d:.]+ \(by \S+: works\)",
        r"`securos-trigger unmute site\.toml \S+` ends",
        r"- yard/muted is muted since .*, until .*[\d:]+ \(by \S+: works\): its events are not sent",
        r"`securos-trigger unmute site\.toml yard/muted`",
    ),
    "switched off": Cause(
        "yard/off",
        NOT_FIRED + "the node is switched off",
        "set enabled = true",
        "- yard/off is switched off",
        "take the line out",
    ),
    "the camera is dead": Cause(
        "gate/lost",
        "no frame since .*: the source gate camera was lost: Connection refused",
        "look at the camera, its power, address and password",
        r"[!-] Pipeline gate: gate camera gives no frames since .*: Connection refused",
        r"Is it on, and is the port in its url \(line \d+\) the one that it listens on",
    ),
    "frames are left out": Cause(
        "busy/slow",
        NOT_FIRED + "the condition was false",
        "change trigger",
        r"[!-] Pipeline busy reads [\d.]+ of [\d.]+ frames a second and leaves the others out",
        "This machine is too slow",
    ),
    "the detector does not keep the label": Cause(
        "street/kept",
        NOT_FIRED + r"the condition was false: any\(o\.label == 'car'",
        'warns: no object here has the label "car".*add "car" to its setting keep',
        r"condition_false \d+",
    ),
    "the pipeline has stopped": Cause(
        "broken/stopped",
        r"the pipeline broken failed on .*: The video broken\.mp4 cannot be read",
        DOCTOR,
        r"! Pipeline broken has failed: The video broken\.mp4 cannot be read",
        "Correct that, then start the service again",
    ),
    "the receiver is down": Cause(
        "yard/down",
        r"it fired .* not delivered yet: https://127\.0\.0\.1:9 takes no events since .*: connection refused",
        DOCTOR,
        r"! https://127\.0\.0\.1:9 takes no events since .*: connection refused",
        DOCTOR,
    ),
    "the token is wrong": Cause(
        "yard/token",
        r"it fired .* not delivered yet: https://localhost:\d+ refuses the password since .*: The token is wrong",
        DOCTOR,
        r"! https://localhost:\d+ refuses the password since .*: The token is wrong",
        r"Write the receiver's token .* into iss_password \(line \d+\)",
    ),
    "the certificate has changed": Cause(
        "yard/certificate",
        r"it fired .* not delivered yet: https://127\.0\.0\.1:\d+ shows a certificate that is not trusted since",
        DOCTOR,
        r"! https://127\.0\.0\.1:\d+ shows a certificate that is not trusted since",
        r"`securos-trigger trust site\.toml`",
    ),
    "the VMS does not know the camera": Cause(
        "yard/camera",
        r"it fired .* given up at .*: camera 9: event refused: SecurOS knows no such camera",
        r"`securos-trigger status site\.toml` says what to correct and how to send it again",
        r"! Camera 9 of https://127\.0\.0\.1:\d+ gets no events since .*, [\d,]+ given up: event refused: SecurOS knows no such camera",
        r"Correct iss_camera_ids of yard/camera \(line \d+\).*outbox retry site\.toml --camera 9=RIGHT",
    ),
}
LATER = {
    "the event has expired": Cause(
        "yard/expired",
        r"https://localhost:9 takes no events since .*: connection refused.* it fired .* given up at .*: expired\.",
        r"`securos-trigger outbox retry site\.toml --reason expired` sends what expired",
        r"! Camera 1 of https://localhost:9 gets no events since .*: expired",
        "First let the receiver take events",
    ),
    "the clock of a source is wrong": Cause(
        "posts/post",
        "no frame came in that time: messages of camera door were too old to raise an event",
        "let source and service take their time from one NTP server",
        r"! Pipeline posts: the last \d+ messages of door name a time 2 days ago, which is too old",
        "Let both take their time from one NTP server",
    ),
}
FULL = Cause(
    "yard/flood",
    r"it fired .* lost .*: the outbox is full: its limit of 16 MB is reached",
    DOCTOR,
    r"! LOSING EVENTS since .* lost, .*: the outbox is full: its limit of 16 MB is reached",
    r"Or raise the limit: max_size_mb = 32",
)


def assert_named(cause: Cause, said: Said) -> None:
    """The first line of each answer names the cause and says what to do; the text of `explain` begins with it."""
    found = said.causes[cause.node]
    assert re.match(cause.explain, found["text"]), found
    assert re.search(cause.next, found["next"]), found
    assert re.search(rf"\n{cause.node}: ", said.explained)
    assert re.match(cause.explain, _words(said.explained.partition(f"\n{cause.node}: ")[2])), said.explained
    troubles = [_words(one) for one in re.split(r"\n(?=[!-] |\n)", said.status)]
    about = [one for one in troubles if re.match(cause.status, one)]
    if cause.fix:
        assert len(about) == 1, said.status
        assert re.search(cause.fix, about[0].partition(" -> ")[2]), about
    else:
        own = re.search(rf"\n{re.escape(cause.node)} .*\n  not on the others: (.*)", said.status)
        assert own is not None, said.status
        assert re.match(cause.status, own[1]), own[1]


def _words(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return answers_of_services(tmp_path_factory.mktemp("quiet"))


@pytest.mark.parametrize("why", CAUSES)
def test_the_cause_is_named_first_with_what_to_do(why: str, answers: Answers) -> None:
    assert_named(CAUSES[why], answers.soon)


@pytest.mark.parametrize("why", LATER)
def test_a_cause_that_takes_its_time_is_named_first_with_what_to_do(why: str, answers: Answers) -> None:
    assert_named(LATER[why], answers.later)


def test_a_full_outbox_is_named_first_with_what_to_do(answers: Answers) -> None:
    assert_named(FULL, answers.full)
    assert answers.full.status.startswith("! LOSING EVENTS")
