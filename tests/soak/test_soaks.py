"""A short run of each soak. `make soak ARGS=--long` makes the runs that docs/reliability.md describes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from soak import __main__ as command
from soak import (
    clock,
    cluster_links,
    console,
    console_memory,
    disk,
    network,
    nodes,
    outage,
    owner_kill,
    parsers,
    power_cut,
    ray,
    ray_network,
    receiver_kill,
    reload,
    sender_kill,
    vms,
)
from soak.__main__ import main
from soak.report import Report, seeded
from tests.integration.node_releases import NotToBeHadError

pytestmark = pytest.mark.timeout(600)


def test_a_release_that_cannot_be_had_hides_no_failure_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_tests(release: str, *_args: object) -> subprocess.CompletedProcess[str]:
        if release == "missing":
            raise NotToBeHadError("no such release")
        return subprocess.CompletedProcess([], 1, "not ok 1 - a test", "")

    monkeypatch.setattr(nodes, "run_tests", run_tests)
    found = nodes.run(is_long=False, releases=("22", "missing"))
    assert (len(found.broken), found.skipped) == (1, "")
    assert nodes.run(is_long=False, releases=("missing",)).skipped == "no such release"


def test_tests_of_the_receiver_that_do_not_end_are_a_broken_promise_and_the_next_release_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[str] = []

    def run_tests(release: str, *_args: object) -> subprocess.CompletedProcess[str]:
        tried.append(release)
        raise subprocess.TimeoutExpired("node", nodes.LIMIT_S)

    monkeypatch.setattr(nodes, "run_tests", run_tests)
    found = nodes.run(is_long=False, releases=("20", "22"))
    assert tried == ["20", "22"]
    assert found.broken == tuple(f"Node.js {release}: its tests have not ended within 600 s" for release in tried)


@pytest.fixture
def reports(capsys: pytest.CaptureFixture[str]) -> Iterator[list[Report]]:
    """Reports put in here are printed: their figures are what the test is for."""
    reports: list[Report] = []
    yield reports
    with capsys.disabled():
        sys.stdout.write("\n")
        for report in reports:
            for figure, value in report.figures.items():
                sys.stdout.write(f"    {figure}: {value}\n")


def test_killing_the_sender_loses_nothing_doubles_nothing_and_keeps_the_order(reports: list[Report]) -> None:
    reports.append(sender_kill.run(is_long=False, kills=4))
    assert reports[0].broken == ()


def test_a_seed_chooses_the_same_again_and_is_refused_where_nothing_takes_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert [seeded(7)[1].random() for _ in range(2)] == [seeded(7)[1].random()] * 2
    assert seeded(7)[0] == 7
    drawn, chance = seeded(None)
    assert seeded(drawn)[1].random() == chance.random()
    with pytest.raises(SystemExit):
        main(["network", "sender_kill", "--seed", "7"])
    assert "these take no seed: network" in capsys.readouterr().err


def test_killing_the_receiver_loses_nothing_and_every_repeat_is_marked(reports: list[Report]) -> None:
    reports.append(receiver_kill.run(is_long=False, kills=4))
    assert reports[0].broken == ()


@pytest.mark.skipif(bool(power_cut.why_not()), reason=power_cut.why_not())
def test_a_power_cut_loses_nothing_that_was_kept(reports: list[Report]) -> None:
    reports.append(power_cut.run(is_long=False, cuts=3, control_cuts=2))
    assert reports[0].broken == ()


def test_a_hostile_network_delays_and_neither_loses_nor_doubles(reports: list[Report]) -> None:
    reports.append(network.run(is_long=False, fault_s=0.3))
    assert reports[0].broken == ()


@pytest.mark.skipif(bool(vms.why_not()), reason=vms.why_not())
def test_whatever_becomes_of_the_vms_the_video_goes_on_and_all_arrives(reports: list[Report]) -> None:
    reports.append(vms.run(is_long=False, fault_s=1.0))
    assert reports[0].broken == ()


def test_after_two_days_without_vms_all_arrives_in_order_and_late_events_start_no_recording(
    reports: list[Report],
) -> None:
    reports.append(outage.run(is_long=False))
    assert reports[0].broken == ()


def test_whatever_the_disk_does_the_video_goes_on_and_every_loss_is_counted(reports: list[Report]) -> None:
    reports.append(disk.run(is_long=False, fault_s=2.5))
    assert reports[0].broken == ()


def test_setting_the_clock_neither_loses_nor_doubles(reports: list[Report]) -> None:
    reports.append(clock.run(is_long=False))
    assert reports[0].broken == ()


def test_reloads_under_load_lose_no_frame_and_no_event(reports: list[Report]) -> None:
    reports.append(reload.run(is_long=False, reloads=12))
    assert reports[0].broken == ()


def test_pulled_cables_of_a_cluster_delay_and_neither_lose_nor_double(reports: list[Report]) -> None:
    reports.append(cluster_links.run(is_long=False))
    if reports[0].skipped:
        pytest.skip(reports[0].skipped)
    assert reports[0].broken == ()


def test_another_deliver_goes_on_when_the_owner_of_a_receiver_dies_or_stands_still(reports: list[Report]) -> None:
    """How soon is measured by the soak itself, on a machine that has the time."""
    reports.append(owner_kill.run(is_long=False, times=2, within_s=60.0))
    if reports[0].skipped:
        pytest.skip(reports[0].skipped)
    assert reports[0].broken == ()


def test_without_ray_its_soak_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for soak in (ray, ray_network):
        monkeypatch.setattr(soak, "why_no_ray", lambda: "Ray is not installed: make test-ray")
        monkeypatch.setattr(soak, "why_not", lambda: "", raising=False)
        assert soak.run(is_long=False).skipped == "Ray is not installed: make test-ray"


def test_saves_in_the_console_under_load_lose_no_frame_and_no_event(reports: list[Report]) -> None:
    reports.append(console.run(is_long=False, saves=12))
    assert reports[0].broken == ()
    assert reports[0].figures["saves in force"] != 0


def test_pages_that_are_opened_and_closed_all_the_time_leave_nothing_open(reports: list[Report]) -> None:
    reports.append(console_memory.run(is_long=False))
    assert reports[0].broken == ()
    assert reports[0].figures["browsers that came and went"] == console_memory.BROWSERS


def test_a_broken_promise_is_printed_and_ends_the_command_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(clock, "run", lambda *, is_long: Report({"events kept": 2}, ("one was lost",)))
    assert command.main(["clock"]) == 1
    assert capsys.readouterr().out == "clock: BROKEN (0 s)\n    events kept: 2\n    broken: one was lost\n"


def test_a_name_that_is_unknown_is_refused_with_those_that_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["flood"])
    assert capsys.readouterr().err.endswith(f"error: there is no soak flood; known: {', '.join(command.NAMES)}\n")


def test_no_broken_or_hostile_message_raises_in_a_parser_and_nothing_grows(reports: list[Report]) -> None:
    reports.append(parsers.run(is_long=False))
    assert reports[0].broken == ()
    assert reports[0].figures["messages each"] == 2_000
