"""Ask the running service for its state. Imports nothing heavy: a container asks every few seconds."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from securos_trigger.config.deliver_file import is_deliver_config
from securos_trigger.config.outbox_path import default_outbox_path, named_outbox, values_in, written_outbox
from securos_trigger.errors import ConfigurationError, OutboxError, OutboxOwnedError
from securos_trigger.errors.source_fixes import ITS_URL
from securos_trigger.operations.other_file import is_same_file, other_file
from securos_trigger.operations.service_report import ServiceReport, Verdict, without_answer
from securos_trigger.operations.service_troubles import troubles_of
from securos_trigger.operations.trouble import Trouble, age_s, clock, commands_for, file_trouble, worst_first
from securos_trigger.runtime.control.locked_outboxes import locked_outboxes
from securos_trigger.runtime.control.sockets import exchange, last_owner, may_have_owner, not_running, socket_path
from securos_trigger.runtime.control.start_mark import starter_of
from securos_trigger.system.files import is_there
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.timestamps import rfc3339
from securos_trigger.system.user_folders import below

if TYPE_CHECKING:
    from securos_trigger.operations.setting_lines import SettingLines

#: A process that cannot be asked for longer is not starting any more.
STARTS_WITHIN_S: Final = 600.0
#: The outbox of a placed pipeline, beside the file that it runs with (`placement/place.py`).
OUTBOX_OF_PLACED: Final = "outbox.sqlite"
#: The folder of placed pipelines, beside the outbox that their file names.
PLACED: Final = "placed"


def service_status(config: Path, *, now: datetime) -> ServiceReport:
    """Ask the service that runs with `config`, which may be one of `deliver`. `now` is the present moment (aware).

    The file may have mistakes: only its outbox is looked for. ConfigurationError: it is not found, and no service runs.
    """
    if is_deliver_config(config):
        from securos_trigger.operations.deliver import deliver_status  # it needs the client of the cluster

        return deliver_status(config, now=now)
    outbox = outbox_in_use(config)
    report = status_at(outbox, config, now=now)
    if (other := other_file(report.answer, config)) is None:
        return report
    trouble = next(commands_for(config, [_runs_instead(config, outbox, other, report.answer)]))
    instead = {"configuration": str(other), "pid": report.answer.get("pid")}
    answer = {"is_running": False, "reason": f"{trouble.text}.", "runs_instead": instead}
    return ServiceReport(Verdict.NOT_RUNNING, (trouble,), answer)


def status_at(outbox: Path, config: Path, *, now: datetime) -> ServiceReport:
    """Ask the service that has this outbox, and runs with `config`."""
    try:
        answer = _asked(outbox)
    except OutboxError as error:
        starting = _starting(outbox, now) if isinstance(error, OutboxOwnedError) else None
        if starting is not None:
            return ServiceReport(Verdict.STARTING, (), starting)
        return without_answer(error, {"is_running": True}, socket_path(outbox))
    if not answer["is_running"]:
        return ServiceReport(Verdict.NOT_RUNNING, (), answer)
    if answer.get("is_starting"):  # a service of an older version does not say it
        return _building(answer, now)
    troubles = worst_first(commands_for(config, _troubles(config, answer, now)))
    is_healthy = not any(one.needs_person for one in troubles)
    return ServiceReport(Verdict.HEALTHY if is_healthy else Verdict.TROUBLE, troubles, answer)


def _troubles(config: Path, answer: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    @cache
    def lines() -> SettingLines:
        from securos_trigger.operations.setting_lines import setting_lines  # it reads the whole file

        return setting_lines(config)

    found = troubles_of(
        answer,
        now,
        lambda address: lines().cameras(address),
        lambda addresses: lines().password_fix(addresses),
        lambda target, camera: lines().may_send_to(target, camera),
    )
    for one in found:
        is_about_url = ITS_URL in one.fix
        yield replace(one, fix=lines().with_line_of_url(one.fix, one.about["pipeline"])) if is_about_url else one


def _asked(outbox: Path) -> dict[str, Any]:
    """The answer of the service with this outbox, or `is_running` false. OutboxError: it runs, and does not answer."""
    try:
        answer: dict[str, Any] = json.loads(exchange(outbox, b'{"do": "status"}'))
    except (FileNotFoundError, ConnectionRefusedError):
        return _without_answer(outbox)
    except OSError as error:
        raise OutboxError(f"The service does not answer: {reason_of(error)}.") from error
    if "error" in answer:
        raise OutboxError(str(answer["error"]))
    return answer


def _starting(outbox: Path, now: datetime) -> dict[str, Any] | None:
    """The answer about a process that starts: it loads, or took the outbox lately and does not listen yet.

    None: it began long ago, or the lock cannot be read; then something is wrong with it.
    """
    starter = starter_of(outbox)
    try:
        pid, since_at = starter or last_owner(outbox)
    except (OSError, ValueError):  # the lock of another user
        return None
    if now.timestamp() - since_at > STARTS_WITHIN_S:
        return None
    does = "loads the service of" if starter else "has"
    reason = f"process {pid} {does} the outbox {outbox}, and cannot be asked yet"
    return {"is_running": True, "pid": pid, "starting_since": rfc3339(since_at), "reason": reason}


def _building(answer: dict[str, Any], now: datetime) -> ServiceReport:
    """The report of a service that can be asked and still builds its pipelines. For too long: a trouble."""
    since, pid = answer["started_at"], answer["pid"]
    if age_s(since, now) > STARTS_WITHIN_S:
        text = f"The service has been starting since {clock(since, now)}, and no pipeline runs yet"
        fix = "Its log says what it does last: it may load a model or a function that never ends, or wait for a disk."
        return ServiceReport(Verdict.TROUBLE, (Trouble(text, fix, needs_person=True),), answer)
    reason = f"process {pid} loads its models and functions, and no pipeline runs yet"
    return ServiceReport(Verdict.STARTING, (), {**answer, "starting_since": since, "reason": reason})


def _without_answer(outbox: Path) -> dict[str, Any]:
    """No process listens. One that starts, or has locked the outbox, may be about to: it is asked with patience."""
    if not outbox.parent.exists() or not (starter_of(outbox) or may_have_owner(outbox)):
        return not_running(outbox)
    from securos_trigger.notices import Announcer
    from securos_trigger.runtime.control import StatusRequest, ask

    return ask(outbox, StatusRequest(), Announcer())


def outbox_in_use(config: Path) -> Path:
    """The outbox file of the service that runs with `config`, else the one that the file names. From any file.

    A mistake in the file may hide it, or its path was changed since the start. Then each value in the file, the default
    place, and what its process has locked are tried: it is the outbox when the process there says that it runs
    with this file. No service: the one that the lines of `[outbox]` name, where it exists. ConfigurationError: there is
    none, and the file does not say which.
    """
    beside = config.parent / OUTBOX_OF_PLACED
    named = named_outbox(config, or_default=True)
    # a placed pipeline: the file has the outbox of its site. Where the file names it, no question is needed
    if named != beside and _runs_with(beside, config):
        return beside
    if named is not None and _may_serve(named):
        return named
    for file in (*(below(config.parent, value) for value in values_in(config)), default_outbox_path()):
        if _runs_with(file, config):
            return file
    if (elsewhere := _outbox_elsewhere(config)) is not None:
        return elsewhere
    if named is not None:
        return named
    if (written := written_outbox(config)) is not None:
        return written
    from securos_trigger.config.reader import read_config  # it says what is wrong

    return read_config(config, has_secrets=False, may_be_empty=True).outbox.path


def has_placed(outbox: Path) -> bool:
    """True when pipelines were placed on this machine by a file that names this outbox (`placement/place.py`)."""
    try:
        return is_there(outbox.parent / PLACED)
    except OSError:  # another user's folder: what is said of its outbox says so
        return False


def _may_serve(outbox: Path) -> bool:
    """True when a service may answer for this outbox file; also where this user may not look, as what follows says."""
    try:
        return is_there(socket_path(outbox))
    except OSError:
        return True


def _runs_instead(config: Path, outbox: Path, other: Path, answer: Mapping[str, Any]) -> Trouble:
    """That the service with this outbox runs with another file, and nothing of `config` runs."""
    text = f"{config} does not run: the outbox {outbox} belongs to process {answer.get('pid')}, which runs {other}"
    own = json.dumps(f"{config.stem}.outbox.sqlite", ensure_ascii=False)
    fix = f"To run both, give this file an outbox of its own: `path = {own}` under [outbox]. To run this file instead, "
    fix += "stop that process. Then `securos-trigger run CONFIG`. "
    fix += f"What runs now: `securos-trigger status {shlex.quote(str(other))}`."
    return Trouble(text, fix, needs_person=True)


def _runs_with(outbox: Path, config: Path) -> bool:
    """True when a service answers for this outbox file, and says that it runs with this configuration file."""
    try:
        if not outbox.name or not is_there(socket_path(outbox)):
            return False
        source = (_asked(outbox).get("configuration") or {}).get("path")
    except (OSError, OutboxError):
        return False
    return source is not None and is_same_file(source, config)


def _outbox_elsewhere(config: Path) -> Path | None:
    """The outbox of a service that runs with this file, whatever the file says of it. None: no process is known to.

    A placed pipeline runs with the file, too, and has an outbox of its own: it is no service of all of the file.
    """
    candidates = (file for file in locked_outboxes(config) if PLACED not in (one.name for one in file.parents))
    return next((file for file in candidates if _runs_with(file, config)), None)


def runs_elsewhere(config: Path) -> Trouble | None:
    """That a service runs with this file already, and has another outbox than the file names now. None: none is known.

    Two services of one file do not keep each other out then: each would raise every event.
    """
    named = named_outbox(config, or_default=True)
    if named is None or _may_serve(named) or (outbox := _outbox_elsewhere(config)) in (None, named):
        return None
    text = f"{config} runs already, with the outbox {outbox}. Both would raise every event"
    fix = f"Stop that process (`securos-trigger status CONFIG` names it), then start this one, which uses {named}."
    return next(commands_for(config, [Trouble(text, fix, needs_person=True)]))


def outbox_taken(config: Path) -> Trouble | None:
    """What a start says first: which process has the outbox of `config`, and which file that runs. None: none answers.

    Mistakes in the file, and locks, are left to the start itself.
    """
    try:
        outbox = named_outbox(config, or_default=True)
        if outbox is None or not is_there(socket_path(outbox)):
            return None
        answer: dict[str, Any] = json.loads(exchange(outbox, b'{"do": "status"}'))
    except OSError:  # left behind, or it does not answer: the start says who has the outbox
        return None
    if "pid" not in answer:  # another version
        return None
    if (other := other_file(answer, config)) is not None:
        taken = _runs_instead(config, outbox, other, answer)
    else:
        taken = _runs_already(config, outbox, answer)
    waits = replace(taken, text=f"{taken.text}. This start waits some seconds for that process to end")
    return next(commands_for(config, [waits]))


def _runs_already(config: Path, outbox: Path, answer: Mapping[str, Any]) -> Trouble:
    """That the service with this outbox runs with `config`, or with a file of which it is a copy."""
    path = Path((answer.get("configuration") or {}).get("path") or config)
    is_copy = path.exists() and not is_same_file(str(path), config)
    of_original = f", which runs {path}, a file that says the same" if is_copy else ""
    text = f"{config} runs already: the outbox {outbox} belongs to process {answer['pid']}{of_original}"
    reload = f"`securos-trigger reload {shlex.quote(str(path))}`" if is_copy else "`securos-trigger reload CONFIG`"
    fix = f"To apply a changed file: {reload}. To start it again, stop that process first."
    return Trouble(text, fix, needs_person=True)


def said_first(config: Path) -> Trouble | None:
    """What a command says before its answer: the service runs with another file, or this file has a mistake."""
    try:
        if not is_deliver_config(config) and is_there(socket_path(outbox := outbox_in_use(config))):
            answer = _asked(outbox)
            if (other := other_file(answer, config)) is not None:
                return next(commands_for(config, [_runs_instead(config, outbox, other, answer)]))
    except (ConfigurationError, OutboxError, OSError):
        return None
    return file_mistake(config)


def file_mistake(config: Path) -> Trouble | None:
    """That the file has a mistake while a service runs with it, which goes on. None: nothing of that is known."""
    try:
        if is_deliver_config(config):
            report = service_status(config, now=datetime.now().astimezone())
            is_running = report.verdict is not Verdict.NOT_RUNNING
            return next((one for one in report.troubles if one.is_about_file and is_running), None)
        outbox = outbox_in_use(config)
        answer = _asked(outbox) if is_there(socket_path(outbox)) else {}
    except (ConfigurationError, OutboxError, OSError):
        return None
    file = answer.get("configuration") or {}  # a process that only has the outbox says none
    mistakes = file.get("mistakes")
    if not mistakes or file.get("is_refused") or other_file(answer, config):  # what is asked needs no model
        return None
    return next(commands_for(config, [file_trouble(mistakes, is_reloadable=bool(answer.get("pipelines")))]))
