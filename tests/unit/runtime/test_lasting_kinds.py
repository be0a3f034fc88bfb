"""Every notice is classified: it begins a state that `status` shows, ends one, tells of the past, or is for the log."""

from __future__ import annotations

import pytest

from securos_trigger.notices import KINDS
from securos_trigger.runtime.lasting_kinds import FAILING, OF_TARGET, RIGHT_AGAIN, UNWRITTEN, WORKING, WRITTEN
from tests.architecture.modules import SOURCE

#: By the notice that begins it, words of the line that `status` has while it lasts.
LASTING = {
    "source_lost": "gives no frames",
    "source_still_lost": "gives no frames",
    "source_frozen": "has not changed",
    "source_times_unusable": "cannot be used",
    "source_behind": "at its own speed: it is",
    "drawing_outside": "nothing is ever there",
    "input_held_up": "are held up",
    "message_malformed": "cannot be read, and all others raise no event",
    "camera_unknown": "not in the camera map",
    "camera_offline": "offline",
    "node_failed": "fails on every frame",
    "frame_time_replaced": "gets times outside of the years",
    "media_time_unusable": "gets times that cannot be used",
    "frame_size_unknown": "go without bounding boxes",
    "condition_always_unknown": "cannot fire",
    "pipeline_failed": "has failed",
    "element_not_ready": "passes frames on without deciding",
    "delivery_retry": "has accepted no event",
    "delivery_dead": "Dead letters",
    "target_unreachable": "takes no events",
    "target_unauthorized": "refuses the password",
    "target_untrusted": "shows a certificate that is not trusted",
    "target_clock_apart": "events point at the wrong images",
    "target_not_served": "is not served",
    "target_settings_replaced": "have different values of",
    "password_in_clear": "is sent unencrypted",
    "event_not_kept": "LOSING EVENTS",
    "events_lost": "LOSING EVENTS",
    "events_lost_again": "again and again",
    "outbox_failing": "The outbox takes no events",
    "disk_almost_full": "almost full",
    "outbox_moved": "Another process owns the outbox",
    "outbox_set_aside": "The outbox was damaged",
    "outbox_in_memory": "is in memory",
    "cluster_lost": "The cluster is not reached",
    "outcomes_foreign": "Outcomes come of events",
    "target_undelivered": "gets nothing of what was relayed",
    "gateway_clock_apart": "its events show the wrong time",
    "server_clock_apart": "The clock of NATS server",
    "target_given_up": "cannot be served",
    "ends_refused": "does not store how they end",
    "ledger_failing": "The ledger cannot be written",
    "images_failing": "are not written",
    "health_not_written": "reported troubles",
    "certificate_unreadable": "expires is not known",
    "node_muted": "is muted",
    "node_still_muted": "is muted",
    "mutes_unreadable": "The file of mutes cannot be read",
    "mutes_not_written": "a mute may last longer than meant",
    "thread_failed": "fails: ",
}
#: These end a state, or say that all is well.
ENDING = {
    *(
        "source_connected",
        "source_recovered",
        "source_moves_again",
        "source_caught_up",
        "messages_in_time",
        "drawings_inside",
    ),
    *("source_times_usable", "media_time_usable"),
    *("input_goes_on", "camera_online", "element_ready", "target_recovered", "events_kept_again", "outbox_recovered"),
    *("disk_has_space", "cluster_recovered", "cluster_reached", "outcomes_own_again", "target_delivered_again"),
    *("target_taken", "ends_accepted", "ledger_recovered", "images_recovered", "health_recovered", "health_written"),
    *("target_clock_agrees", "events_lost_no_more", "gateway_clock_agrees", "server_clock_agrees"),
    *("certificate_readable", "node_recovered", "node_unmuted", "mutes_readable", "mutes_written", "thread_recovered"),
}
#: These tell of something that is over when they come.
PAST = {
    *("pipeline_ended", "recording_ended", "delivery_done", "delivery_relayed", "event_kept"),
    *("certificate_remembered", "certificate_replaced", "event_already_there", "event_superseded", "outbox_migrated"),
    *(
        "events_relayed_again",
        "outbox_deleted",
        "outbox_replaced",
        "outbox_files_renewed",
        "outbox_taken_up",
        "outbox_left",
    ),
    *("pipeline_taken", "pipeline_moved", "ledger_dropped", "images_dropped", "health_forgotten", "log_shortened"),
    *(
        "service_started",
        "service_was_killed",
        "service_stopped",
        "control_request_failed",
        "control_order_left",
        "metrics_served",
        "reload_done",
    ),
}
#: These are for the log alone, and why.
LOG_ONLY = {
    "source_size_changed": "frames come; a drawing that lies outside now has a line of its own",
    "source_times_made_up": "it is about a file, whose rate is a setting; no event is lost",
    "source_ended_early": "it is about a file that has come to its end; `pipeline_ended` says it again",
    "messages_too_old": "messages that were held up are caught up with; those that stay too old have a line",
    "recording_incomplete": "only the command `record` writes it, which is no service and ends with 1",
    "element_settings_warning": "the element does what its properties say; a person may want that",
    "courier_failed": "the event is sent again; one that waits long has a line",
    "outbox_settlements_lost": "events arrive, some perhaps twice; a disk that fails has a line of its own",
    "cluster_message_unreadable": "the message stays in the cluster; the target has a line when nothing gets through",
    "pipeline_lease_lost": "the pipeline goes on; `cluster status` says who runs it",
    "health_trouble": "what it reports has a line of its own",
    "logins_limited": "it ends by itself within minutes, and no event is concerned",
    "control_unavailable": "then `status` gets no answer, and says that",
    "reload_refused": "the mistake of the file has a line as long as it is there",
}


@pytest.mark.parametrize("name", KINDS)
def test_a_notice_is_classified_once(name: str) -> None:
    places = [name in table for table in (LASTING, ENDING, PAST, LOG_ONLY)]
    assert places.count(True) == 1, "does its state last? Then give it a line in `status`, and a row here"


def test_no_row_is_of_a_notice_that_is_gone() -> None:
    assert {*LASTING, *ENDING, *PAST, *LOG_ONLY} == {*KINDS}
    assert all(LOG_ONLY.values())


@pytest.mark.parametrize("name", LASTING)
def test_a_state_that_lasts_has_its_words_in_status(name: str) -> None:
    written = "".join(file.read_text(encoding="utf-8") for file in (SOURCE / "operations").glob("*_troubles.py"))
    assert LASTING[name] in written


def test_what_the_status_is_told_lasts_and_what_ends_it_ends() -> None:
    assert {kind.name for kind in (*FAILING, *UNWRITTEN, *OF_TARGET)} <= {*LASTING}
    assert {kind.name for kind in (*WORKING, *WRITTEN, *RIGHT_AGAIN)} <= ENDING
    assert {*WORKING.values()} <= {*FAILING.values()} and {*WRITTEN.values()} == {*UNWRITTEN.values()}
    assert {*RIGHT_AGAIN.values()} == {*OF_TARGET.values()}
