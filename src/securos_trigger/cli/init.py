"""`securos-trigger init`: asks, or takes options, and writes a first configuration."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from securos_trigger.cli.arguments import Argument, Command, file_type
from securos_trigger.cli.colours import DOUBTFUL, coloured
from securos_trigger.cli.init_answers import Answers
from securos_trigger.cli.init_cameras import camera_map, given_rows
from securos_trigger.cli.trouble_text import error_text
from securos_trigger.errors import ArgumentError
from securos_trigger.errors.program import program
from securos_trigger.errors.wording import COMPARE_CERTIFICATE

if TYPE_CHECKING:
    from securos_trigger.operations.init.receiver import Receiver, SecurosCamera, ShownCertificate
    from securos_trigger.operations.init.sources import Source, SourceCameras

_ADDRESSES: Final = {
    "frigate": "Address of Frigate, such as http://frigate:5000",
    "onvif": "Address of the device, such as http://192.0.2.7",
    "hikvision": "Address of the device, such as https://192.0.2.7",
    "dahua": "Address of the device, such as https://192.0.2.7",
    "rtsp": "Address of the stream, such as rtsp://user:password@camera/path",
    "file": "Video file",
}
#: The setting in which cameras in SecurOS are named, of a source of messages and of video, and what is without them.
_NO_CAMERA: Final = (
    ("cameras", "No camera has a row in the camera map yet, so that nothing is sent"),
    ("iss_camera_ids", "No camera in SecurOS is named yet"),
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

    answers = Answers(given, is_agreed=is_agreed)
    if config.exists():
        raise click.UsageError(f"There is a file {config} already. Choose another name.")
    rows_given = given_rows(rows)
    source, found = _source(answers, config.parent)
    source = _with_broker(answers, source, found)
    receiver, cameras = _receiver(answers)
    chosen = camera_map(answers, found, cameras, rows_given)
    plan = Plan(
        source=source,
        found=found,
        receiver=receiver,
        cameras=chosen,
        token_file=answers.file("token_file"),
        password_file=answers.file("password_file"),
        has_images=_has_images(answers, images, source),
    )
    has_folder = config.parent.exists()
    written = write_configuration(config, plan)
    if not has_folder:
        click.echo(error_text(f"Made the folder {config.parent}, which was not there."))
    for file in written:
        click.echo(f"Wrote {file}.")
    sys.exit(_verdict(config, *(("", "") if chosen else _NO_CAMERA[source.kind.is_video])))


def _source(answers: Answers, folder: Path) -> tuple[Source, SourceCameras]:
    """The source, which was asked for its cameras."""
    from securos_trigger.operations.init.sources import Source, SourceKind, require_stream, source_cameras

    kind = SourceKind(answers.text("source", "Where do the events come from?", choices=tuple(_ADDRESSES)))
    tried: set[str] = set()

    def asked() -> tuple[Source, SourceCameras]:
        address = answers.address("address", _ADDRESSES[kind.value])
        if kind is SourceKind.FILE:
            _require_file(answers, folder, address)
        user = answers.text("user", "User name in the device", default="") if kind.is_device else ""
        password = answers.secret("password_file", "Its password", default="") if user else ""
        certificate = answers.option("certificate")
        source = Source(kind=kind, address=address, user=user, password=password, certificate_sha256=certificate)
        found = source_cameras(source)
        if answers.is_typed("address") and address not in tried:  # the same again is kept
            tried.add(address)
            require_stream(source)
        return source, found

    return answers.usable(("address", "user", "password_file"), asked)


def _require_file(answers: Answers, folder: Path, address: str) -> None:
    """ArgumentError: the video that a person typed is not there, and will not be."""
    if "://" in address or not answers.is_typed("address") or (folder / address).exists():
        return
    if not answers.is_yes("address", f"There is no file {folder / address}. Keep it all the same?", default=False):
        raise ArgumentError("address", "Then name another file")


def _with_broker(answers: Answers, source: Source, found: SourceCameras) -> Source:
    """The source with Frigate's broker and the login there."""
    from securos_trigger.operations.init.sources import require_broker

    if source.kind != "frigate":
        return source
    click.echo(error_text(f"Frigate has {len(found.names)} cameras: {', '.join(found.names)}"))

    def with_login() -> Source:
        broker = answers.text("broker", "Frigate's broker, such as mqtt://frigate:1883", default=found.broker or None)
        user = answers.text("user", "User name at the broker (empty: none)", default="")
        password = answers.secret("password_file", "Its password", default="") if user else ""
        asked = replace(source, broker=broker, user=user, password=password)
        require_broker(asked)
        return asked

    return answers.usable(("broker", "user", "password_file"), with_login)


def _receiver(answers: Answers) -> tuple[Receiver, Sequence[SecurosCamera]]:
    """The receiver, with a certificate that was compared before anything is sent, and the cameras that it lists."""
    from securos_trigger.operations.init.receiver import Receiver, list_cameras, shown_certificate, target_of

    def reached() -> tuple[Receiver, Sequence[SecurosCamera]]:
        question = "Address of the receiver in SecurOS, such as https://10.0.0.9:3443"
        target = target_of(answers.address("receiver", question))
        pin = _compared(answers, str(target), shown_certificate(target))

        def asked() -> tuple[Receiver, Sequence[SecurosCamera]]:
            token = answers.secret("token_file", "The receiver's token (TOKEN; it is not shown)")
            receiver = Receiver(target, token, pin)
            return receiver, list_cameras(receiver)

        return answers.usable(["token_file"], asked)

    return answers.usable(("receiver", "fingerprint"), reached)


def _compared(answers: Answers, target: str, shown: ShownCertificate | None) -> str | None:
    """The fingerprint of the receiver's certificate, which was compared. None: plain HTTP, or a CA has signed it.

    ArgumentError: a person does not accept the certificate.
    """
    from securos_trigger.operations.init.receiver import is_same_fingerprint

    if shown is None:
        click.echo(coloured("Plain HTTP: the token is sent unencrypted.", DOUBTFUL, sys.stdout))
        return None
    if shown.is_signed:
        return None
    click.echo(f"{target} shows a certificate with SHA-256\n    {shown.sha256}")
    expected = answers.option("fingerprint")
    if expected is not None and not is_same_fingerprint(expected, shown.sha256):
        raise click.UsageError("It is not the one of --fingerprint: possible man in the middle. Nothing was sent.")
    if expected is None and answers.is_agreed:
        raise click.UsageError(f"{COMPARE_CERTIFICATE}. Give it as --fingerprint.")
    if expected is None:
        answers.usable(["fingerprint"], lambda: _require_accepted(answers, shown.sha256))
    return shown.sha256


def _require_accepted(answers: Answers, shown: str) -> None:
    """ArgumentError: a person has not said that a fingerprint is the right one, with y or with the one that they have.

    It is about the fingerprint where no answer has come, and about the receiver where the answer is no.
    """
    from securos_trigger.operations.init.receiver import is_same_fingerprint

    question = f"{COMPARE_CERTIFICATE}. Accept it? [y/n, or paste yours]"
    typed = answers.text("fingerprint", question, default="").lower()
    if typed in ("n", "no"):
        what = "The certificate was not accepted, and nothing was sent to the receiver"
        raise ArgumentError("receiver", f"{what}. Give its right address, or end with Ctrl-C")
    try:
        is_accepted = typed in ("y", "yes") or is_same_fingerprint(typed, shown)
    except ArgumentError:
        why = "The token is sent only to a receiver whose certificate you have compared"
        what = "Type y if both fingerprints are the same and n if not, or paste the one that you have"
        raise ArgumentError("fingerprint", f"{why}. {what}") from None
    if not is_accepted:
        what = "This is another fingerprint than the receiver shows: possible man in the middle. Nothing was sent"
        raise ArgumentError("fingerprint", what)


def _has_images(answers: Answers, given: bool | None, source: Source) -> bool:
    """Whether an image of each event is kept: only where a person wants it, and the source has images."""
    if given is not None or answers.is_agreed or not source.kind.is_video:
        return bool(given) and source.kind.is_video
    question = "Keep an image of each event for 7 days, for the console? It may show people"
    return answers.is_yes("images", question, default=False)


def _verdict(config: Path, empty: str, remark: str) -> int:
    """Run check and doctor on what was written, and what comes next. `empty` is a setting that is. The exit code."""
    from securos_trigger.cli.trouble_text import finding_text
    from securos_trigger.errors import ConfigurationError
    from securos_trigger.operations.check import check_config
    from securos_trigger.operations.doctor import examine

    path = shlex.quote(str(config))
    try:
        check_config(config)  # its warnings are those of the doctor, too
    except ConfigurationError as error:
        click.echo(f"\n{error_text(str(error))}\n\nFix this, and look again:\n    {program()} check {path}")
        return 1
    click.echo("")
    examination = examine(
        config, on_line=lambda line: click.echo(line if isinstance(line, str) else finding_text(line))
    )
    failed = examination.counts["failed"]
    steps = [f"fix what failed above ({failed:,}), and look again:\n    {program()} doctor {path}"] if failed else []
    if empty:
        click.echo(coloured(error_text(f"\n{remark}."), DOUBTFUL, sys.stdout))
        steps.append(error_text(f"set {empty} in {config}, line {_line_of(config, empty)}."))
    steps.append(f"{program()} run {path}")
    click.echo("\n" + "\n".join(f"{'Then' if number else 'Next'}: {step}" for number, step in enumerate(steps)))
    return 1 if failed else 0


def _line_of(config: Path, setting: str) -> int:
    """The number of the line of a file that `init` has written on which this setting stands."""
    lines = config.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(f"{setting} ="))
