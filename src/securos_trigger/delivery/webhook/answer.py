"""Reads what an answer means (contract/delivery.md, the answers). Pure: bytes in, an `Outcome` out.

Older receivers say `ok: true` with failed steps inside, and list a step that worked only when it is EVENT: so the
results are read, and `ok` is not.
"""

from __future__ import annotations

import functools
import html
import json
import re
import urllib.parse
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final

from securos_trigger.delivery.transport import Reach
from securos_trigger.model import (
    Delivered,
    Delivery,
    Outcome,
    Partial,
    Refused,
    Retry,
    RetryKind,
    Step,
    StepResult,
    Unauthorized,
)

_LONGEST_TEXT: Final = 300
_ANOTHER_EVENT: Final = Retry(
    RetryKind.BAD_ANSWER, "The answer has the id of another event. Is there a proxy or a cache in between?"
)

#: A password such as `wrong` or `Garden`, which also stands in sentences.
_PLAIN_WORD: Final = re.compile(r"[A-Z]?[a-z]{1,11}")
_INTRODUCES_A_SECRET: Final = r"(?:(?<=[\"'`=:])|(?<=[Bb]earer )|(?<=[=:] )|(?<=[Pp]assword )|(?<=[Tt]oken ))"


def outcome_of(
    status: int, content: bytes, delivery: Delivery, *, retry_after_s: float | None = None, token: str = ""
) -> Outcome:
    """Read an answer to a delivery. `token` is struck out of every text, should the receiver repeat it."""
    answer = object_in(content)
    error = plain(answer.get("error", ""), token)
    said = f": {error}" if error else "."
    match status:
        case 200:
            return _results(answer, delivery, token)
        case 400 | 413 | 415 | 422 | 431 if answer or status in (413, 431):
            if _names_another(answer, delivery):
                return _refusal_of_another(status, error)
            return Refused(status, error or f"The receiver refused the delivery with status {status}.")
        case 401 | 403 | 407:
            return Unauthorized(f"The receiver does not accept iss_password (status {status}){said}")
        case 408:
            return Retry(RetryKind.TIMED_OUT, f"The receiver gave up waiting (status 408){said}", retry_after_s)
        case 429:
            return Retry(RetryKind.BUSY, f"The receiver is busy (status 429){said}", retry_after_s)
        case 503:
            return Retry(RetryKind.NOT_READY, f"The receiver is not ready (status 503){said}", retry_after_s)
        case 301 | 302 | 303 | 307 | 308:
            message = f"The answer is a redirect (status {status}), which is not followed. Is this the receiver's port?"
            return Retry(RetryKind.BAD_ANSWER, message, retry_after_s)
        case _ if status >= 500:
            return Retry(RetryKind.STUMBLED, f"The receiver failed with status {status}{said}", retry_after_s)
        case _:
            message = f"The answer has status {status}{said} Is this the receiver's port?"
            return Retry(RetryKind.BAD_ANSWER, message, retry_after_s)


def reach_of(status: int, content: bytes) -> Reach | Retry:
    """Read an answer to `GET /health`. A receiver without that path is connected to, and says nothing of itself."""
    if status >= 500:
        return Retry(RetryKind.NOT_READY, f"The receiver answers the question for its health with status {status}.")
    answer = object_in(content) if status == 200 else {}
    if answer.get("coreReady") is False:
        return Retry(RetryKind.NOT_READY, "The receiver answers, but SecurOS behind it is not ready.")
    return Reach.READY if answer.get("ok") is True else Reach.CONNECTED


def retry_after_s(header: str | None, now_s: float) -> float | None:
    """Read the `Retry-After` header: seconds from `now_s` (Unix seconds); None when it is absent or malformed."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        then = parsedate_to_datetime(text)
        return max(0.0, (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - now_s)
    except (ValueError, OverflowError):
        return None


def without_token(text: str, token: str) -> str:
    """Put `***` for the token in a text from outside, also where it is escaped as in JSON, Python, HTML or an address.

    A token that is a plain word may be a word of the text: it is masked only behind what introduces a secret.
    """
    return _pattern_of(token).sub("***", text)


@functools.lru_cache(maxsize=64)
def _pattern_of(token: str) -> re.Pattern[str]:
    """The pattern that finds a token: it is needed for each answer, and there are few tokens."""
    forms = {token, json.dumps(token)[1:-1], repr(token)[1:-1], html.escape(token), urllib.parse.quote(token, safe="")}
    forms.add(token.replace("\\", "\\\\").replace("'", "\\'"))
    pattern = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    if _PLAIN_WORD.fullmatch(token):
        pattern = rf"{_INTRODUCES_A_SECRET}(?:{pattern})(?![A-Za-z])"
    return re.compile(pattern)


def plain(value: object, token: str = "") -> str:
    """Make a text from outside fit for one line of a log: short, printable, without the token."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    if not text:
        return ""
    if token:
        text = without_token(text, token)
    text = text[: 4 * _LONGEST_TEXT]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    text = text.strip()
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _names_another(answer: Mapping[str, Any], delivery: Delivery) -> bool:
    """True when the answer belongs to another delivery: it says nothing about this one, good or bad."""
    named = answer.get("event_id")
    return named is not None and named != delivery.event_id


def _refusal_of_another(status: int, error: str) -> Retry:
    said = f": {error.rstrip('.')}" if error else ""
    message = f"The answer has status {status} and the id of another event{said}. Is there a proxy in between?"
    return Retry(RetryKind.REFUSED_ANOTHER, message)


def _results(answer: Mapping[str, Any], delivery: Delivery, token: str) -> Outcome:
    listed = answer.get("results")
    if not isinstance(listed, list):
        message = "The answer has status 200 but no results. Is this the receiver's port?"
        return Retry(RetryKind.BAD_ANSWER, message)
    named = answer.get("event_id")  # only a receiver that knows event ids gives it back
    if _names_another(answer, delivery):
        return _ANOTHER_EVENT
    cameras = delivery.camera_ids or (None,)
    asked = {_plain_id(camera_id): camera_id for camera_id in cameras}
    items = [item for item in listed if isinstance(item, dict)]
    results = [
        _step(item, asked[camera_id], token)
        for item in items
        if (camera_id := _plain_id(item.get("camera_id")))
        in asked  # what was done elsewhere is not about this delivery
    ]
    answered = {result.camera_id for result in results if result.step == Step.EVENT}
    results += [
        StepResult(camera_id, Step.EVENT, ok=False, error="the answer does not mention this camera")
        for camera_id in cameras
        if camera_id not in answered
    ]
    knows_event_ids = named is not None
    if all(result.ok for result in results):
        # It says so of each id that it knows, also where it refused the steps then and does them now that a person has
        # sent the delivery again.
        is_duplicate = answer.get("duplicate") is True and not delivery.retried_at_s
        return Delivered(tuple(results), is_duplicate, knows_event_ids)
    return Partial(tuple(results), knows_event_ids)


def _plain_id(camera_id: object) -> str | None:
    """Make a camera id comparable: a receiver may give a number back, or a text with space around it."""
    return None if camera_id is None else str(camera_id).strip()


def _step(item: Mapping[str, Any], camera_id: str | None, token: str) -> StepResult:
    error = item.get("error")
    failed = item.get("ok") is not True or error is not None
    return StepResult(
        camera_id=camera_id,
        step=plain(item.get("step"), token),
        ok=not failed,
        error=(plain(error, token) or "no reason given") if failed else "",
        permanent=failed and item.get("permanent") is True,
    )


def object_in(content: bytes) -> dict[str, Any]:
    """Read the JSON object in `content`; an empty one when there is none."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
