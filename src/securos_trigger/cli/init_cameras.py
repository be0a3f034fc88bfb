"""Which camera of the source is which in SecurOS, as a person says to `init`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import click

from securos_trigger.cli.init_answers import Answers
from securos_trigger.cli.trouble_text import error_text
from securos_trigger.errors import ArgumentError
from securos_trigger.errors.wording import some_of

if TYPE_CHECKING:
    from securos_trigger.operations.init.receiver import SecurosCamera
    from securos_trigger.operations.init.sources import SourceCameras

_NOT_IN_SOURCE: Final = "  (the source has no camera of this name)"


def given_rows(given: Sequence[str]) -> dict[str, str]:
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


def camera_map(
    answers: Answers, found: SourceCameras, cameras: Sequence[SecurosCamera], rows: Mapping[str, str]
) -> dict[str, str]:
    """The ids in SecurOS of each camera: given, or proposed and confirmed."""
    from securos_trigger.operations.init.camera_proposal import propose, unknown_ids

    used = ",".join(rows.values()).split(",")
    left = [name for name in found.names if name not in rows]
    proposed = propose(left, [one for one in cameras if one.id not in used])
    names = {one.id: one.name for one in cameras}
    if left and not answers.is_agreed:
        click.echo(error_text(f"Cameras in SecurOS: {_listed(cameras) or 'not listed by this receiver'}"))
    chosen = dict(rows)
    for name in left:
        ids = proposed.get(name, "")
        if not answers.is_agreed:
            title = f" ({found.titles[name]})" if name in found.titles else ""
            ids = _typed_ids(answers, f"Id in SecurOS of the camera {name}{title} (empty: none)", ids, cameras)
        if ids.strip():
            chosen[name] = ids.strip()
    for name, ids in chosen.items():
        shown = (f"{one} {names.get(one, '')}".rstrip() for one in ids.replace(" ", "").split(","))
        remark = "" if name == "*" or name in found.names or name.partition("#")[0] in found.names else _NOT_IN_SOURCE
        remark += "".join(f"  (SecurOS has no camera {one})" for one in unknown_ids(ids, cameras))
        click.echo(f"  {name} -> {', '.join(shown)}{remark}")
    return chosen


def _typed_ids(answers: Answers, question: str, proposed: str, cameras: Sequence[SecurosCamera]) -> str:
    """The ids that a person types for a camera of the source. Those that SecurOS does not have are asked about."""
    from securos_trigger.operations.init.camera_proposal import unknown_ids, wrong_id

    def usable_ids() -> str:
        ids = answers.text("camera", question, default=proposed)
        if wrong := wrong_id(ids):
            what = f'"{wrong}" is not the id of a camera in SecurOS'
            raise ArgumentError("camera", f"{what}. Write it as SecurOS does, with commas between several: 2,3")
        if unknown := some_of(unknown_ids(ids, cameras)):
            verb = "are no cameras" if ", " in unknown else "is not a camera"
            what = f"{unknown} {verb} of this SecurOS. It has {_listed(cameras)}. Keep {unknown} all the same?"
            if not answers.is_yes("camera", what, default=False):
                raise ArgumentError("camera", f"{unknown} was not kept")
        return ids

    answers.forget("camera")
    return answers.usable(["camera"], usable_ids)


def _listed(cameras: Sequence[SecurosCamera]) -> str:
    """`1 (Road), 2 (Gate)`: the first cameras of SecurOS, and how many more there are."""
    return some_of([f"{one.id} ({one.name})" if one.name else one.id for one in cameras])
