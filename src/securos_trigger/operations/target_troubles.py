"""The troubles of receivers: what is wrong with one, and what waits for it. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from securos_trigger.errors.wording import some_of
from securos_trigger.model.targets import CLOCKS_FAR_APART_S
from securos_trigger.operations.trouble import Headline, Rank, Trouble, age_s, clock, since
from securos_trigger.system.durations import apart_text, duration_text

_TARGET_WORDS: Final = {
    "unreachable": "takes no events",
    "unauthorized": "refuses the password",
    "untrusted": "shows a certificate that is not trusted",
    "not_served": "is not served",
    "not_relayed": "gets no events, because the cluster does not store them,",
    "undelivered": "gets nothing of what was relayed",
    "given_up": "cannot be served",
    "ends_refused": "gets events, and the cluster does not store how they end,",
}
_TARGET_FIXES: Final = {
    "unreachable": "`securos-trigger doctor CONFIG` looks for the cause. Events wait; none is lost meanwhile.",
    "unauthorized": "Copy the token of the receiver's script (TOKEN) into iss_password, then `securos-trigger "
    "reload CONFIG`.",
    "untrusted": "Was the receiver set up again? Then `securos-trigger trust CONFIG` says what to do. If not: a "
    "possible man in the middle.",
    "not_served": "Has its address changed? `securos-trigger outbox move CONFIG TARGET NEW` moves its events to the "
    "new one. Else let a node send to it again, or drop its events: `securos-trigger outbox drop CONFIG --state "
    "waiting --target TARGET`.",
    "not_relayed": "`securos-trigger doctor CONFIG` looks for the cause. Events wait here; none is lost meanwhile.",
    "undelivered": "The cluster keeps the events. Beside deliver, `securos-trigger status --cluster deliver.toml` says "
    "who serves it.",
    "given_up": "`securos-trigger status --cluster deliver.toml` looks at the cluster. It keeps the events.",
    "ends_refused": "None is lost. `securos-trigger status --cluster deliver.toml` says which stream is full.",
}
#: What to do about the clock of a gateway.
FIX_GATEWAY_CLOCK: Final = (
    "Let that machine take its time from an NTP server (chrony). The line ends after three more events at the right "
    "time."
)
FIX_SERVER_CLOCK: Final = (
    "One of both is wrong: let that server and this machine take their time from one NTP server (chrony)."
)
_FIX_CLOCK: Final = (
    "Let both take their time from one NTP server (chrony here, Windows Time there). A proxy before the receiver shows "
    "its own clock: then look at that, too. `securos-trigger doctor CONFIG` compares the clocks at once."
)
#: Where the receiver's token is to be written for the nodes with these addresses; empty: not known.
PasswordFix: TypeAlias = Callable[[Sequence[str]], str]

#: Events that wait this long for a receiver that answers are a trouble, in seconds; and those that it does not accept.
WAITS_LONG_AFTER_S: Final = 300.0
NOT_ACCEPTED_AFTER_S: Final = 60.0
#: Troubles that each attempt may find, or end. The next one is not said when it is that near (seconds).
_TRIED: Final = frozenset({"unreachable", "unauthorized", "untrusted"})
_NEXT_IS_NEAR_S: Final = 5.0
#: A backlog is delivered at least at this rate, in events a second, or at outbox.late_per_s.
_LEAST_DELIVERED_PER_S: Final = 20
_FIX_WAITING: Final = "`securos-trigger outbox list CONFIG --state waiting` says for which camera, and why."
_FIX_NOT_ACCEPTED: Final = "The reason is the receiver's own answer: look at the log of its script in SecurOS."
_FIX_CERTIFICATE: Final = "Renew it on the SecurOS server."
_FIX_INCOMPLETE: Final = "Look at the camera in SecurOS: does it record? Does it have a captioner? See docs/securos.md."


def waiting(target: Mapping[str, Any], now: datetime) -> str:
    """`312 waiting, the oldest for 5 min 3 s`."""
    number = "many" if target["waiting"] is None else f"{target['waiting']:,}"
    oldest = f", the oldest for {duration_text(age_s(target['oldest_at'], now))}" if target["oldest_at"] else ""
    return f"{number} waiting{oldest}{_relayed(target, now)}"


def _relayed(target: Mapping[str, Any], now: datetime) -> str:
    """`, 25 relayed, the oldest for 5 min 3 s`; empty where the cluster has none."""
    if not target.get("relayed_oldest_at"):  # also a service of an older version
        return ""
    number = "many" if target["relayed"] is None else f"{target['relayed']:,}"
    return f", {number} relayed, the oldest for {duration_text(age_s(target['relayed_oldest_at'], now))}"


def target_trouble(
    target: Mapping[str, Any],
    now: datetime,
    waits: str,
    *,
    is_losing: bool = False,
    outbox: Mapping[str, Any] | None = None,
    fix: str = "",
    who: str = "",
) -> Iterator[Trouble]:
    """What is wrong with a receiver.

    `waits` says what waits for it, after a comma and a space; empty: not known. `outbox` is that of the answer.
    `fix` is what to do about a receiver that fails; empty: what fits its trouble. `who` it is in a headline; empty: its
    name, because there are several.
    """
    if target["is_healthy"] is False:
        what = _TARGET_WORDS.get(target["trouble"], "fails")
        text = f"{target['target']} {what}{_lasts(target, now)}{waits}"
        fix = fix or _TARGET_FIXES.get(target["trouble"], "").replace("TARGET", shlex.quote(target["target"]))
        why = target["reason"].removeprefix(f"{target['target']} takes no events: ")
        why = why.removeprefix(f"The certificate of {target['target']} is not trusted: ")
        if tries := _tries(target, now):
            why = f"{why.removesuffix('.')} ({tries})."
        rank = Rank.GIVEN_UP if target["trouble"] == "not_served" else Rank.DELIVERY
        yield Trouble(f"{text}: {why}", fix.partition(" Events wait")[0] if is_losing else fix, True, rank=rank)
        return
    yield from _taking_no_events(target, now, waits, who)
    if not target.get("not_accepted_since") and _waits_long(target, outbox or {}, now):
        text = f"Events for {target['target']} wait long, although it answers{waits}"
        yield Trouble(text, _FIX_WAITING, True, rank=Rank.DELIVERY)
    if target.get("incomplete_reason"):  # a service of an older version does not say it
        lasts = since(target["incomplete_since"], now)
        text = f"Events reach {target['target']} without their recording or subtitle {lasts}"
        yield Trouble(f"{text}: {target['incomplete_reason']}", _FIX_INCOMPLETE, True)


def _tries(target: Mapping[str, Any], now: datetime) -> str:
    """`last try at 09:41:12, the next in 20 s`; empty where the next is near, or it is not known."""
    next_at = target.get("next_try_at")  # a service of an older version does not say it
    if target["trouble"] not in _TRIED or not next_at or (left_s := -age_s(next_at, now)) < _NEXT_IS_NEAR_S:
        return ""
    return f"last try at {clock(target['tried_at'], now)}, the next in {duration_text(left_s)}"


def _taking_no_events(target: Mapping[str, Any], now: datetime, waits: str, who: str) -> Iterator[Trouble]:
    """A receiver that has not answered yet, or refuses each event. A service of an older version says neither."""
    of_one, of_this = who or "A receiver", who or target["target"]
    if began := target.get("no_answer_since"):
        text = f"Waiting for an answer from {target['target']} {since(began, now)}{waits}"
        headline = Headline(
            f"{of_one} does not answer", f"{of_this} has not answered for {duration_text(age_s(began, now))}"
        )
        fix = "`securos-trigger doctor CONFIG` looks for the cause. Events wait; none is lost."
        yield Trouble(text, fix, False, headline=headline, rank=Rank.DELIVERY)
    if began := target.get("not_accepted_since"):
        text = f"{target['target']} answers, and has accepted no event {since(began, now)}{waits}"
        lasts_s = age_s(began, now)
        headline = Headline(
            f"{of_one} accepts no events", f"{of_this} has accepted no event for {duration_text(lasts_s)}"
        )
        is_long = lasts_s >= NOT_ACCEPTED_AFTER_S
        text = f"{text}: {target['not_accepted_reason']}"
        yield Trouble(text, _FIX_NOT_ACCEPTED, is_long, headline=headline, rank=Rank.DELIVERY)


def _lasts(target: Mapping[str, Any], now: datetime) -> str:
    """` since 03:12:44 (5 min), no delivery since 03:11:03`; empty where it is not known: no node sends to it."""
    began_at = target["failing_since"]
    trouble_at = target.get("trouble_since") or began_at  # a service of an older version does not say it
    other = "" if clock(trouble_at, now) == clock(began_at, now) else f", no delivery since {clock(began_at, now)}"
    return "" if target["trouble"] == "not_served" else f" {since(trouble_at, now)}{other}"


def certificate_trouble(target: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """A certificate that nothing is sent to once it has ended, or that cannot be read.

    One that is pinned or remembered goes on.
    """
    if began := target.get("certificate_unreadable_since"):  # a service of an older version does not say it
        text = f"When the certificate of {target['target']} expires is not known {since(began, now)}"
        fix = "Make a new one: `securos-trigger receiver init --host HOST`, with the address of the SecurOS server."
        yield Trouble(f"{text}: {target['certificate_unreadable_reason']}", fix, False, "certificate")
    shown = target.get("certificate")  # a service of an older version does not say it
    if not shown or not shown["is_refused_when_expired"]:
        return
    left_s = -age_s(shown["ends_at"], now)
    ends_at = f"{datetime.fromisoformat(shown['ends_at']).astimezone(now.tzinfo):%Y-%m-%d %H:%M}"
    if left_s <= 0 and target["is_healthy"] is not False:
        text = f"The certificate of {target['target']} expired on {ends_at}: the next connection is refused"
        yield Trouble(text, _FIX_CERTIFICATE, True, "certificate")
    elif 0 < left_s < shown["soon_days"] * 86_400:
        text = f"The certificate of {target['target']} expires in {duration_text(left_s)}, on {ends_at}"
        yield Trouble(text, f"{_FIX_CERTIFICATE} Nothing is sent after that.", False, "certificate")


def clock_trouble(target: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """That the clock of a receiver is not this machine's; far apart, a person must act.

    A service of an older version does not say it.
    """
    if not (apart_s := target.get("clock_apart_s")):
        return
    far = apart_text(apart_s, "this machine's") + " " + since(target["clock_apart_since"], now)
    text = f"The clock of {target['target']}, or of a proxy before it, is about {far}: events point at the wrong images"
    yield Trouble(text, _FIX_CLOCK, abs(apart_s) > CLOCKS_FAR_APART_S, "clock")


def server_clock_troubles(apart: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[Trouble]:
    """That the clock of a NATS server is not that of `deliver`."""
    for one in apart:
        far = apart_text(one["apart_s"], "this machine's") + " " + since(one["since"], now)
        yield Trouble(f"The clock of NATS server {one['server']} is about {far}", FIX_SERVER_CLOCK, True, "clock")


def gateway_clock_troubles(apart: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[Trouble]:
    """That the clock of a gateway is wrong, as `deliver` sees it."""
    for one in apart:
        far = apart_text(one["apart_s"], "the NATS servers'") + " " + since(one["since"], now)
        text = f"The clock of gateway {one['gateway']} is about {far}: its events show the wrong time"
        yield Trouble(text, FIX_GATEWAY_CLOCK, True, "clock")


def connection_troubles(target: Mapping[str, Any]) -> Iterator[Trouble]:
    """How a receiver is reached: with an unencrypted token, or as only one of its nodes says.

    Plain HTTP to this machine itself is none. A service of an older version does not say it.
    """
    name = target["target"]
    if target.get("is_in_clear") and not _is_local(urlsplit(name).hostname or ""):
        fix = 'Switch HTTPS on in the receiver, and set iss_scheme = "https".'
        yield Trouble(f"The token of {name} is sent unencrypted, over plain HTTP", fix, False, "in clear")
    if names := target.get("differing"):
        text = f"Nodes that send to {name} have different values of {', '.join(names)}"
        fix = "The node that came last decides. Give all of them the same."
        yield Trouble(f"{text}: {some_of(target['differing_nodes'])}", fix, False)


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _waits_long(target: Mapping[str, Any], outbox: Mapping[str, Any], now: datetime) -> bool:
    """True when events wait although the receiver has answered for longer than a backlog takes."""
    oldest_at, healthy_since = target.get("oldest_at"), target.get("healthy_since")
    if not oldest_at or not healthy_since or age_s(oldest_at, now) < WAITS_LONG_AFTER_S:
        return False
    number = target["waiting"]
    if number is None:  # more than are counted for each receiver
        number = outbox["counts"]["waiting"]
    limits = outbox.get("limits") or {}
    per_s = min(_LEAST_DELIVERED_PER_S, limits.get("late_per_s", _LEAST_DELIVERED_PER_S))
    backlog_s: float = number / per_s
    return age_s(healthy_since, now) > WAITS_LONG_AFTER_S + backlog_s
