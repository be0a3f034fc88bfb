"""Unit tests stand where their modules stand; a module without one names the test that covers it.

`src/securos_trigger/ledger/explain_text.py` is tested by `tests/unit/ledger/test_explain_text.py`, or it has a row in `COVERED_BY`.
"""

from __future__ import annotations

import re

import pytest

from tests.architecture.modules import ROOT, SOURCE, Module, modules

UNIT = ROOT / "tests" / "unit"

#: Modules without a unit test of their own, or whole folders of them, and the test file that covers them.
COVERED_BY = {
    "__main__.py": "tests/e2e/test_command_line.py",
    "analytics/": "tests/integration/test_analytics_detector.py",
    "analytics/settings.py": "tests/docs/test_nodes_page.py",
    "cli/": "tests/e2e/test_command_line.py",
    "conditions/cursor.py": "tests/unit/conditions/test_grammar.py",
    "conditions/expressions.py": "tests/unit/conditions/test_compile.py",
    "conditions/functions.py": "tests/unit/conditions/test_evaluate.py",
    "conditions/limits.py": "tests/unit/conditions/test_grammar.py",
    "conditions/paths.py": "tests/unit/conditions/test_condition.py",
    "conditions/readers.py": "tests/unit/conditions/test_evaluate.py",
    "conditions/shape.py": "tests/unit/conditions/test_compile.py",
    "conditions/syntax.py": "tests/unit/conditions/test_grammar.py",
    "conditions/syntax_errors.py": "tests/unit/conditions/test_grammar.py",
    "conditions/tokens.py": "tests/unit/conditions/test_grammar.py",
    "conditions/truth.py": "tests/unit/conditions/test_condition.py",
    "conditions/habits.py": "tests/unit/conditions/test_foreign_words.py",
    "conditions/vocabulary.py": "tests/contract/test_conditions_helper.py",
    "config/": "tests/unit/config/test_reader.py",
    "console/": "tests/integration/test_console.py",
    "delivery/": "tests/integration/test_courier.py",
    "delivery/webhook/": "tests/integration/test_webhook.py",
    "demo/": "tests/e2e/test_command_line.py",
    "doctor/": "tests/integration/test_doctor.py",
    "health/oldest_deliveries.py": "tests/integration/test_health_watch.py",
    "health/certificate_checks.py": "tests/integration/test_health_watch.py",
    "health/watch.py": "tests/integration/test_health_watch.py",
    "health/watched_subject.py": "tests/integration/test_health_watch.py",
    "gst/": "tests/integration/test_gstreamer.py",
    "inputs/": "tests/integration/test_payloads.py",
    "ledger/cause.py": "tests/unit/ledger/test_present_causes.py",
    "ledger/causes.py": "tests/unit/ledger/test_periods.py",
    "ledger/change_detector.py": "tests/unit/ledger/test_node_ledger.py",
    "ledger/deliveries.py": "tests/unit/ledger/test_answers.py",
    "ledger/entries.py": "tests/integration/test_ledger_files.py",
    "ledger/entry_groups.py": "tests/unit/ledger/test_answers.py",
    "ledger/event_causes.py": "tests/unit/ledger/test_periods.py",
    "ledger/event_nodes.py": "tests/unit/ledger/test_answers.py",
    "ledger/files.py": "tests/integration/test_ledger_files.py",
    "ledger/held_besides.py": "tests/unit/ledger/test_answers.py",
    "ledger/journal.py": "tests/integration/test_ledger_files.py",
    "ledger/journal_gap.py": "tests/integration/test_ledger_files.py",
    "ledger/ledger.py": "tests/unit/ledger/test_node_ledger.py",
    "ledger/lines.py": "tests/integration/test_ledger_files.py",
    "ledger/node_answer.py": "tests/unit/ledger/test_answers.py",
    "ledger/explain_rows.py": "tests/unit/ledger/test_answers.py",
    "ledger/explain_text.py": "tests/unit/ledger/test_answers.py",
    "ledger/new_intervals.py": "tests/unit/operations/test_explain_intervals.py",
    "ledger/remedies.py": "tests/unit/ledger/test_periods.py",
    "ledger/period_lines.py": "tests/unit/ledger/test_periods.py",
    "metadata/recorded_frames.py": "tests/unit/metadata/test_recordings.py",
    "metrics/declarations.py": "tests/unit/metrics/test_collection.py",
    "metrics/server.py": "tests/integration/test_metrics_server.py",
    "model/decisions.py": "tests/unit/model/test_values.py",
    "model/deliveries.py": "tests/unit/model/test_values.py",
    "model/heartbeat.py": "tests/unit/health/test_subjects.py",
    "model/looks.py": "tests/unit/operations/test_speed_troubles.py",
    "model/node_ids.py": "tests/unit/video/test_sinks.py",
    "model/overlays.py": "tests/unit/analytics/test_zone.py",
    "model/source_figures.py": "tests/unit/runtime/test_pipeline_thread.py",
    "model/targets.py": "tests/unit/model/test_values.py",
    "notices/fields.py": "tests/unit/notices/test_kinds.py",
    "notices/outbox_kinds.py": "tests/unit/notices/test_kinds.py",
    "notices/relay_kinds.py": "tests/unit/notices/test_kinds.py",
    "notices/registry.py": "tests/unit/notices/test_kinds.py",
    "operations/init/": "tests/e2e/test_command_init.py",
    "operations/cluster.py": "tests/integration/test_relay.py",
    "operations/other_file.py": "tests/unit/operations/test_status.py",
    "operations/service_report.py": "tests/unit/operations/test_status.py",
    "operations/lumeo/": "tests/unit/operations/test_import_lumeo.py",
    "outbox/": "tests/integration/test_outbox.py",
    "pipeline/": "tests/integration/test_video.py",
    "placement/": "tests/integration/test_placed_pipelines.py",
    "relay/": "tests/integration/test_relay.py",
    "replay/result.py": "tests/integration/test_replay.py",
    "replay/nodes.py": "tests/integration/test_replay.py",
    "operations/console_process.py": "tests/integration/test_console_process.py",
    "operations/console_plan.py": "tests/integration/test_console.py",
    "operations/events.py": "tests/integration/test_console.py",
    "operations/in_force.py": "tests/integration/test_console_edit.py",
    "operations/setting_lines.py": "tests/unit/operations/test_status.py",
    "operations/waits_behind.py": "tests/unit/operations/test_explain_outbox.py",
    "operations/given_up_troubles.py": "tests/unit/operations/test_service_troubles.py",
    "operations/target_troubles.py": "tests/unit/operations/test_service_troubles.py",
    "operations/doctor_cluster.py": "tests/integration/test_relay.py",
    "operations/doctor_deliver.py": "tests/integration/test_deliver_doctor.py",
    "operations/site.py": "tests/e2e/test_broken_file.py",
    "operations/ledger_now.py": "tests/integration/test_ledger_gaps.py",
    "operations/frames.py": "tests/integration/test_console.py",
    "operations/marked_event.py": "tests/integration/test_console_edit.py",
    "operations/receiver_cameras.py": "tests/integration/test_console_edit.py",
    "operations/unserved.py": "tests/integration/test_console_edit.py",
    "operations/known_cameras.py": "tests/e2e/test_never_green.py",
    "operations/toml_writer.py": "tests/unit/operations/test_import_lumeo.py",
    "operations/source_in_use.py": "tests/integration/test_source_in_use.py",
    "runtime/": "tests/integration/test_operating.py",
    "runtime/control/": "tests/integration/test_control.py",
    "runtime/output_mistakes.py": "tests/integration/test_reload.py",
    "runtime/pipelines.py": "tests/integration/test_reload.py",
    "runtime/reload.py": "tests/integration/test_reload.py",
    "runtime/reload_signal.py": "tests/integration/test_reload.py",
    "system/local_channel.py": "tests/integration/test_without_posix.py",
    "system/platform.py": "tests/integration/test_without_posix.py",
    "system/posix.py": "tests/unit/system/test_locks.py",
    "system/windows.py": "tests/integration/test_without_posix.py",
    "system/user_name.py": "tests/unit/operations/test_mute.py",
    "system/unix_channel.py": "tests/integration/test_control.py",
    "trigger/context.py": "tests/unit/trigger/test_node.py",
    "trigger/event_writer.py": "tests/unit/trigger/test_node.py",
    "trigger/counted_code.py": "tests/unit/trigger/test_budget.py",
    "trigger/growth.py": "tests/unit/trigger/test_budget.py",
    "trigger/prepared_text.py": "tests/unit/trigger/test_texts.py",
    "trigger/property_check.py": "tests/unit/trigger/test_properties.py",
    "trigger/rules.py": "tests/unit/trigger/test_node.py",
    "video/": "tests/integration/test_video.py",
    "vms/": "tests/integration/test_simulator.py",
}

#: Unit tests of a package as a whole.
OF_PACKAGES = {
    "test_public_names.py": "__init__.py",
    "analytics/test_build.py": "analytics/__init__.py",
    "cli/test_thin.py": "cli/__init__.py",
    "errors/test_tree.py": "errors/__init__.py",
    "model/test_values.py": "model/__init__.py",
}


def row_of(module: Module) -> str | None:
    """The row of `COVERED_BY` for a module: its own, or that of the nearest folder around it."""
    parts = module.path.split("/")
    wanted = [module.path, *("/".join(parts[:length]) + "/" for length in range(len(parts) - 1, 0, -1))]
    return next((row for row in wanted if row in COVERED_BY), None)


def test_every_unit_test_has_its_module_at_the_same_place() -> None:
    lost = []
    for test in sorted(UNIT.rglob("test_*.py")):
        path = test.relative_to(UNIT)
        module = OF_PACKAGES.get(path.as_posix()) or (path.parent / path.name.removeprefix("test_")).as_posix()
        if not (SOURCE / module).is_file():
            lost.append(path.as_posix())
    assert lost == []


def test_every_module_has_a_unit_test_or_names_the_test_that_covers_it() -> None:
    bare = [
        module.path
        for module in modules()
        if module.name != "__init__"
        and not (UNIT / module.folder / f"test_{module.name}.py").is_file()
        and row_of(module) is None
    ]
    assert bare == []


@pytest.mark.parametrize("row", COVERED_BY)
def test_the_test_that_covers_a_module_imports_its_package_or_runs_it(row: str) -> None:
    test = ROOT / COVERED_BY[row]
    source = test.read_text(encoding="utf-8")
    top = row.split("/")[0].removesuffix(".py")
    runs_commands = test.is_relative_to(ROOT / "tests" / "e2e")
    assert runs_commands or re.search(rf"securos_trigger\.{top}\b|from securos_trigger import", source)


def test_no_module_with_a_unit_test_has_a_row_of_its_own() -> None:
    rows = [row for row in COVERED_BY if row.endswith(".py")]
    tested = {module.path for module in modules() if (UNIT / module.folder / f"test_{module.name}.py").is_file()}
    assert [row for row in rows if row in tested or not (SOURCE / row).is_file()] == []
