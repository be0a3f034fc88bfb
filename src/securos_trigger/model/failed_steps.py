"""The steps that a receiver did not do, in words: the reason of a delivery, as it stands in outbox, ledger and log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from securos_trigger.model.deliveries import Step, StepResult

#: How a person calls a step. The event comes first where several have failed.
STEP_WORDS: Final[dict[str, str]] = {Step.EVENT: "event", Step.REC: "recording", Step.SUBTITLES: "subtitle"}
#: Why a receiver refuses a camera that SecurOS does not have.
NO_SUCH_CAMERA: Final = "SecurOS knows no such camera"

# How a receiver says that itself (contract/delivery.md).
_UNKNOWN_CAMERA: Final = "unknown camera "
_WHOSE: Final = r"(?:no camera|camera (?P<camera>[^:;]+)): "
_BEGIN: Final = re.compile(_WHOSE)
# `camera 9: event and recording refused: …`; a service of an older version wrote `camera 9: REC, EVENT …`. A receiver
# may have steps of its own.
_FAILED: Final = re.compile(
    rf"{_WHOSE}(?:(?P<words>[^\s:;,]+(?:(?:, | and )[^\s:;,]+)*) (?:failed|refused): |(?P<steps>[A-Z]+(?:, [A-Z]+)*) )"
    r"(?P<error>[^;]*)"
)


def failed_steps(results: Iterable[StepResult]) -> str:
    """`camera 9: event and recording refused: SecurOS knows no such camera; camera 1: recording failed: no archive`.

    Steps of one camera that failed for one reason are named together. Of `results` those that worked are left out.
    """
    failed: dict[tuple[str | None, str, bool], list[str]] = {}
    for result in results:
        if not result.ok:
            failed.setdefault((result.camera_id, step_error(result), result.permanent), []).append(result.step)
    return "; ".join(
        f"{'no camera' if camera is None else f'camera {camera}'}: {_listed(steps)} "
        f"{'refused' if is_final else 'failed'}: {error}"
        for (camera, error, is_final), steps in failed.items()
    )


def step_error(result: StepResult) -> str:
    """Why a step failed: what the receiver says, or that SecurOS does not know the camera."""
    is_unknown = result.permanent and result.error.startswith(_UNKNOWN_CAMERA)
    return NO_SUCH_CAMERA if is_unknown else result.error


def step_word(step: str) -> str:
    """`recording` for `REC`; a step that is not known stays as it is."""
    return STEP_WORDS.get(step, step)


def steps_in(reason: str) -> Iterator[tuple[str | None, str, str]]:
    """Each camera (None: none) and step that a reason names as failed, with its error."""
    by_word = {word: str(step) for step, word in STEP_WORDS.items()}
    for found in _FAILED.finditer(reason):
        named = re.split(", | and ", found["words"] or found["steps"])
        for one in named:
            yield found["camera"], by_word.get(one, one), found["error"].strip()


def has_reached(reason: str, camera: str) -> bool:
    """Whether a delivered event with this reason has reached a camera that it went to (empty: no camera).

    It has not where the reason names the camera's event as failed, or is one of the whole delivery (`expired`).
    """
    if not reason:
        return True
    failed = {(whose or "", step) for whose, step, _ in steps_in(reason)}
    return _BEGIN.match(reason) is not None and (camera, str(Step.EVENT)) not in failed


def _listed(steps: Iterable[str]) -> str:
    """`event, recording and subtitle`, the event first."""
    order = [*STEP_WORDS]
    given = sorted(dict.fromkeys(steps), key=lambda step: order.index(step) if step in order else len(order))
    words = [step_word(step) for step in given]
    return " and ".join([*filter(None, [", ".join(words[:-1])]), words[-1]])
