"""The answer of a service as sentences: which trouble stands first, and which needs a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from securos_trigger.operations.given_up_troubles import given_up_troubles
from securos_trigger.operations.service_troubles import troubles_of, way_into_force
from securos_trigger.operations.target_troubles import target_trouble
from securos_trigger.operations.trouble import Headline, Trouble, headline_of, worst_first
from tests.unit.operations import running_pipeline

NOW = datetime(2026, 3, 2, 3, 17, 0, tzinfo=UTC)
EARLIER = "2026-03-02T03:12:00.000Z"

LOSSES: dict[str, Any] = {"count": 0, "is_losing": False, "since": None, "last_at": None, "reason": ""}
TARGET: dict[str, Any] = {
    "target": "https://vms.example:3443",
    "is_healthy": True,
    "failing_since": None,
    "trouble": "",
    "reason": "",
    "waiting": 0,
    "oldest_at": None,
    "dead": 0,
}
PIPELINE = {**running_pipeline.PIPELINE, "name": "yard", "source": "Yard camera"}
HEALTHY: dict[str, Any] = {
    "losses": LOSSES,
    "targets": [TARGET],
    "pipelines": [PIPELINE],
    "nodes": [{"address": "yard/alarm", "muted_until": None}],
    "outbox": {"counts": {"dead": 0}, "is_failing": False, "failing_since": None, "reason": ""},
    "threads": [{"name": "couriers", "kind": "thread", "is_alive": True, "is_failing": False, "reason": ""}],
    "configuration": {"path": "/site.toml", "changes": [], "mistakes": ""},
}
FAILING = {"is_healthy": False, "failing_since": EARLIER, "trouble": "unreachable", "reason": "connection refused"}
LOST = {"count": 1204, "since": EARLIER, "last_at": EARLIER, "reason": "the disk is full"}


FREE_SPACE = (
    "Free 64 MB on the disk of the outbox. Safe to delete: recordings, images of events where [images] is set (`securos-trigger images purge CONFIG --all`). "
    "Never: the outbox and the files beside it. `securos-trigger doctor CONFIG` looks again."
)


def texts(**changed: Any) -> list[tuple[str, bool]]:
    return [(one.text, one.needs_person) for one in troubles_of({**HEALTHY, **changed}, NOW)]


def test_a_receiver_behind_a_cluster_that_delivers_nothing_says_so() -> None:
    stalled = {**FAILING, "trouble": "undelivered", "reason": "no deliver serves it"}
    target = {**TARGET, **stalled, "relayed": 25, "relayed_oldest_at": EARLIER}
    [(text, needs_person)] = texts(targets=[target])
    assert text == (
        "https://vms.example:3443 gets nothing of what was relayed since 03:12:00 (5 min), 0 waiting, 25 relayed, "
        "the oldest for 5 min: no deliver serves it"
    )
    assert needs_person


def test_a_healthy_service_has_no_trouble() -> None:
    assert texts() == []
    assert texts(configuration=None) == []
    assert texts(targets=[{**TARGET, "is_healthy": None}]) == []
    assert texts(pipelines=[{**PIPELINE, "last_frame_age_s": None, "running_s": 5.0}]) == []


def test_cameras_that_get_no_events_stand_in_one_sentence_for_each_receiver() -> None:
    one = {"target": "https://a:1", "camera": "9", "since": EARLIER, "reason": "unknown camera 9", "count": 1204}
    of = [{"address": f"yard/{host}", "target": f"https://{host}:1", "muted_until": None} for host in "ab"]
    assert texts(given_up=[one], nodes=of) == [
        ("Camera 9 of https://a:1 gets no events since 03:12:00 (5 min), 1,204 given up: unknown camera 9", True)
    ]
    later = {**one, "since": "2026-03-02T03:16:00.000Z", "count": 1, "reason": "refused"}
    second, third = {**later, "camera": "10"}, {**later, "target": "https://b:1", "camera": ""}
    assert texts(given_up=[one, second, third], nodes=of) == [
        ("Cameras 9, 10 of https://a:1 get no events since 03:12:00 (5 min), 1,205 given up: refused", True),
        ("https://b:1 gets no events without a camera since 03:16:00 (1 min), 1 given up: refused", True),
    ]
    [(text, _)] = texts(given_up=[{**one, "camera": str(number)} for number in range(20)], nodes=of)
    assert text.startswith("Cameras 0, 1, 2, 3, 4, 5, 6, 7 and 12 more of https://a:1 get no events since 03:12:00")


def test_events_without_a_camera_are_sent_to_one_by_a_command_that_names_no_wrong_one() -> None:
    one = {"target": "https://a:1", "camera": "", "since": EARLIER, "reason": "refused", "count": 4}
    [found] = given_up_troubles([one], NOW)
    assert "WRONG=RIGHT" not in found.fix
    assert (
        "To send these to a camera: `securos-trigger outbox retry CONFIG --camera '=RIGHT' --target https://a:1`."
        in found.fix
    )
    assert "To give them up: `securos-trigger outbox drop CONFIG --camera '' --target https://a:1`." in found.fix
    [found] = given_up_troubles([one, {**one, "camera": "9"}], NOW)
    assert "--camera WRONG=RIGHT" in found.fix, "there is a camera, too"
    assert "outbox drop CONFIG --camera '' --camera 9 --target https://a:1`" in found.fix, "of no other camera"
    [found] = given_up_troubles([{**one, "camera": str(number)} for number in range(5)], NOW)
    assert "outbox drop CONFIG --camera CAMERA --target https://a:1`" in found.fix, "a person names each of many"


def test_events_that_wait_for_a_receiver_that_answers_are_named_after_the_time_that_a_backlog_takes() -> None:
    waits = {**TARGET, "oldest_at": "2026-03-02T01:00:00.000Z", "waiting": 3}
    assert texts(targets=[{**waits, "healthy_since": EARLIER}]) == []
    long = "2026-03-02T03:00:00.000Z"
    assert texts(targets=[{**waits, "healthy_since": long}]) == [
        (
            "Events for https://vms.example:3443 wait long, although it answers, 3 waiting, the oldest for 2 h 17 min",
            True,
        )
    ]
    assert texts(targets=[{**waits, "waiting": 20_000, "healthy_since": long}]) == [], "a backlog takes its time"
    outbox = {**HEALTHY["outbox"], "counts": {"dead": 0, "waiting": 50_000}}
    many = {**waits, "waiting": None, "healthy_since": long}
    assert texts(targets=[many], outbox=outbox) == [], "the largest backlogs are not counted for each receiver"
    [(text, _)] = texts(targets=[{**many, "healthy_since": "2026-03-02T01:30:00.000Z"}], outbox=outbox)
    assert text.startswith("Events for https://vms.example:3443 wait long")
    slow = {**HEALTHY["outbox"], "limits": {"late_per_s": 0.5}}
    assert len(texts(targets=[{**waits, "waiting": 300, "healthy_since": long}])) == 1
    assert texts(targets=[{**waits, "waiting": 400, "healthy_since": long}], outbox=slow) == [], "outbox.late_per_s"
    assert texts(targets=[{**waits, "oldest_at": "2026-03-02T03:16:00.000Z", "healthy_since": long}]) == []


def test_a_receiver_that_answers_and_accepts_nothing_is_named_at_once_and_needs_a_person_after_a_minute() -> None:
    again = {
        **TARGET,
        "not_accepted_since": EARLIER,
        "not_accepted_reason": "camera 1: event failed: core died",
    }
    [(text, is_serious)] = texts(targets=[{**again, "is_healthy": None, "healthy_since": None}])
    assert is_serious
    assert text.startswith("https://vms.example:3443 answers, and has accepted no event since 03:12:00 (5 min)")
    assert text.endswith(": camera 1: event failed: core died")
    [trouble] = target_trouble(again, NOW, "")
    assert "script in SecurOS" in trouble.fix
    reason = ": camera 1: event failed: core died"
    [(text, is_serious)] = texts(targets=[{**again, "not_accepted_since": "2026-03-02T03:16:58.000Z"}])
    assert not is_serious, "perhaps it is accepted soon"
    assert (
        text == f"https://vms.example:3443 answers, and has accepted no event since 03:16:58 (2 s), 0 waiting{reason}"
    )


def test_what_holds_events_up_is_the_headline_of_a_service_before_it_needs_a_person() -> None:
    refused = {**TARGET, "not_accepted_since": "2026-03-02T03:16:46.000Z", "not_accepted_reason": "core died"}
    silent = {**TARGET, "no_answer_since": "2026-03-02T03:16:46.000Z"}

    def headline(*targets: dict[str, Any]) -> Headline | None:
        return headline_of(troubles_of({**HEALTHY, "targets": list(targets)}, NOW))

    assert headline(TARGET) is None
    assert headline(refused) == ("SecurOS accepts no events", "SecurOS has accepted no event for 14 s")
    assert headline(silent) == ("SecurOS does not answer", "SecurOS has not answered for 14 s")
    other = {**TARGET, "target": "https://other:3443"}
    assert headline(other, refused) == (
        "A receiver accepts no events",
        "https://vms.example:3443 has accepted no event for 14 s",
    )


def test_a_camera_without_images_is_the_headline_also_when_a_person_must_act() -> None:
    def headline(since: str, **more: Any) -> Headline | None:
        lost = {**PIPELINE, "source_lost_reason": "Connection refused", "source_lost_since": since, **more}
        return headline_of(troubles_of({**HEALTHY, "pipelines": [lost]}, NOW))

    said = ("No images of yard", "The camera of pipeline yard gives no images since 03:16:46")
    assert headline("2026-03-02T03:16:46.000Z") == said
    assert headline(EARLIER) == (said[0], "The camera of pipeline yard gives no images since 03:12:00")
    file = headline(EARLIER, is_live=False)
    assert file is not None
    assert file.text == "The source of pipeline yard gives no images since 03:12:00"
    messages = headline(EARLIER, input={})
    assert messages == ("No messages of yard", "The source of pipeline yard sends no messages since 03:12:00")
    silent = headline_of(troubles_of({**HEALTHY, "pipelines": [{**PIPELINE, "last_frame_age_s": 60.0}]}, NOW))
    assert silent == (said[0], "The camera of pipeline yard gives no images since 03:16:00")


def test_the_headline_of_a_service_that_needs_a_person_is_about_that() -> None:
    late, dead = Trouble("late", "", False, headline=Headline("l", "L")), Trouble("dead", "", True)
    assert headline_of([dead, late]) == ("A person must act", "dead")
    assert headline_of([Trouble("red", "", True, headline=Headline("r", "R")), late]) == ("r", "R")


#: What is wrong with a site, the worst first: what the service answers then, the beginning of what is said of it, and
#: the first words about the service.
WORST_FIRST: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "losses",
        {"losses": {**LOST, "is_losing": True}},
        "LOSING EVENTS since",
        "Events are being lost: the disk is full",
    ),
    (
        "a dead thread",
        {"threads": [{**HEALTHY["threads"][0], "is_alive": False}]},
        "The thread couriers has ended",
        "The thread couriers has ended",
    ),
    (
        "no delivery, in its first minute",
        {
            "targets": [
                {
                    **TARGET,
                    "not_accepted_since": "2026-03-02T03:16:46.000Z",
                    "not_accepted_reason": "core died",
                    "dead": 14,
                }
            ]
        },
        "https://vms.example:3443 answers, and has accepted no event",
        "SecurOS has accepted no event for 14 s",
    ),
    (
        "a dead camera, at once",
        {
            "pipelines": [
                {
                    **PIPELINE,
                    "source_lost_reason": "Connection refused",
                    "source_lost_since": "2026-03-02T03:16:46.000Z",
                }
            ]
        },
        "Pipeline yard: Yard camera gives no frames",
        "The camera of pipeline yard gives no images since 03:16:46",
    ),
    (
        "a broken file",
        {"configuration": {**HEALTHY["configuration"], "mistakes": "site.toml: 1 mistake\nline 3: no such key"}},
        "The configuration file has a mistake, line 3",
        "The configuration file has a mistake, line 3: no such key. The service goes on with the settings in force",
    ),
    (
        "a node that cannot fire",
        {
            "nodes": [
                {
                    **HEALTHY["nodes"][0],
                    "decisions": {"condition_unknown": 25_000},
                    "target": TARGET["target"],
                    "camera_ids": ["1"],
                }
            ]
        },
        "yard/alarm",
        "",
    ),
    (
        "old dead letters",
        {
            "given_up": [
                {
                    "target": TARGET["target"],
                    "camera": "9",
                    "since": EARLIER,
                    "count": 2,
                    "reason": "no camera",
                    "dead_letters": 2,
                }
            ]
        },
        "Camera 9 of https://vms.example:3443 gets no events",
        "2 events for camera 9 were refused for good",
    ),
    (
        "a slow machine",
        {"pipelines": [{**PIPELINE, "frames_per_s": 1.5, "left_out_per_s": 6.5}]},
        "Pipeline yard reads 1.5 of 8.0 frames",
        "Pipeline yard reads 1.5 of 8.0 frames a second and leaves the others out",
    ),
]


def _joined(*answers: dict[str, Any]) -> dict[str, Any]:
    """One answer that says all of these; pipelines of several are beside each other."""
    found = dict(HEALTHY)
    for one in answers:
        for key, value in one.items():
            is_second = key == "pipelines" and found[key] is not HEALTHY[key]
            found[key] = [*found[key], {**value[0], "name": "other"}] if is_second else value
    return found


@pytest.mark.parametrize(
    ("worse", "other"),
    [
        pytest.param(one, other, id=f"{one[0]} before {other[0]}")
        for number, one in enumerate(WORST_FIRST)
        for other in WORST_FIRST[number + 1 :]
    ],
)
def test_of_two_troubles_the_worse_is_the_headline_and_stands_first(
    worse: tuple[str, dict[str, Any], str, str], other: tuple[str, dict[str, Any], str, str]
) -> None:
    found = list(troubles_of(_joined(worse[1], other[1]), NOW))
    first, *others = worst_first(reversed(found))
    assert first.text.startswith(worse[2])
    assert any(one.text.replace("other", "yard").startswith(other[2]) for one in others)
    headline = headline_of(found)
    assert headline is not None
    assert headline.text == worse[3] or not worse[3]
    alone = headline_of(troubles_of(_joined(worse[1]), NOW))
    assert alone is not None or worse[0] == "a broken file", "`status` says it above the first words"


def test_the_headline_of_events_that_are_given_up_says_how_many_and_why() -> None:
    one = {"target": "https://vms.example:3443", "camera": "9", "since": EARLIER, "count": 2, "reason": "no camera"}

    def headline(*given_up: dict[str, Any]) -> Headline | None:
        return headline_of(troubles_of({**HEALTHY, "given_up": given_up}, NOW))

    assert headline(one) == ("2 events given up", "2 events for camera 9 were refused for good")
    single = {**one, "camera": "", "count": 1}
    assert headline(single) == ("1 event given up", "1 event without a camera was refused for good")
    assert headline(one, single) == (
        "3 events given up",
        "3 events for camera 9 and without a camera were refused for good",
    )
    old = {**one, "reason": "expired"}
    assert headline(old, {**old, "camera": "8"}) == (
        "4 events given up",
        "4 events for cameras 9, 8 waited for too long",
    )


def test_events_that_arrive_without_their_recording_are_named() -> None:
    partly = {**TARGET, "incomplete_since": EARLIER, "incomplete_reason": "camera 1: recording failed: no archive"}
    assert texts(targets=[partly]) == [
        (
            (
                "Events reach https://vms.example:3443 without their recording or subtitle since 03:12:00 (5 min): "
                "camera 1: recording failed: no archive"
            ),
            True,
        )
    ]


def test_losses_stand_before_receivers_and_these_before_cameras() -> None:
    waiting = "312 waiting, the oldest for 5 min"
    found = texts(
        losses={**LOST, "is_losing": True},
        targets=[{**TARGET, **FAILING, "waiting": 312, "oldest_at": EARLIER}],
        pipelines=[{**PIPELINE, "source_lost_reason": "Connection refused", "source_lost_since": EARLIER}],
    )
    assert found == [
        ("LOSING EVENTS since 03:12:00 (5 min): 1,204 lost, the last at 03:12:00: the disk is full", True),
        (f"{TARGET['target']} takes no events since 03:12:00 (5 min), {waiting}: connection refused", True),
        ("Pipeline yard: Yard camera gives no frames since 03:12:00 (5 min): Connection refused", True),
    ]


@pytest.mark.parametrize(
    ("trouble", "next_s", "said"),
    [
        ("unreachable", 20, " (last try at 03:12:00, the next in 20 s)."),
        ("untrusted", 20, " (last try at 03:12:00, the next in 20 s)."),
        ("unreachable", 2, "."),
        ("not_relayed", 20, "."),
    ],
)
def test_a_cause_that_may_be_over_says_when_it_is_looked_at_again(trouble: str, next_s: int, said: str) -> None:
    next_at = (NOW + timedelta(seconds=next_s)).isoformat()
    tries = {"tried_at": EARLIER, "next_try_at": next_at, "reason": "connection refused."}
    [(text, _)] = texts(targets=[{**TARGET, **FAILING, **tries, "trouble": trouble}])
    assert text.endswith(f"connection refused{said}")


def test_the_address_of_a_receiver_stands_once_in_the_sentence() -> None:
    reason = f"{TARGET['target']} takes no events: connection refused."
    assert texts(targets=[{**TARGET, **FAILING, "reason": reason}]) == [
        (f"{TARGET['target']} takes no events since 03:12:00 (5 min), 0 waiting: connection refused.", True)
    ]


def test_a_trouble_that_took_the_place_of_another_says_since_when_it_is_that_one() -> None:
    """One who looks for who changed the token looks at the right minute."""
    refused = {**TARGET, **FAILING, "trouble": "unauthorized", "reason": "status 401"}
    name = TARGET["target"]
    since = "since 03:15:00 (2 min), no delivery since 03:12:00, 0 waiting: status 401"
    assert texts(targets=[{**refused, "trouble_since": "2026-03-02T03:15:00.000Z"}]) == [
        (f"{name} refuses the password {since}", True)
    ]
    assert texts(targets=[{**refused, "trouble_since": EARLIER}]) == [
        (f"{name} refuses the password since 03:12:00 (5 min), 0 waiting: status 401", True)
    ]


def test_a_ledger_that_cannot_be_written_needs_a_person_before_events_are_lost() -> None:
    ledger = {"dropped": 3, "is_failing": True, "failing_since": EARLIER, "reason": "the disk is full"}
    assert texts(ledger=ledger) == [("The ledger cannot be written since 03:12:00 (5 min): the disk is full", True)]
    assert texts(ledger={"dropped": 3}) == [], "a service of an older version does not say"


def test_muted_nodes_that_send_because_their_file_cannot_be_read_need_a_person() -> None:
    mutes = {"is_failing": True, "failing_since": EARLIER, "reason": "it does not hold mutes"}
    text = "The file of mutes cannot be read since 03:12:00 (5 min), so no node is muted: it does not hold mutes"
    assert texts(mutes=mutes) == [(text, True)]
    assert texts(mutes={**mutes, "is_failing": False}) == []


def test_events_that_the_cluster_loses_twice_need_a_person_although_the_others_arrive() -> None:
    lost = {"what": "events in the cluster", "name": "https://vms:3443", "pipeline": "", "since": EARLIER}
    text = (
        "The cluster loses events for https://vms:3443 again and again since 03:12:00 (5 min): 3 lost twice "
        "within an hour"
    )
    assert texts(unwritten=[{**lost, "reason": "3 lost twice within an hour"}]) == [(text, True)]


def test_what_was_relayed_before_relay_was_taken_out_is_said_until_it_has_ended() -> None:
    outbox = {"counts": {"dead": 0, "relayed": 12}, "is_failing": False, "failing_since": None, "reason": ""}
    target = {**TARGET, "relayed": 12, "relayed_oldest_at": EARLIER}
    text = (
        "12 events were relayed to a cluster that this service does not use any more, the oldest kept since 03:12:00 "
        "(5 min): how they ended is not known"
    )
    assert texts(relay={"is_used": False}, outbox=outbox, targets=[target]) == [(text, True)]
    assert texts(relay={"is_used": True}, outbox=outbox, targets=[target]) == []
    assert texts(relay={}, outbox=outbox, targets=[target]) == [], "a service of an older version does not say it"
    assert texts(relay={"is_used": False}, outbox={**outbox, "counts": {"dead": 0, "relayed": 0}}) == []


def test_two_gateways_of_one_name_need_a_person_although_all_is_delivered() -> None:
    foreign = {"is_failing": True, "failing_since": EARLIER, "reason": "gate-1"}
    text = (
        "Outcomes come of events that this outbox does not have, since 03:12:00 (5 min): another gateway may have the "
        "name gate-1 too"
    )
    assert texts(foreign_outcomes=foreign) == [(text, True)]
    assert texts(foreign_outcomes={**foreign, "is_failing": False}) == []


def test_times_that_are_no_seconds_need_a_person_because_the_interval_never_ends() -> None:
    node = {"address": "trigger1", "muted_until": None, "time_stands_still": "at steps by 40000000"}
    said = [("trigger1 gets times that cannot be used: at steps by 40000000", True)]
    assert texts(nodes=[node]) == said
    assert texts(nodes=[{**node, "time_stands_still": ""}]) == []


def of_certificate(ends_at: str, **target: Any) -> list[tuple[str, bool]]:
    shown = {"ends_at": ends_at, "is_refused_when_expired": target.pop("is_refused", True), "soon_days": 30}
    return texts(targets=[{**TARGET, **target, "certificate": shown}])


def test_a_certificate_that_ends_is_named_before_and_needs_a_person_afterwards() -> None:
    soon, over = "2026-03-31T03:17:00.000Z", "2026-03-02T03:16:00.000Z"
    text = "The certificate of https://vms.example:3443 expires in 29 days, on 2026-03-31 03:17"
    assert of_certificate(soon) == [(text, False)]
    assert of_certificate("2026-04-02T03:17:00.000Z") == []
    text = "The certificate of https://vms.example:3443 expired on 2026-03-02 03:16: the next connection is refused"
    assert of_certificate(over) == [(text, True)]
    assert of_certificate(over, is_refused=False) == [], "a pinned one goes on"
    [(text, _)] = of_certificate(over, **FAILING, is_refused=True)
    assert "takes no events" in text, "the receiver itself is said to fail"


def test_what_to_do_about_losses_depends_on_what_is_full() -> None:
    """On a full disk a receiver that works brings nothing, and a larger limit does harm."""
    at_limit = {
        **LOST,
        "is_losing": True,
        "reason": "the outbox is full: its limit of 16 MB is reached (outbox.max_size_mb)",
    }
    reasons = (
        "disk I/O error",
        "10,000 events wait in memory for the disk already",
        "an unexpected error in the outbox: X",
    )
    others = [{**LOST, "is_losing": True, "reason": reason} for reason in reasons]
    fixes = [
        one.fix
        for losses in ({**LOST, "is_losing": True}, *others, at_limit)
        for one in troubles_of({**HEALTHY, "losses": losses}, NOW)
    ]
    assert fixes == [
        FREE_SPACE,
        "Look at the disk of the outbox: it is read-only, broken or gone. The log of the system says more.",
        "Look at the disk of the outbox: it hangs, or is too slow. The log of the system says more.",
        "The log has the traceback. Start the service again.",
        (
            "Fix the receiver, so that events are delivered. Or raise the limit: a larger max_size_mb under [outbox], then "
            "`securos-trigger reload CONFIG`."
        ),
    ]


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"state": "failed", "reason": "no such file"}, "Pipeline yard has failed: no such file"),
        ({"state": "restarting"}, "Pipeline yard has a fault and is being restarted"),
        ({"last_frame_age_s": 75.0}, "Pipeline yard has read no frame of Yard camera for 1 min 15 s"),
    ],
)
def test_a_pipeline_that_does_not_work_needs_a_person(changed: dict[str, Any], text: str) -> None:
    assert texts(pipelines=[{**PIPELINE, **changed}]) == [(text, True)]


def test_what_is_not_written_beside_events_and_a_disk_that_is_almost_full_need_a_person() -> None:
    unwritten = [
        {"what": "images of events", "name": "/o.images", "since": EARLIER, "reason": "the disk is full"},
        {"what": "messages", "name": "site", "since": EARLIER, "reason": "disk I/O error"},
    ]
    assert texts(unwritten=unwritten, outbox={**HEALTHY["outbox"], "free_mb": 63}) == [
        ("The disk of the outbox is almost full: 63 MB are free", True),
        ("The images of events are not written since 03:12:00 (5 min): the disk is full", True),
        ("The messages of site are held up since 03:12:00 (5 min): disk I/O error", True),
    ]
    assert texts(outbox={**HEALTHY["outbox"], "free_mb": 64}) == []


def test_a_node_that_is_switched_off_is_worth_knowing() -> None:
    node = {"address": "yard/alarm", "muted_until": None, "is_enabled": False}
    assert texts(nodes=[node]) == [("yard/alarm is switched off (enabled = false): it sends no events", False)]


def test_time_stamps_that_cannot_be_used_are_worth_knowing_while_frames_come() -> None:
    still = {**PIPELINE, "times_unusable_since": EARLIER, "times_unusable_reason": "they stand still"}
    said = "Pipeline yard: the time stamps of Yard camera cannot be used since 03:12:00 (5 min): they stand still"
    assert texts(pipelines=[still]) == [(said, False)]
    assert texts(pipelines=[{**still, "times_unusable_since": None}]) == []


def test_a_camera_whose_image_does_not_change_needs_a_person_and_one_of_an_older_service_is_not_known() -> None:
    frozen = {**PIPELINE, "frozen_since": EARLIER}
    said = "Pipeline yard: the image of Yard camera has not changed since 03:12:00 (5 min)"
    assert texts(pipelines=[frozen]) == [(said, True)]
    assert texts(pipelines=[{**frozen, "frozen_since": None}]) == texts(pipelines=[PIPELINE]) == []
    lost = {**frozen, "source_lost_reason": "Connection refused", "source_lost_since": EARLIER}
    assert [text for text, _ in texts(pipelines=[lost])] == [
        "Pipeline yard: Yard camera gives no frames since 03:12:00 (5 min): Connection refused"
    ]


def test_a_camera_that_never_gave_a_frame_is_missed_from_the_start_on() -> None:
    never = {**PIPELINE, "last_frame_age_s": None, "running_s": 75.0}
    assert texts(pipelines=[never]) == [
        ("Pipeline yard has had no frame of Yard camera since it began, 1 min 15 s ago", True)
    ]
    assert texts(pipelines=[{**never, "input": {}}]) == []  # messages may be rare
    assert texts(pipelines=[{**never, "state": "ended"}]) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"last_frame_age_s": 4.0, "silent_since": EARLIER}, []),
        ({"last_frame_age_s": 9.0, "silent_since": None}, []),  # a slow source gives one in ten seconds
        ({"last_frame_age_s": 9.0}, []),  # an older version does not say it
        (
            {"last_frame_age_s": 9.0, "silent_since": EARLIER, "frames_per_s": 0.0, "left_out_per_s": 5.0},
            ["Pipeline yard has read no frame of Yard camera for 9 s"],
        ),
        (
            {"last_frame_age_s": 9.0, "silent_since": EARLIER, "busy_s": 9.0, "busy_node": "mine"},
            ["Pipeline yard: mine has been busy with one frame for 9 s, and no frame goes on"],
        ),
    ],
)
def test_a_source_that_is_silent_for_longer_than_its_own_pace_explains_is_worth_knowing(
    changed: dict[str, Any], said: list[str]
) -> None:
    assert texts(pipelines=[{**PIPELINE, **changed}]) == [(text, False) for text in said]


def test_a_node_that_fails_on_every_frame_is_a_trouble_though_the_video_goes_on() -> None:
    failing = {"node": "detector1", "frames": 3, "since": EARLIER, "reason": "ValueError('x')"}
    assert texts(pipelines=[{**PIPELINE, "failing_nodes": [failing]}]) == [
        ("Pipeline yard: detector1 fails on every frame since 03:12:00 (5 min): ValueError('x')", True)
    ]
    assert texts(pipelines=[{**PIPELINE, "failing_nodes": [{**failing, "frames": 2}]}]) == []


def test_a_trouble_names_what_it_is_about_whatever_words_its_sentence_has() -> None:
    muted = {"address": "yard/alarm", "muted_until": "2026-03-02T04:00:00.000Z", "mute_reason": "mutes"}
    failing = {"node": "zone", "frames": 3, "since": EARLIER, "reason": "ValueError('alarm')"}
    lost = {"source_lost_reason": "yard", "source_lost_since": EARLIER, "failing_nodes": [failing]}
    given_up = {"target": "https://vms.example:3443", "camera": "9", "since": EARLIER, "count": 1, "reason": "yard"}
    answer = {
        "targets": [{**TARGET, **FAILING}],
        "given_up": [given_up],
        "pipelines": [{**PIPELINE, **lost}],
        "mutes": {"is_failing": True, "failing_since": EARLIER, "reason": "yard/alarm"},
        "nodes": [muted],
    }
    assert [dict(one.about) for one in troubles_of({**HEALTHY, **answer}, NOW)] == [
        {"target": "https://vms.example:3443"},
        {"target": "https://vms.example:3443"},
        {"pipeline": "yard"},
        {"pipeline": "yard", "node": "zone"},
        {},
        {"address": "yard/alarm"},
    ]


def test_a_broker_that_is_gone_is_not_called_a_camera() -> None:
    lost = {"source": "frigate", "source_lost_reason": "Connection refused", "source_lost_since": EARLIER, "input": {}}
    [found] = troubles_of({**HEALTHY, "pipelines": [{**PIPELINE, **lost}]}, NOW)
    assert found.text == "Pipeline yard: frigate sends no messages since 03:12:00 (5 min): Connection refused"
    assert found.fix == "Is it on, and is the port in its source the one that it listens on?"
    lost["source_lost_reason"] = "the device does not answer in time"
    [found] = troubles_of({**HEALTHY, "pipelines": [{**PIPELINE, **lost}]}, NOW)
    assert (
        found.fix
        == "Look at the broker, the device or the sender. `securos-trigger doctor CONFIG` tries the connection."
    )


def test_an_outage_that_is_being_reconnected_needs_a_person_after_30_s_and_a_refused_login_at_once() -> None:
    def needs_person(**changed: Any) -> bool:
        [(_, found)] = texts(pipelines=[{**PIPELINE, "source_lost_reason": "the stream ended", **changed}])
        return found

    just_now = (NOW - timedelta(seconds=1)).isoformat()
    assert not needs_person(source_lost_since=just_now)
    assert not needs_person(source_lost_since=just_now, last_frame_age_s=None)
    assert not needs_person(source_lost_since=(NOW - timedelta(seconds=29)).isoformat())
    assert needs_person(source_lost_since=(NOW - timedelta(seconds=30)).isoformat())
    assert needs_person(source_lost_since=just_now, last_frame_age_s=30.0)
    assert not needs_person(source_lost_since=just_now, last_frame_age_s=9000.0, input={})  # messages may be rare
    assert needs_person(source_lost_since=just_now, source_lost_reason="it refuses the login (401 Unauthorized)")


def test_a_pipeline_that_ended_for_good_beside_others_that_run_is_said() -> None:
    ended = {**PIPELINE, "name": "square", "source": "clip.mp4", "is_live": False, "state": "ended"}
    said = "Pipeline square has ended: clip.mp4 came to its end 20 min ago, and no frame comes any more"
    [found] = troubles_of({**HEALTHY, "pipelines": [{**ended, "last_frame_age_s": 1200.0}, PIPELINE]}, NOW)
    assert (found.text, found.needs_person, found.about) == (said, False, {"pipeline": "square"})
    assert "loop = true" in found.fix
    [(without_a_frame, _)] = texts(pipelines=[{**ended, "last_frame_age_s": None}, PIPELINE])
    assert without_a_frame == "Pipeline square has ended: clip.mp4 came to its end, and no frame comes any more"
    assert texts(pipelines=[ended, {**ended, "name": "other"}]) == [], "all have ended: the service ends, too"


def test_a_file_that_ended_is_no_trouble_however_long_ago() -> None:
    assert texts(pipelines=[{**PIPELINE, "state": "ended", "last_frame_age_s": 9000.0}]) == []
    assert texts(pipelines=[{**PIPELINE, "is_live": False, "last_frame_age_s": 9000.0}]) == []


def test_an_outbox_that_is_not_written_is_said_before_the_first_loss() -> None:
    failing = {"counts": {"dead": 0}, "is_failing": True, "failing_since": EARLIER, "reason": "the disk is full"}
    said = ("The outbox takes no events since 03:12:00 (5 min): the disk is full", True)
    assert texts(outbox=failing) == [said]
    assert said not in texts(outbox=failing, losses={**LOST, "is_losing": True})


def test_threads_that_fail_or_have_ended_are_named() -> None:
    failing = {"name": "health", "kind": "thread", "is_alive": True, "is_failing": True, "reason": "KeyError('x')"}
    gone = {"name": "ledger-writer", "kind": "thread", "is_alive": False, "is_failing": False, "reason": ""}
    assert texts(threads=[failing, gone]) == [
        ("The thread health fails: KeyError('x')", True),
        ("The thread ledger-writer has ended", True),
    ]


def test_what_is_over_or_changed_is_worth_knowing_and_needs_no_person() -> None:
    changes = [{"setting": "outbox.max_size_mb", "in_force": "1", "in_file": "2"}]
    found = texts(
        losses={**LOST, "count": 1, "is_losing": False},
        outbox={"counts": {"dead": 3}, "is_failing": False, "failing_since": None, "reason": ""},
        configuration={"path": "/site.toml", "changes": changes, "mistakes": ""},
    )
    assert found == [
        ("Events lost since the start: 1, the last at 03:12:00: the disk is full", False),
        ("Dead letters: 3", False),
        ("Settings of the configuration file that are not in force: 1", False),
    ]
    [changed] = troubles_of({**HEALTHY, "configuration": {"changes": changes, "mistakes": ""}}, NOW)
    assert changed.about == {"file": "changes"}
    assert [changed.fix] == ["They are listed below. `securos-trigger reload CONFIG` puts the file in force."]
    [broken] = texts(configuration={"path": "/site.toml", "changes": [], "mistakes": "1 mistake"})
    assert broken[1] is False


def test_what_reload_takes_is_not_sent_to_a_restart() -> None:
    reload = "`securos-trigger reload CONFIG` puts the file in force."
    assert way_into_force(["pipeline yard, node alarm, interval", "health.every_s"], has_pipelines=True) == reload
    mixed = way_into_force(["outbox.late_per_s", "outbox.path", "metrics.port"], has_pipelines=True)
    assert mixed == "Restart the service: it reads outbox.path, metrics.port at its start only."
    assert way_into_force(["time_zone"], has_pipelines=False).startswith("Start the program again")


def test_an_unreachable_receiver_is_not_said_to_lose_nothing_while_events_are_lost() -> None:
    losses = {**LOST, "is_losing": True}
    outbox = {**HEALTHY["outbox"], "path": "/var/lib/outbox.sqlite"}
    found = troubles_of({**HEALTHY, "losses": losses, "outbox": outbox, "targets": [{**TARGET, **FAILING}]}, NOW)
    assert [one.fix for one in found] == [
        FREE_SPACE.replace("the outbox", "/var/lib/outbox.sqlite"),
        "`securos-trigger doctor CONFIG` looks for the cause.",
    ]


def test_a_muted_node_is_worth_knowing() -> None:
    muted = {"address": "yard/alarm", "muted_until": "2026-03-02T05:00:00.000Z"}
    [found] = troubles_of({**HEALTHY, "nodes": [{**muted, "mute_reason": "painters"}]}, NOW)
    assert found.text == "yard/alarm is muted until 05:00:00 (painters): its events are not sent"
    assert found.fix == "`securos-trigger unmute CONFIG yard/alarm` ends that."
    assert texts(nodes=[muted]) == [("yard/alarm is muted until 05:00:00: its events are not sent", False)]
    since = {**muted, "muted_since": EARLIER}
    text = "yard/alarm is muted since 03:12:00 (5 min), until 05:00:00: its events are not sent"
    assert texts(nodes=[since]) == [(text, False)]
    by = {**since, "muted_by": "anna"}
    assert texts(nodes=[by]) == [(text.replace("05:00:00:", "05:00:00 (by anna):"), False)]
    assert texts(nodes=[{**by, "mute_reason": "painters"}]) == [
        (text.replace("05:00:00:", "05:00:00 (by anna: painters):"), False)
    ]


def test_a_backlog_that_cannot_be_counted_is_many() -> None:
    [(text, _)] = texts(targets=[{**TARGET, **FAILING, "waiting": None}])
    assert "many waiting: connection refused" in text


def test_dead_letters_of_cameras_that_are_named_already_are_not_said_twice() -> None:
    one = {"target": "https://a:1", "camera": "9", "since": EARLIER, "reason": "unknown camera 9", "count": 3}
    outbox = {**HEALTHY["outbox"], "counts": {"dead": 3}}
    said = ("Dead letters: 3", False)
    assert texts(given_up=[one], outbox=outbox)[1:] == [said], "a service of an older version"
    one["dead_letters"] = 3
    assert len(texts(given_up=[one], outbox=outbox)) == 1
    assert len(texts(given_up=[one, {**one, "camera": "8", "dead_letters": 0}], outbox=outbox)) == 1
    for unknown in ([{**one, "dead_letters": None}], [one, {**one, "dead_letters": None}]):
        assert texts(given_up=unknown, outbox=outbox)[1:] == [said]
    more = {**HEALTHY["outbox"], "counts": {"dead": 4}}
    assert texts(given_up=[one], outbox=more)[1:] == [("Dead letters: 4", False)]


def test_dead_letters_of_a_receiver_that_no_node_sends_to_are_not_sent_again_to_it() -> None:
    def fix(count: int, *targets: dict[str, Any]) -> str:
        outbox = {**HEALTHY["outbox"], "counts": {"dead": count}}
        return [one.fix for one in troubles_of({**HEALTHY, "targets": list(targets), "outbox": outbox}, NOW)][-1]

    lists = "`securos-trigger outbox list CONFIG` says why"
    again = f"{lists}. To send them again: `securos-trigger outbox retry CONFIG --all`."
    served, other = {**TARGET, "dead": 3}, {**TARGET, "target": "https://b:1", "dead": 0}
    retired = {**TARGET, **FAILING, "target": "https://old:1", "trouble": "not_served", "waiting": 1, "dead": 2}
    assert fix(3, served, other) == again
    moves = (
        "Has its address changed? `securos-trigger outbox move CONFIG OLD NEW` moves them to the new one, and "
        "`securos-trigger outbox retry CONFIG --target NEW` sends them again. To give them up: `securos-trigger outbox "
        "drop CONFIG --target OLD`."
    )
    all_retired = f"{lists}. They are for a receiver that no node sends to any more. {moves}"
    assert fix(2, {**TARGET}, other) == all_retired
    assert fix(2, {**TARGET}, retired) == all_retired
    assert fix(5, served, other, retired) == (
        f"{lists}. 2 are for a receiver that no node sends to any more. {moves} To send those of another receiver "
        "again: `securos-trigger outbox retry CONFIG --target TARGET`."
    )
    assert fix(4, served).startswith(f"{lists}. 1 is for a receiver that no node sends to any more. ")
    for unknown in ({**served, "dead": None}, {key: value for key, value in served.items() if key != "dead"}):
        assert fix(20_000, unknown) == (
            f"{lists}. To send those of a receiver again: `securos-trigger outbox retry CONFIG --target TARGET`."
        )


def test_an_input_whose_messages_wait_for_the_disk_is_not_called_silent() -> None:
    silent = {**PIPELINE, "last_frame_age_s": 80.0}
    assert len(texts(pipelines=[silent])) == 1
    held_up = {"what": "messages", "name": PIPELINE["source"], "since": EARLIER, "reason": "the disk is full"}
    [(text, _)] = texts(pipelines=[silent], unwritten=[held_up])
    assert text.startswith("The messages of ")
    for of in ({"pipeline": PIPELINE["name"]}, {"pipeline": ""}):
        assert len(texts(pipelines=[silent], unwritten=[{**held_up, **of}])) == 1
    other = {**held_up, "pipeline": "gate"}
    assert len(texts(pipelines=[silent], unwritten=[other])) == 2, "two pipelines may have sources of one name"


def test_a_loss_that_is_over_is_not_said_in_the_present_and_says_until_when_it_stays() -> None:
    over = {**LOST, "is_losing": True, "is_over": True, "last_at": "2026-03-02T03:16:30.000Z", "count_since": 31}
    [found] = troubles_of({**HEALTHY, "losses": {**over, "recent_until": "2026-03-02T03:17:30.000Z"}}, NOW)
    assert found.text == "EVENTS WERE LOST from 03:12:00 to 03:16:30: 31 events, the disk is full"
    assert found.fix.startswith("Events are kept again. This line stays until 03:17:30. Free 64 MB")
    assert found.needs_person


def test_a_receiver_that_refuses_now_stands_above_a_loss_that_is_over() -> None:
    over = {**LOST, "is_losing": True, "is_over": True, "count_since": 31, "recent_until": "2026-03-02T03:17:30.000Z"}
    refused = {**TARGET, **FAILING, "trouble": "untrusted", "reason": "another one"}
    first, second = worst_first(troubles_of({**HEALTHY, "losses": over, "targets": [refused]}, NOW))
    assert "shows a certificate that is not trusted" in first.text
    assert second.text.startswith("EVENTS WERE LOST from ")
    present = {**LOST, "is_losing": True, "is_over": False}
    first, _ = worst_first(troubles_of({**HEALTHY, "losses": present, "targets": [refused]}, NOW))
    assert first.text.startswith("LOSING EVENTS since ")


def test_losses_of_before_name_the_second_to_ask_about_and_a_ledger_that_has_a_gap() -> None:
    losses = {**LOST, "is_losing": False, "last_at": "2026-03-02T03:12:00.500Z"}
    [found] = troubles_of({**HEALTHY, "losses": losses}, NOW)
    fix = "`securos-trigger explain CONFIG --at 2026-03-02T03:12:00+00:00` says what happened then."
    stays = "This line stays until 2026-03-03 03:12, or until a restart."
    assert found.fix == f"{fix} {stays}"
    [found] = troubles_of({**HEALTHY, "losses": losses, "ledger": {"dropped": 3}}, NOW)
    assert found.fix == f"{fix} The ledger has a gap, too: not all are in it. {stays}"


def test_losses_are_a_remark_for_a_day() -> None:
    last = "2026-03-02T03:12:00.500Z"
    losses, last_at = {**LOST, "is_losing": False, "last_at": last}, datetime.fromisoformat(last)
    assert list(troubles_of({**HEALTHY, "losses": losses}, last_at + timedelta(hours=23, minutes=59)))
    assert list(troubles_of({**HEALTHY, "losses": losses}, last_at + timedelta(days=1))) == []


def test_a_camera_that_gets_no_events_names_its_nodes_their_lines_and_the_command() -> None:
    one = {"target": "https://a:1", "camera": "9", "since": EARLIER, "reason": "unknown camera 9", "count": 2}
    nodes = [
        {"address": "yard/alarm", "target": "https://a:1", "camera_ids": ["1", "9"]},
        {"address": "gate/alarm", "target": "https://a:1", "camera_ids": ["9"]},
        {"address": "road/alarm", "target": "https://b:1", "camera_ids": ["9"]},
        {"address": "door/alarm", "target": "https://a:1", "camera_ids": ["2"]},
    ]
    plain = [{"muted_until": None, **node} for node in nodes]
    lines = {"yard/alarm": ("iss_camera_ids", 31)}
    [found] = troubles_of({**HEALTHY, "given_up": [one], "nodes": plain}, NOW, lines.get)
    assert found.fix == (
        "`securos-trigger outbox list CONFIG` says why. A wrong camera? Correct iss_camera_ids of yard/alarm (line 31), "
        "gate/alarm, `securos-trigger reload CONFIG`, then `securos-trigger outbox retry CONFIG --camera 9=RIGHT --target "
        "https://a:1`. To give them up: `securos-trigger outbox drop CONFIG --camera 9 --target "
        "https://a:1`."
    )


def test_dead_letters_of_a_receiver_that_no_node_sends_to_are_moved_or_dropped_and_no_setting_helps_them() -> None:
    one = {"target": "https://a:1", "camera": "9", "since": EARLIER, "reason": "unknown camera 9", "count": 2}
    node = {"address": "yard/alarm", "target": "https://b:1", "camera_ids": ["9"], "muted_until": None}
    waiting = {**TARGET, **FAILING, "target": "https://a:1", "trouble": "not_served", "reason": "no node sends to it"}
    for reason in ("unknown camera 9", "expired"):
        for targets in ([], [waiting]):
            answer = {**HEALTHY, "given_up": [{**one, "reason": reason}], "nodes": [node], "targets": targets}
            [found] = [trouble for trouble in troubles_of(answer, NOW) if "given up" in trouble.text]
            assert f"2 given up, and no node sends to this receiver any more: {reason}" in found.text
            assert found.fix == (
                "Has its address changed? `securos-trigger outbox move CONFIG https://a:1 NEW` moves them to the new one, "
                "and `securos-trigger outbox retry CONFIG --target NEW` sends them again. To give them up: "
                "`securos-trigger outbox drop CONFIG --target https://a:1`."
            )


def test_dead_letters_of_a_camera_that_was_corrected_wait_for_a_number_and_no_setting_is_called_wrong() -> None:
    one = {"target": "https://a:1", "camera": "7", "since": EARLIER, "count": 20, "dead_letters": 18}
    one["reason"] = "camera 7: SecurOS has no such camera"
    node = {"address": "yard/alarm", "target": "https://a:1", "camera_ids": ["2"], "muted_until": None}
    answer = {**HEALTHY, "given_up": [one], "nodes": [node]}

    def found(answer: dict[str, Any], *, may_send: bool = False) -> list[Trouble]:
        troubles = troubles_of(answer, NOW, may_send_to=lambda _target, camera: may_send or camera == "9")
        return [trouble for trouble in troubles if trouble.cameras]

    [left] = found(answer)
    assert left.text == (
        "18 events for https://a:1 wait for a camera number, as no node sends to camera 7 any more: "
        "SecurOS has no such camera"
    )
    assert left.fix == (
        "To send them to another camera: `securos-trigger outbox retry CONFIG --camera 7=RIGHT --target https://a:1`. To "
        "give them up: `securos-trigger outbox drop CONFIG --camera 7 --target https://a:1`."
    )
    assert "gets no events since" in found(answer, may_send=True)[0].text, "a camera map or a health report sends to it"
    in_force = {**answer, "nodes": [{**node, "camera_ids": ["7"]}]}
    assert "A wrong camera? Correct" in found(in_force)[0].fix, "the file is corrected, and not in force"
    changed = {**HEALTHY["configuration"], "changes": [{"setting": "health_camera_ids"}]}
    assert "A wrong camera? Correct" in found({**answer, "configuration": changed})[0].fix
    both = found({**answer, "given_up": [one, {**one, "camera": "9", "count": 1}]})
    assert [trouble.cameras for trouble in both] == [("7",), ("9",)]


def test_a_camera_that_an_input_names_is_corrected_in_its_camera_map() -> None:
    one = {"target": "https://a:1", "camera": "9", "since": EARLIER, "reason": "unknown camera 9", "count": 2}
    node = {"address": "site/gate/alarm", "target": "https://a:1", "camera_ids": ["9"], "muted_until": None}
    place = ("cameras of pipeline site", 12)
    [found] = troubles_of({**HEALTHY, "given_up": [one], "nodes": [node]}, NOW, lambda _address: place)
    assert "A wrong camera? Correct cameras of pipeline site (line 12), `securos-trigger reload CONFIG`" in found.fix


def test_a_receiver_that_has_not_answered_yet_is_worth_knowing_and_no_trouble() -> None:
    [found] = troubles_of({**HEALTHY, "targets": [{**TARGET, "no_answer_since": EARLIER}]}, NOW)
    assert found.text == f"Waiting for an answer from {TARGET['target']} since 03:12:00 (5 min), 0 waiting"
    assert not found.needs_person


@pytest.mark.parametrize(
    ("host", "is_said"), [("127.0.0.1", False), ("localhost", False), ("[::1]", False), ("10.0.0.5", True)]
)
def test_a_token_in_clear_is_said_of_another_machine_only(host: str, is_said: bool) -> None:
    target = {**TARGET, "target": f"http://{host}:3001", "is_in_clear": True}
    said = (f"The token of http://{host}:3001 is sent unencrypted, over plain HTTP", False)
    assert texts(targets=[target]) == ([said] if is_said else [])


def test_nodes_of_a_receiver_that_do_not_agree_are_named() -> None:
    target = {**TARGET, "differing": ["iss_password"], "differing_nodes": ["p/alarm", "q/alarm"]}
    text = "Nodes that send to https://vms.example:3443 have different values of iss_password: p/alarm, q/alarm"
    assert texts(targets=[target]) == [(text, False)]


def test_a_certificate_that_cannot_be_read_is_worth_knowing() -> None:
    unreadable = {"certificate_unreadable_since": EARLIER, "certificate_unreadable_reason": "it is of version 9"}
    [(text, needs_person)] = texts(targets=[{**TARGET, **unreadable}])
    assert text.startswith("When the certificate of https://vms.example:3443 expires is not known since 03:12:00")
    assert not needs_person


@pytest.mark.parametrize(
    ("apart_s", "how", "is_far"),
    [
        (-3600, "1 h behind", True),
        (305, "5 min 5 s ahead of", True),
        (-300, "5 min behind", False),
        (45, "45 s ahead of", False),
    ],
)
def test_a_clock_that_is_minutes_from_that_of_the_receiver_needs_a_person(apart_s: int, how: str, is_far: bool) -> None:
    clock = {"clock_apart_s": apart_s, "clock_apart_since": EARLIER}
    [(text, needs_person)] = texts(targets=[{**TARGET, **clock}])
    assert text == (
        f"The clock of {TARGET['target']}, or of a proxy before it, is about {how} this machine's since 03:12:00 (5 "
        "min): events point at the wrong images"
    )
    assert needs_person is is_far
    assert texts(targets=[{**TARGET, "clock_apart_s": None, "clock_apart_since": None}]) == []


@pytest.mark.parametrize("decides", [True, False])
def test_an_element_that_does_not_decide_as_it_should_needs_a_person(decides: bool) -> None:
    element = {"element": "yard", "since": EARLIER, "reason": "trigger: is wrong", "decides": decides}
    what = "decides with its former settings" if decides else "passes frames on without deciding"
    text = f"The element yard {what} since 03:12:00 (5 min): trigger: is wrong"
    assert texts(elements=[element]) == [(text, True)]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("times_replaced_since", "gets times outside of the years 1970 to 2199 since 03:12:00"),
        ("boxes_missing_since", "go without bounding boxes since 03:12:00"),
        ("times_unusable_since", "gets time stamps that cannot be used since 03:12:00 (5 min): they stand still"),
    ],
)
def test_a_node_whose_events_are_not_whole_is_worth_knowing(key: str, said: str) -> None:
    node = {"address": "yard/alarm", "muted_until": None, key: EARLIER, "times_unusable_reason": "they stand still"}
    [(text, needs_person)] = texts(nodes=[node])
    assert said in text and "yard/alarm" in text and not needs_person
