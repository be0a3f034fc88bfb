"""Whether a service that does not run could be started: what its configuration file says against it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from securos_trigger.errors import ConfigurationError
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.trouble import commands_for, file_trouble


def with_file_trouble(report: ServiceReport, config: Path) -> ServiceReport:
    """The report; of a service that does not run with a trouble where `run` refuses the file as it is now.

    The file has a mistake, or a model, a function or a package that it names is not there.
    """
    if report.verdict is not Verdict.NOT_RUNNING:
        return report
    from securos_trigger.config.reader import read_config  # a running service needs no settings read

    try:
        read_config(config, has_files=True, has_secrets=False)  # a variable may be set for the service alone
    except ConfigurationError as error:
        found = commands_for(config, [replace(file_trouble(str(error), is_running=False), needs_person=True)])
        return replace(report, troubles=(*found, *report.troubles))
    return report
