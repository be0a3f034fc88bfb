"""`securos-trigger init`: asks, or takes options, and writes a first configuration."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from securos_trigger.cli.arguments import Argument, Command, file_type
from securos_trigger.cli.colours import DOUBTFUL, coloured
from securos_trigger.cli.trouble_text import question_text
from securos_trigger.errors.program import program
from securos_trigger.errors.wording import COMPARE_CERTIFICATE

if TYPE_CHECKING:
    from securos_trigger.operations.init.receiver import Receiver, SecurosCamera
    from securos_trigger.operations.init.sources import Source, SourceCameras

_ADDRESSES: Final = {
    "frigate": "Address of Frigate, such as http://frigate:5000",
    "onvif": "Address of the device, such as http://192.0.2.7",
    "hikvision": "Address of the device, such as https://192.0.2.7",
    "dahua": "Address of the device, such as https://192.0.2.7",
    "rtsp": "Address of the stream, such as rtsp://user:password@camera/path",
    "file": "Video file",
}
#: Characters of a question that leave space for the answer on its line; behind a longer one the answer has its own.
_WIDEST_QUESTION: Final = 48
#: What is said where no camera in SecurOS was chosen: of a source of messages, and of video.
_NO_CAMERA: Final = (
    "No camera has a row in the camera map yet, so that nothing is sent: add them to cameras in the file.",
    "No camera in SecurOS is named yet: set iss_camera_ids in the file.",
)


@click.command(cls=Command, short_help="Ask for the source and SecurOS, and write a first configuration.")
@click.argument(
    "config",
    cls=Argument,
    type=file_type(is_file=True),
    metavar="CONFIG",
    description="The configuration to write. It must not exist yet.",
)
@click.option("--source", type=click.Choice(tuple(_ADDRESSES)), help="Kind of the source.")
@click.option("--address", metavar="ADDRESS", help="Address of Frigate, the device or the stream; or a video file.")
@click.option("--user", metavar="NAME", help="User name at the device, or at Frigate's broker.")
@click.option(
    "--password-file", type=file_type(is_file=True), metavar="FILE", help="File with the password of that user."
)
@click.option("--certificate", metavar="SHA256", help="SHA-256 fingerprint of the device's certificate.")
@click.option("--broker", metavar="URL", help="Frigate's broker. Default: the one that Frigate names.")
@click.option("--receiver", metavar="URL", help="Address of the receiver, such as https://securos-server:3443.")
@click.option("--token-file", type=file_type(is_file=True), metavar="FILE", help="File with the receiver's token.")
@click.option("--fingerprint", metavar="SHA256", help="SHA-256 fingerprint of the receiver's certificate.")
@click.option(
    "--camera",
    "rows",
    multiple=True,
    metavar="NAME=IDS",
    help="A camera's name in the source, and its ids in SecurOS. Repeatable.",
)
@click.option("--images/--no-images", "images", default=None, help="Keep an image of each event, for the console.")
@click.option(
    "--yes", "is_agreed", is_flag=True, help="Ask nothing: use the options, and the proposed answers for the rest."
)
def init(config: Path, rows: Sequence[str], is_agreed: bool, images: bool | None, **given: str | Path | None) -> None:
    """Ask for the source and for SecurOS, propose which camera is which, and write CONFIG.

    CONFIG is then checked, and the doctor examines everything. What is given as an option is not asked for.
    """
    from securos_trigger.operations.init.configuration import Plan, write_configuration
    from securos_trigger.operations.init.receiver import list_cameras
    from securos_trigger.operations.init.sources import source_cameras

    answers = _Answers(given, is_agreed=is_agreed)
    if config.exists():
        raise click.UsageError(f"There is a file {config} already. Choose another name.")
    given_rows = _rows(rows)
    source = _source(answers)
    found = source_cameras(source)
    source = _with_broker(answers, source, found)
    receiver = _receiver(answers)
    chosen = _camera_map(answers, found, list_cameras(receiver), given_rows)
    plan = Plan(
        source=source,
        found=found,
        receiver=receiver,
        cameras=chosen,
        token_file=answers.file("token_file"),
        password_file=answers.file("password_file"),
        has_images=_has_images(images, source, is_agreed=is_agreed),
    )
    has_folder = config.parent.exists()
    written = write_configuration(config, plan)
    if not has_folder:
        click.echo(f"Made the folder {config.parent}, which was not there.")
    for file in written:
        click.echo(f"Wrote {file}.")
    sys.exit(_verdict(config, "" if chosen else _NO_CAMERA[source.kind.is_video]))


class _Answers:
    """What was given as options, and what a person answers otherwise."""

    def __init__(self, given: Mapping[str, str | Path | None], *, is_agreed: bool) -> None:
        self._given = given
        self.is_agreed = is_agreed

    def option(self, name: str) -> str | None:
        """An option as it was given; None: it was not."""
        found = self._given.get(name)
        return found if isinstance(found, str) else None

    def file(self, name: str) -> Path | None:
        """A file that was named; None: none."""
        found = self._given.get(name)
        return found if isinstance(found, Path) else None

    def text(self, name: str, question: str, *, default: str | None = None, choices: Sequence[str] = ()) -> str:
        """The option, else the answer. With --yes the default; where there is none the option is missing."""
        if (found := self.option(name)) is not None:
            return found
        if self.is_agreed:
            return self._without_asking(name, default)
        kind = click.Choice(choices) if choices else None
        whole = question_text(question + (f" ({', '.join(choices)})" if choices else ""), default or "")
        shown = f"{whole} [{default}]" if default else whole
        end = ": " if len(shown.split("\n")[-1]) <= _WIDEST_QUESTION else ":\n  > "
        with _answered(name):
            is_shown = bool(default)
            return str(
                click.prompt(whole, default, type=kind, show_default=is_shown, show_choices=False, prompt_suffix=end)
            )

    def secret(self, name: str, question: str, *, default: str | None = None) -> str:
        """The first line of the file that was named, else the answer, which is not shown."""
        if (file := self.file(name)) is not None:
            from securos_trigger.operations.init.secrets import first_line

            return first_line(name, file)
        if self.is_agreed:
            return self._without_asking(name, default)
        with _answered(name):
            return str(click.prompt(question, default=default, hide_input=True, show_default=False))

    def _without_asking(self, name: str, default: str | None) -> str:
        if default is None:
            raise click.UsageError(f"--{name.replace('_', '-')} is missing: with --yes nothing is asked for.")
        return default


@contextmanager
def _answered(name: str) -> Iterator[None]:
    """Say what to do where a question has no terminal to be answered in."""
    try:
        yield
    except click.Abort as error:
        if isinstance(error.__context__, KeyboardInterrupt) or sys.stdin.isatty():
            raise
        option = f"--{name.replace('_', '-')}"
        what = f"There is no terminal, and no answer has come. Give {option}, or --yes to use what is proposed."
        raise click.UsageError(what) from None


def _source(answers: _Answers) -> Source:
    from securos_trigger.operations.init.sources import Source, SourceKind

    kind = SourceKind(answers.text("source", "Where do the events come from?", choices=tuple(_ADDRESSES)))
    address = answers.text("address", _ADDRESSES[kind.value])
    user = answers.text("user", "User name in the device", default="") if kind.is_device else ""
    password = answers.secret("password_file", "Its password", default="") if user else ""
    return Source(
        kind=kind, address=address, user=user, password=password, certificate_sha256=answers.option("certificate")
    )


def _with_broker(answers: _Answers, source: Source, found: SourceCameras) -> Source:
    """The source with Frigate's broker and the login there."""
    if source.kind != "frigate":
        return source
    click.echo(f"Frigate has {len(found.names)} cameras: {', '.join(found.names)}")
    broker = answers.text("broker", "Frigate's broker", default=found.broker or None)
    user = answers.text("user", "User name at the broker (empty: none)", default="")
    password = answers.secret("password_file", "Its password", default="") if user else ""
    return replace(source, broker=broker, user=user, password=password)


def _receiver(answers: _Answers) -> Receiver:
    """The receiver, with a certificate that was compared before anything is sent."""
    from securos_trigger.operations.init.receiver import Receiver, is_same_fingerprint, shown_certificate, target_of

    target = target_of(answers.text("receiver", "Address of the receiver in SecurOS, such as https://10.0.0.9:3443"))
    shown = shown_certificate(target)
    pin = None
    if shown is None:
        click.echo(coloured("Plain HTTP: the token is sent unencrypted.", DOUBTFUL, sys.stdout))
    elif not shown.is_signed:
        pin = shown.sha256
        click.echo(f"{target} shows a certificate with SHA-256\n    {pin}")
        expected = answers.option("fingerprint")
        if expected is not None and not is_same_fingerprint(expected, pin):
            raise click.UsageError("It is not the one of --fingerprint: possible man in the middle. Nothing was sent.")
        if expected is None and answers.is_agreed:
            raise click.UsageError(f"{COMPARE_CERTIFICATE}. Give it as --fingerprint.")
        if expected is None:
            with _answered("fingerprint"):
                is_accepted = click.confirm(question_text(f"{COMPARE_CERTIFICATE}. Accept it?"))
            if not is_accepted:
                raise click.Abort
    return Receiver(target, answers.secret("token_file", "The receiver's token (TOKEN; it is not shown)"), pin)


def _has_images(given: bool | None, source: Source, *, is_agreed: bool) -> bool:
    """Whether an image of each event is kept: only where a person wants it, and the source has images."""
    if given is not None or is_agreed or not source.kind.is_video:
        return bool(given) and source.kind.is_video
    with _answered("images"):
        question = "Keep an image of each event for 7 days, for the console? It may show people"
        return click.confirm(question_text(question), default=False)


def _rows(given: Sequence[str]) -> dict[str, str]:
    """The rows of the camera map that were given."""
    from securos_trigger.operations.init.camera_proposal import wrong_id

    rows = {}
    for one in given:
        name, _, ids = one.rpartition("=")
        if not name or not ids.replace(",", " ").strip():
            raise click.UsageError(f'--camera "{one}": write NAME=IDS, such as gate=1 or yard=2,3.')
        if wrong := wrong_id(ids):
            what = f'"{wrong}" is not the id of a camera in SecurOS; write commas between several: yard=2,3.'
            raise click.UsageError(f'--camera "{one}": {what}')
        rows[name] = ids.strip()
    return rows


def _camera_map(
    answers: _Answers, found: SourceCameras, cameras: Sequence[SecurosCamera], rows: Mapping[str, str]
) -> dict[str, str]:
    """The ids in SecurOS of each camera: given, or proposed and confirmed."""
    from securos_trigger.operations.init.camera_proposal import propose

    used = ",".join(rows.values()).split(",")
    left = [name for name in found.names if name not in rows]
    proposed = propose(left, [one for one in cameras if one.id not in used])
    names = {one.id: one.name for one in cameras}
    if left and not answers.is_agreed:
        listed = ", ".join(f"{one.id} ({one.name})" for one in cameras)
        click.echo(f"Cameras in SecurOS: {listed or 'not listed by this receiver'}")
    chosen = dict(rows)
    for name in left:
        ids = proposed.get(name, "")
        if not answers.is_agreed:
            title = f" ({found.titles[name]})" if name in found.titles else ""
            question = f"Id in SecurOS of the camera {name}{title} (empty: none)"
            with _answered("camera"):
                ids = click.prompt(question_text(question, ids), default=ids, show_default=bool(ids))
        if ids.strip():
            chosen[name] = ids.strip()
    for name, ids in chosen.items():
        shown = (f"{one} {names.get(one, '')}".rstrip() for one in ids.replace(" ", "").split(","))
        is_known = name == "*" or name in found.names or name.partition("#")[0] in found.names
        click.echo(f"  {name} -> {', '.join(shown)}{'' if is_known else '  (the source has no camera of this name)'}")
    return chosen


def _verdict(config: Path, remark: str) -> int:
    """Run check and doctor on what was written; a remark follows. The exit code."""
    from securos_trigger.cli.trouble_text import error_text, finding_text
    from securos_trigger.errors import ConfigurationError
    from securos_trigger.operations.check import check_config
    from securos_trigger.operations.doctor import examine

    try:
        check_config(config)  # its warnings are those of the doctor, too
    except ConfigurationError as error:
        fix = f"Fix this, then run: {program()} check {shlex.quote(str(config))}"
        click.echo(f"\n{error_text(str(error))}\n\n{fix}")
        return 1
    click.echo("")
    examination = examine(
        config, on_line=lambda line: click.echo(line if isinstance(line, str) else finding_text(line))
    )
    if remark:
        click.echo(coloured(error_text(f"\n{remark}"), DOUBTFUL, sys.stdout))
    if examination.has_failed:
        path, count = shlex.quote(str(config)), examination.counts["failed"]
        first = f"Fix what failed above ({count:,}) first, and look again: {program()} doctor {path}"
        click.echo(f"\n{first}\nThen: {program()} run {path}")
        return 1
    click.echo(f"\nNext: {program()} run {shlex.quote(str(config))}")
    return 0
