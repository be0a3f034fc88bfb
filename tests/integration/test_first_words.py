"""The first words of the console about a site: the worst trouble now, as `status` has it, and its colour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.unit.console.scripts import script_function

RUNS = {"name": "yard", "state": {"state": "running"}, "placed": None}
REFUSED = {"text": "https://vms:3443 answers, and has accepted no event", "about": {"target": "https://vms:3443"}}
CAMERA = {"text": "Pipeline yard: its camera gives no frames", "about": {"pipeline": "yard"}}
FILE = {"text": "The configuration file has a mistake, line 3", "about": {"file": "mistakes"}}
OLD = {"text": "14 events wait for a camera number", "about": {"target": "https://vms:3443"}, "needs_person": True}


@pytest.fixture(scope="module")
def verdict_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    with script_function("verdict.js", "verdictOf", tmp_path_factory.mktemp("node")) as call:
        yield call


@pytest.fixture(scope="module")
def target_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    with script_function("target_state.js", "targetState", tmp_path_factory.mktemp("node")) as call:
        yield call


@pytest.mark.parametrize(
    ("troubles", "headline", "kind", "sentence"),
    [
        ([REFUSED, OLD], "SecurOS has accepted no event for 14 s", "bad", "SecurOS has accepted no event for 14 s."),
        ([REFUSED], "SecurOS has accepted no event for 14 s", "wait", "SecurOS has accepted no event for 14 s."),
        ([OLD], "14 events wait", "bad", "A person must act: 14 events wait."),
        (
            [FILE, OLD],
            "The configuration file has a mistake, line 3",
            "bad",
            "A person must act: the configuration file has a mistake, line 3.",
        ),
        ([FILE], None, "bad", "The service works, but a person must correct the configuration file."),
        ([CAMERA, FILE], "The camera gives no images", "bad", "The camera gives no images."),
    ],
)
def test_the_first_words_are_of_the_worst_trouble_and_red_where_a_person_must_act(
    troubles: list[dict[str, Any]],
    headline: str | None,
    kind: str,
    sentence: str,
    verdict_of: Callable[..., Any],
) -> None:
    said = verdict_of(
        {
            "verdict": "trouble" if any(one.get("needs_person") for one in troubles) else "healthy",
            "headline": headline and {"short": "short", "text": headline},
            "troubles": [{"needs_person": False, **one} for one in troubles],
            "configuration": {"mistakes": "", "warnings": []},
            "pipelines": [RUNS],
        }
    )
    assert (said["kind"], said["sentence"]) == (kind, sentence)


def test_a_receiver_is_as_red_as_what_is_said_of_it_above(target_state: Callable[..., Any]) -> None:
    refusing = {"target": "https://vms:3443", "is_healthy": True, "not_accepted_since": "2026-03-02T03:16:46.000Z"}
    amber, red = ({**REFUSED, "needs_person": is_red} for is_red in (False, True))
    assert target_state(refusing, True, [amber, OLD])[0] == "wait"
    assert target_state(refusing, True, [red, OLD])[0] == "bad"
    down = {"target": "https://vms:3443", "is_healthy": False, "trouble": "unreachable", "reason": "refused"}
    assert target_state(down, True, [amber, OLD])[0] == "wait"
    assert target_state({**refusing, "not_accepted_since": None}, True, [OLD])[0] == "bad"
