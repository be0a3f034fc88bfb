"""How `status` reads on a terminal of 80 columns: what matters first, then what runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from securos_trigger.cli.trouble_text import folded, lines_of, lines_of_all, works_text
from securos_trigger.errors.wording import with_config
from securos_trigger.operations.left_behind import left_behind_text
from securos_trigger.operations.trouble import age_s, clock
from securos_trigger.system.durations import duration_text

if TYPE_CHECKING:
    from securos_trigger.operations.service_report import ServiceReport

#: Lines of a text that a terminal of 24 lines shows above the prompt.
_SCREEN_LINES: Final = 22


def text_of(report: ServiceReport, now: datetime, config: str = "CONFIG") -> str:
    """The whole text, without the line break at its end. Times are in the zone of `now`.

    `config` is the configuration as a shell needs it.
    """
    if "runs_instead" in report.answer:
        return "\n".join(line for one in report.troubles for line in lines_of(one))
    if report.verdict == "not_running":
        start = with_config(f"{report.starts_it}. ", config)
        mistakes = [line for one in report.troubles for line in lines_of(one)]
        start = f"Then {start}" if mistakes else start
        start += "Under systemd, `systemctl status securos-trigger` says why it ended. "
        start += "If it does run, ask as its user, with its configuration file."
        left = left_behind_text(report.answer, now)
        lines = [
            *mistakes,
            folded(f"! {report.answer['reason']}", "  "),
            folded(f"  {left}", "  ") if left else "",
            folded(f"  -> {start}", "     "),
        ]
        return "\n".join(filter(None, lines))
    if report.verdict == "starting":
        return _starting(report.answer, now)
    parts = [_headlines(report)]
    if "version" in report.answer:
        parts += [part for part in _what_runs(report.answer, now) if part]
    text = "\n\n".join(parts)
    return text if text.count("\n") < _SCREEN_LINES else f"{text}\n\n{_verdict(report)}"


def _verdict(report: ServiceReport) -> str:
    """The last line of a text that is higher than a screen: its first lines are out of sight."""
    needing = sum(one.needs_person for one in report.troubles)
    if not needing:
        said = works_text(report.troubles, report.headline)
        return f"{said}: see the first lines" if report.troubles else said
    needs = "trouble needs" if needing == 1 else "troubles need"
    return f"{needing} {needs} a person: see the first lines"


def _starting(answer: Mapping[str, Any], now: datetime) -> str:
    since = answer["starting_since"]
    lasts = f"since {clock(since, now)} ({duration_text(age_s(since, now))})"
    wait = "A slow disk, a large outbox or model makes a start long: wait, and read its log. "
    wait += "Is that process not `securos-trigger run`? Then stop it: a service cannot start beside it."
    return "\n".join([folded(f"starting {lasts}: {answer['reason']}", ""), folded(f"-> {wait}", "   ")])


def _headlines(report: ServiceReport) -> str:
    return "\n".join(lines_of_all(report.troubles, "" if report.verdict == "trouble" else _works(report)))


def _works(report: ServiceReport) -> str:
    answer = report.answer
    counts = answer["outbox"]["counts"]
    relayed = f"{counts['relayed']:,} relayed, " if counts.get("relayed") else ""
    what = f"{counts['waiting'] + counts['sending']:,} waiting, {relayed}{answer['losses']['count']:,} lost"
    return f"{works_text(report.troubles, report.headline)}: {what}"


def _what_runs(answer: Mapping[str, Any], now: datetime) -> Iterator[str]:
    started = answer["started_at"]
    running_since = f"running since {clock(started, now, has_zone=True)} ({duration_text(age_s(started, now))})"
    first = f"securos-trigger {answer['version']}, process {answer['pid']}, {running_since}"
    yield "\n".join([first, *_configuration(answer["configuration"]), *_limits(answer["outbox"].get("limits"))])
    yield _table(
        ("pipeline", "state", "frames/s", "last frame", "last event", "times lost"),
        [_pipeline(one, now) for one in answer["pipelines"]],
    )
    yield _nodes(answer["nodes"], now)
    has_cluster = not answer.get("relay", {}).get("is_failing")  # a service of an older version does not say it
    yield _table(
        ("receiver", "state", "waiting", "oldest", "dead letters"),
        [_target(one, now, has_cluster=has_cluster) for one in answer["targets"]],
    )


def _configuration(configuration: Mapping[str, Any] | None) -> Iterator[str]:
    if configuration is None or configuration["path"] is None:
        return
    yield f"configuration {configuration['path']}"
    for change in configuration["changes"]:
        text = f"{change['setting']}: {change['in_force']} is in force, {change['in_file']} in the file"
        if change["in_force"] == change["in_file"]:
            text = f"{change['setting']}: the file has another value"
        yield folded(f"  {text}", "    ")
    for line in configuration["mistakes"].splitlines():
        yield f"  {line}"


def _limits(limits: Mapping[str, Any] | None) -> Iterator[str]:
    if limits is not None:
        yield f"outbox at most {limits['max_size_mb']:,} MB; events expire after {limits['expire_after_days']:g} days"


def _pipeline(pipeline: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    last_s = _last_s(pipeline, now)
    state = "no frames" if pipeline["source_lost_reason"] else pipeline["state"]
    return (
        pipeline["name"],
        state,
        f"{pipeline['frames_per_s']:.1f}",
        "never" if last_s is None else f"{last_s:.1f} s ago" if last_s < 10 else f"{duration_text(last_s)} ago",
        _ago(pipeline["last_event_at"], now),
        f"{pipeline['times_lost']:,}" if pipeline["is_live"] else "-",
    )


def _last_s(pipeline: Mapping[str, Any], now: datetime) -> float | None:
    """The age of the last frame; of an input that of its last message: time goes on there without one.

    Of a lost camera it is the time that the trouble above says: the last frame may have been held back until then.
    """
    source = pipeline.get("input")
    found = pipeline["last_frame_age_s"] if source is None else source.get("last_message_age_s")
    if found is not None and source is None and pipeline["source_lost_reason"]:
        return age_s(pipeline["source_lost_since"], now)
    return None if found is None else float(found)


def _nodes(nodes: Sequence[Mapping[str, Any]], now: datetime) -> str:
    rows = [
        (
            node["address"],
            f"{node['decisions'].get('fired', 0):,}",
            f"{node['not_kept']:,}",
            _ago(node["last_event_at"], now),
        )
        for node in nodes
    ]
    lines = _table(("trigger node", "frames fired on", "lost", "last event"), rows).splitlines()
    shown = lines[:1]
    for line, node in zip(lines[1:], nodes, strict=True):
        reasons = [f"{reason} {count:,}" for reason, count in node["decisions"].items() if reason != "fired"]
        shown.append(line)
        if reasons:
            shown.append(folded(f"  not on the others: {', '.join(reasons)}", "    "))
        if begin := node.get("hours_begin_at"):  # a service of an older version does not say it
            shown.append(f"  outside its active hours until {clock(begin, now)}")
    return "\n".join(shown)


def _target(target: Mapping[str, Any], now: datetime, *, has_cluster: bool = True) -> tuple[str, ...]:
    """`has_cluster` False: the cluster of this gateway is not reached, which no event may have met yet."""
    state = {True: "healthy", False: str(target["trouble"]).replace("_", " "), None: "no delivery yet"}[
        target["is_healthy"]
    ]
    if target.get("not_accepted_since"):
        state = "accepts no event"
    if target.get("no_answer_since"):
        state = "no answer yet"
    if not has_cluster and target["is_healthy"] is not False:
        state = "no cluster"
    # A backlog that is too long to be counted has an oldest event; else the outbox has not answered.
    uncounted = "many" if target["oldest_at"] or target["waiting"] is not None else "unknown"
    return (
        target["target"],
        state,
        _number(target["waiting"], uncounted),
        duration_text(age_s(target["oldest_at"], now)) if target["oldest_at"] else "-",
        _number(target["dead"], uncounted),
    )


def _number(count: int | None, uncounted: str) -> str:
    return uncounted if count is None else f"{count:,}"


def _ago(at: str | None, now: datetime) -> str:
    return "never" if at is None else f"{duration_text(age_s(at, now))} ago"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they must be; the first is on the left, the others on the right."""
    if not rows:
        return ""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    return "\n".join("  ".join(_cells(row, widths)).rstrip() for row in (heads, *rows))


def _cells(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for number, (text, width) in enumerate(zip(row, widths, strict=True)):
        yield text.ljust(width) if number == 0 else text.rjust(width)
