"""What an answer means, and what a request holds."""

from __future__ import annotations

import html
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.delivery.webhook import body_for, outcome_of
from securos_trigger.delivery.webhook.answer import plain, retry_after_s
from securos_trigger.delivery.webhook.body import encoded
from securos_trigger.model import (
    Action,
    Delivered,
    Delivery,
    Partial,
    Refused,
    Retry,
    RetryKind,
    StepResult,
    Unauthorized,
)
from tests import builders

NOW_S = 784_111_777.0  # Sun, 06 Nov 1994 08:49:37 GMT


def delivery(*camera_ids: str, **texts: str) -> Delivery:
    action = Action.EVENT_AND_RECORD_AND_SUBTITLE
    return builders.delivery(*camera_ids, action=action, captured_at_s=NOW_S, kept_at_s=NOW_S, **texts)


def read(answer: object, *camera_ids: str) -> object:
    return outcome_of(200, json.dumps(answer).encode(), delivery(*camera_ids), token="s3cret")


EVENT_DONE = {"camera_id": "1", "step": "EVENT", "ok": True}


def test_a_repeated_delivery_is_delivered_and_says_so() -> None:
    answer = {"ok": True, "duplicate": True, "results": [EVENT_DONE]}
    assert read(answer, "1") == Delivered((StepResult("1", "EVENT", ok=True),), duplicate=True)


def test_what_a_person_sends_again_is_no_duplicate_although_the_receiver_knows_the_event() -> None:
    """It had failed before, perhaps on another camera, and is done now."""
    answer = {"ok": True, "duplicate": True, "results": [EVENT_DONE]}
    again = replace(delivery("1"), retried_at_s=NOW_S)
    outcome = outcome_of(200, json.dumps(answer).encode(), again, token="s3cret")
    assert outcome == Delivered((StepResult("1", "EVENT", ok=True),), duplicate=False)


@pytest.mark.parametrize(("said", "knows_event_ids"), [({"event_id": "id"}, True), ({}, False)])
def test_a_receiver_that_gives_the_event_id_back_is_one_that_remembers(
    said: dict[str, object], knows_event_ids: bool
) -> None:
    failure = {"camera_id": "9", "step": "EVENT", "ok": False, "error": "unknown camera 9", "permanent": True}
    expected = (StepResult("9", "EVENT", ok=False, error="unknown camera 9", permanent=True),)
    assert read({"ok": False, "results": [failure], **said}, "9") == Partial(expected, knows_event_ids)
    done = Delivered((StepResult("1", "EVENT", ok=True),), knows_event_ids=knows_event_ids)
    assert read({"ok": True, "results": [EVENT_DONE], **said}, "1") == done


@pytest.mark.parametrize("status", [200, 400, 413, 415, 422, 431])
@pytest.mark.parametrize("event_id", ["another", "", 7, ["id"]])
def test_an_answer_that_names_another_event_is_neither_success_nor_refusal(event_id: object, status: int) -> None:
    said = {"ok": True, "event_id": event_id, "results": [EVENT_DONE], "error": "too large"}
    outcome = outcome_of(status, json.dumps(said).encode(), builders.delivery("1"))
    if status == 200:
        message = "The answer has the id of another event. Is there a proxy or a cache in between?"
        assert outcome == Retry(RetryKind.BAD_ANSWER, message)
    else:
        message = f"The answer has status {status} and the id of another event: too large. Is there a proxy in between?"
        assert outcome == Retry(RetryKind.REFUSED_ANOTHER, message)


@pytest.mark.parametrize("camera_id", [1, " 1 "])
def test_a_camera_may_come_back_as_a_number_or_with_blanks(camera_id: object) -> None:
    answer = {"ok": True, "results": [{**EVENT_DONE, "camera_id": camera_id}]}
    assert read(answer, "1") == Delivered((StepResult("1", "EVENT", ok=True),))


def test_another_spelling_of_a_camera_is_another_camera() -> None:
    outcome = read({"ok": True, "results": [{**EVENT_DONE, "camera_id": "01"}]}, "1")
    assert outcome == Partial((StepResult("1", "EVENT", ok=False, error="the answer does not mention this camera"),))


def test_a_failed_step_of_a_camera_that_was_not_asked_for_is_not_about_this_delivery() -> None:
    stray = {"camera_id": "99", "step": "EVENT", "ok": False, "error": "no"}
    assert read({"ok": False, "results": [EVENT_DONE, stray]}, "1") == Delivered((StepResult("1", "EVENT", ok=True),))


def test_a_camera_that_the_answer_does_not_mention_has_no_event() -> None:
    outcome = read({"ok": True, "results": [EVENT_DONE]}, "1", "2")
    assert isinstance(outcome, Partial)
    assert outcome.results[1] == StepResult("2", "EVENT", ok=False, error="the answer does not mention this camera")


def test_an_event_without_camera_has_a_result_without_camera() -> None:
    outcome = read({"ok": True, "results": [{"camera_id": None, "step": "EVENT", "ok": True}]})
    assert outcome == Delivered((StepResult(None, "EVENT", ok=True),))


def test_the_token_is_struck_out_of_every_text() -> None:
    failure = {"camera_id": "1", "step": "EVENT", "error": "s3cret is wrong"}
    outcome = read({"ok": True, "results": [failure]}, "1")
    assert isinstance(outcome, Partial)
    assert outcome.results[0].error == "*** is wrong"


@given(st.binary(max_size=300), st.integers(100, 599), st.lists(st.sampled_from("12"), max_size=2))
def test_no_answer_raises_and_none_but_a_result_is_success(content: bytes, status: int, cameras: list[str]) -> None:
    outcome = outcome_of(status, content, delivery(*cameras))
    assert isinstance(outcome, Partial | Refused | Retry | Unauthorized)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sun, 06 Nov 1994 08:50:07 GMT", 30.0),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0.0),
        ("9" * 400, 999_999_999.0),
        ("soon", None),
        ("-5", None),
        ("٣", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW_S) == seconds


@pytest.mark.parametrize("late", [False, True])
def test_an_uncertain_time_is_called_so_in_front_of_the_description(late: bool) -> None:
    one = builders.delivery("1", description="2 people", captured_at_s=250.0, is_time_uncertain=True)
    body = body_for(one, sent_at_s=NOW_S, late=late)
    assert body["event_description"] == "[1970-01-01 00:04:10 UTC, time uncertain] 2 people"


def test_a_late_body_has_no_recording_no_subtitle_and_its_true_time_in_front() -> None:
    body = body_for(delivery("1", description=""), sent_at_s=NOW_S + 3600.5, late=True)
    assert body == {
        "camera_id": ["1"],
        "event_name": "name",
        "event_description": "[1994-11-06 08:49:37 UTC]",
        "event_duration": 5,
        "trigger_recording": False,
        "add_subtitle": False,
        "event_id": "id",
        "event_time": "1994-11-06T08:49:37.000Z",
        "sent_at": "1994-11-06T09:49:37.500Z",
        "late": True,
        "source": {"node_id": "node", "deployment_id": "deployment"},
    }


@given(name=st.text(alphabet=st.characters(), max_size=50))
def test_any_text_survives_the_way_as_bytes(name: str) -> None:
    body = body_for(delivery("1", name=name), sent_at_s=NOW_S, late=False)
    assert json.loads(encoded(body)) == body


def test_text_from_outside_is_one_short_line() -> None:
    assert plain("a\nb\x1b[31m" + "c" * 1000) == "a b [31m" + "c" * 291 + "…"
    assert len(plain("c" * 1000)) == 300


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("The token is wrong.", "The token is wrong."),
        ("wrongly sent", "wrongly sent"),
        ("you sent Authorization: Bearer wrong", "you sent Authorization: Bearer ***"),
        ('{"token":"wrong","is":"wrong here"}', '{"token":"***","is":"*** here"}'),
        ("token=wrong&x", "token=***&x"),
    ],
)
def test_a_password_that_is_a_word_is_masked_only_where_a_secret_can_stand(said: str, shown: str) -> None:
    assert plain(said, "wrong") == shown


@pytest.mark.parametrize(
    "said",
    [
        "it is a'b\\c&d",
        json.dumps("it is a'b\\c&d")[1:-1],
        "it is a\\'b\\\\c&d",
        html.escape("it is a'b\\c&d"),
        "it is a%27b%5Cc%26d",
    ],
    ids=["as it is", "JSON", "Python", "HTML", "an address"],
)
def test_a_password_is_masked_in_every_form_in_which_a_server_may_repeat_it(said: str) -> None:
    assert plain(said, "a'b\\c&d") == "it is ***"
