"""Why no event came of a message, in one sentence for its sender."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from securos_trigger.inputs.happening import Happening, Verdict, strongest

_NOT_YET_WHOLE: Final = "nothing is complete yet: it is a part of a document, and the rest has not come"
_NOT_FIRED: Final = "it was read, and no trigger node has fired on it"
_WHY: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.DUPLICATE: "the same was said before",
        Verdict.STALE: "it is too old, or a later message has overtaken it",
        Verdict.STATE: "it is a state, which raises no event",
        Verdict.IGNORED: "messages of this kind raise no event",
    }
)


def why_no_event(happenings: Sequence[Happening]) -> str:
    """Why a message has raised no event: what its leading part says, or that its camera is unknown."""
    leading = strongest(happenings)
    if leading is None:
        return _NOT_YET_WHOLE
    unknown = next((one for one in happenings if one.is_unknown and one.source is not None), None)
    if unknown is not None and leading.is_unknown:
        return f'the camera map has no "{unknown.source}", so it raises no event'
    return leading.why or _WHY.get(leading.verdict, _NOT_FIRED)
