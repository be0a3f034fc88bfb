"""`explain` on a terminal: which words have a colour."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from securos_trigger.cli.explain import _show
from securos_trigger.ledger import Asked, answer
from securos_trigger.model import Reason
from securos_trigger.operations.explain import Explanation
from tests.unit.ledger.test_answers import BEGAN_S, entry

#: These are said with the clauses that decided, which have the colours.
_BY_CLAUSES = {
    Reason.FIRED,
    Reason.DISABLED,
    Reason.CONDITION_FALSE,
    Reason.CONDITION_UNKNOWN,
    Reason.NOT_BOOLEAN,
    Reason.NO_EVENT,
}


@pytest.mark.parametrize("reason", sorted(set(Reason) - _BY_CLAUSES))
def test_each_reason_that_held_an_event_back_has_a_colour(
    reason: Reason, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    found = answer([entry(reason, 0, 5, line=1, people=2)], Asked(BEGAN_S, BEGAN_S + 60))
    _show(Explanation(found, 0))
    assert f"\x1b[33m{reason}\x1b[0m" in capsys.readouterr().out


def test_a_reason_is_coloured_and_the_same_word_in_a_sentence_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = (
        "14:03:05  interval, 1 frame: the interval since the last event\n  Next: make interval shorter.\n  interval 3."
    )
    _show(SimpleNamespace(answer=text, unreadable_lines=0))  # type: ignore[arg-type]
    yellow = "\x1b[33minterval\x1b[0m"
    said = capsys.readouterr().out
    assert said.count(yellow) == 2
    assert f"{yellow}, " in said
    assert "make interval shorter" in said
