"""What the terminal shows of a replay, whole."""

from __future__ import annotations

import io
from datetime import timedelta, timezone
from typing import Any

import pytest
from rich.console import Console

from securos_trigger.cli import replay_chart, replay_tables
from securos_trigger.cli.replay_tables import clock_text, comparison_lines, show_comparison, show_replay
from securos_trigger.model import Flag, Reason
from securos_trigger.replay import Firing, NodeReport, Replay, ReplayComparison
from tests.unit.replay.frames import motion, pipeline, settings, trigger


def reports(pattern: str, **properties: Any) -> tuple[NodeReport, ...]:
    replay = Replay(settings(pipeline("yard", trigger(**properties))))
    for frame in motion(pattern):
        replay.process(frame)
    return replay.reports()


def printed(show: object, *arguments: object) -> str:
    out = io.StringIO()
    assert callable(show)
    show(Console(file=out, width=80), *arguments)
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0:00.0"), (59.96, "1:00.0"), (61.25, "1:01.2"), (3599.99, "1:00:00.0"), (90_061.0, "25:01:01.0")],
)
def test_seconds_are_shown_as_a_clock(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


def test_a_replay_is_shown_by_reason_over_time_with_its_events() -> None:
    shown = printed(
        show_replay,
        reports("." * 25 + "#" * 75 + "?" * 25 + "." * 25, event_description='"at {{ nope }}the gate"'),
        "site.toml",
    )
    assert shown == (
        "site.toml ──────────────────────────────────────────────────────────────────────\n"
        "yard / alarm: 75 events in 0:06.0\n"
        "  fired             75 50.0%     ████████████\n"
        "  condition_unknown 25 16.7%                 ████\n"
        "  condition_false   50 33.3% ████                ████\n"
        "                             0:00              0:06.0\n"
        "    at  wall clock (UTC)     event\n"
        "0:01.0  2026-01-01 12:00:01  Motion  (75 events in 3.0 s)\n"
        "                             at the gate\n"
        "                             (printed something undefined)\n"
        "\n"
    )


def test_the_text_of_an_event_has_the_width_that_is_left_and_a_long_name_of_a_node_is_folded() -> None:
    [one] = reports(
        "#",
        event_name='"A person crosses the line of the northern gate, seen"',
        node_id="crossing_of_the_northern_gate",
    )
    whole = "2026-01-01 12:00:00  A person crosses the line of the northern gate,\n"
    assert whole in printed(show_replay, [one], "site.toml")
    lines = printed(show_replay, [one, one], "site.toml").split("\n")
    assert "0:00.0  2026-01-01 12:00:00  crossing_of_the_nort  A person crosses the line of" in lines
    assert max(map(len, lines)) <= 80


def test_the_wall_clock_is_utc_whatever_zone_the_recording_has() -> None:
    replay = Replay(settings(pipeline("yard", trigger())))
    eastern = timezone(timedelta(hours=-5))
    for frame in motion("#"):
        assert frame.captured_at is not None
        replay.process(frame._replace(captured_at=frame.captured_at.astimezone(eastern)))
    assert "0:00.0  2026-01-01 12:00:00  Motion" in printed(show_replay, replay.reports(), "site.toml")


def test_a_comparison_is_told_in_two_sentences() -> None:
    comparison = ReplayComparison(2.0)
    [before], [after] = reports("#" * 20 + "." * 200 + "#" + "." * 99 + "#"), reports("#" * 20, interval=9)
    for firing in before.firings:
        comparison.add_before(firing)
        if firing.line == 1:
            comparison.add_after(after.firings[0])
    comparison.finish()
    assert comparison_lines(comparison) == [
        "22 events on 3 occasions become 1 event: 1 kept, 2 lost, 0 new.",
        (
            "(Events of a node no more than 2 s apart are one occasion. It is lost, or new, when the other side has no event "
            "within 2 s of it.)"
        ),
    ]
    assert printed(show_comparison, comparison) == (
        "The change ─────────────────────────────────────────────────────────────────────\n"
        "22 events on 3 occasions become 1 event: 1 kept, 2 lost, 0 new.\n"
        "(Events of a node no more than 2 s apart are one occasion. It is lost, or new,\n"
        "when the other side has no event within 2 s of it.)\n"
        "lost     0:08.8  Motion\n"
        "lost     0:12.8  Motion\n"
        "\n"
    )


def test_names_of_events_are_no_markup() -> None:
    [report] = reports("#", event_name='"[red]Motion[/] [/]"')
    comparison = ReplayComparison()
    firing: Firing = report.firings[0]
    comparison.add_before(firing)
    comparison.finish()
    assert "[red]Motion[/] [/]" in printed(show_comparison, comparison)
    assert "[red]Motion[/] [/]" in printed(show_replay, [report], "[b]site.toml")


def test_every_reason_has_a_colour_and_every_flag_words() -> None:
    assert set(replay_tables.COLOURS) == set(replay_chart.COLOURS) == set(Reason)
    assert set(replay_tables.FLAG_WORDS) == set(Flag)
