"""What the doctor says of a configuration file that `run` and `reload` refuse: the words of `check`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from securos_trigger.config.reader import read_config
from securos_trigger.doctor.findings import Finding, failed, warning
from securos_trigger.errors import ConfigurationError
from securos_trigger.operations.service_report import ServiceReport
from securos_trigger.validation.secret import ENV_NOT_SET

_NOT_EXAMINED = " This machine, the sources and the receivers are not examined."
_IN_FORCE = " What follows is examined with the settings in force."


def missing_part_findings(config: Path, report: ServiceReport) -> Iterator[Finding]:
    """The models, functions and packages that the file names and that cannot be used. None: `run` takes the file.

    `report` is that of the service with this file.
    """
    try:
        read_config(config, has_files=True)
    except ConfigurationError as error:
        yield from mistake_findings(error, report, is_read=True)


def mistake_findings(
    error: ConfigurationError, report: ServiceReport, *, is_alone: bool = False, is_read: bool = False
) -> Iterator[Finding]:
    """Each mistake with its line, and what it is in the way of.

    `is_alone`: nothing but the service is examined. `is_read`: the settings of the file are, else those in force.
    """
    until_then = "Until then `securos-trigger run CONFIG` does not start."
    if report.answer["is_running"]:
        until_then = "The service goes on; until then a reload is refused, and a restart would fail."
    for number, one in enumerate(error.mistakes, 1):
        what, *_ = one.what.split("\n")  # without the caret, for which a line is too narrow
        after = "" if is_read else _NOT_EXAMINED if is_alone else _IN_FORCE
        more = after if number == len(error.mistakes) else ""
        fix = " ".join(one.fix.split()) or "`securos-trigger check CONFIG` says how to fix it."
        yield failed("file", f"{one.where}: {what}" if one.where else what, f"{fix} {until_then}{more}")


def is_of_this_terminal(error: ConfigurationError, report: ServiceReport) -> bool:
    """True when nothing is wrong but variables that this terminal does not have, and the service started with them."""
    has_changed = (report.answer.get("configuration") or {}).get("has_changed", True)
    return not has_changed and {one.what for one in error.mistakes} == {ENV_NOT_SET}


def variable_findings(error: ConfigurationError) -> Iterator[Finding]:
    """The variables that the service has and this terminal does not."""
    for one in error.mistakes:
        where = f"{one.where}: " if one.where else ""
        fix = "The service has it. To examine its receiver, too, set it here and ask again."
        yield warning("file", f"{where}{one.what} in this terminal", fix)


def without_password() -> Finding:
    """That a receiver cannot be examined, because its password is in a variable or a file that is not read here."""
    return warning("receiver", "not examined from here: its password is not known in this terminal")
