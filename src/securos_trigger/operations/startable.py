"""Whether a service that does not run could be started: what its configuration file says against it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from securos_trigger.errors import ConfigurationError
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.trouble import Trouble, commands_for, file_trouble

#: That is how a site begins which is drawn in the console; the service starts with it there, and not without.
_NO_PIPELINE: Final = Trouble(
    "The configuration file has no pipeline yet. Without --console a service cannot start with it",
    "`securos-trigger run CONFIG --console` starts it: draw the first pipeline there.",
    needs_person=False,
)


def may_be_refused(report: ServiceReport, config: Path, outbox: Path) -> bool:
    """Whether to read the file: not after a service that has stopped, leaves nothing, and had the file as it is now.

    `report` is one `with_left_behind`. To read the file takes three times as long as all else of `status`.
    """
    try:
        is_changed = config.stat().st_mtime > outbox.stat().st_mtime
    except OSError:
        return True
    return is_changed or bool(report.answer.get("waiting") or report.answer.get("was_killed"))


def with_file_trouble(report: ServiceReport, config: Path) -> ServiceReport:
    """The report; of a service that does not run with a trouble where `run` refuses the file as it is now.

    The file has a mistake, or no pipeline yet, or a model or another file that it names is not there. No function and
    no model is loaded: what is wrong with them only `run` says.
    """
    if report.verdict is not Verdict.NOT_RUNNING:
        return report
    from securos_trigger.config.reader import read_config  # a running service needs no settings read

    try:  # a variable may be set for the service alone
        settings = read_config(config, has_files=True, has_secrets=False, may_be_empty=True)
    except ConfigurationError as error:
        found = replace(file_trouble(str(error), is_running=False), needs_person=True)
    else:
        if settings.pipelines:
            return report
        found = _NO_PIPELINE
    return replace(report, troubles=(*commands_for(config, [found]), *report.troubles))
