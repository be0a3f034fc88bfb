"""Addresses of cameras as people mistype them: without their beginning, or with a wrong one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from securos_trigger.system.path_kinds import PathKind, kind_of
from securos_trigger.system.user_folders import below

#: What to write instead of such an address. It is not repeated, because it may hold a password.
WHAT_TO_WRITE: Final = "The address of a camera begins with rtsp://, such as rtsp://user:password@10.0.0.5:554/stream1."
_SLIPS: Final = re.compile(
    r"""(?: (?:r[tsp]{2,4}s?|https?|rtmps?|udp)(?::/*|//)[^/\s]   # rtsp//host, rtsp:/host, http:host
        | www\.[^/]+/(?!.*\.\w{2,4}$)            # www.host/stream, but not the file www.mp4
        | [\w.-]+:\d{1,5}(?:/|$)                # host:554/path
        | [^\s/:@]+:[^\s/@]*@[\w.-]+[:/]        # user:password@host/path
        | [^\s/:@]+@[\w.-]+[:/](?!.*\.\w{2,4}$)  # user@host/stream, but not the folder in videos@2024/yard.mp4
        | \d{1,3}(?:\.\d{1,3}){3}(?![^/]|/.*\.\w{2,4}$)   # 10.0.0.5/stream1, but not the folder in 10.0.0.5/yard.mp4
        )""",
    re.VERBOSE | re.IGNORECASE,
)


def is_address_slip(path: str) -> bool:
    """True for what stands in the place of a file's path, and looks like an address without `://`.

    is_address_slip("10.0.0.5:554/stream1")  # True
    is_address_slip("recordings/gate.mp4")  # False
    """
    return "://" not in path and _SLIPS.match(path.strip()) is not None


def is_slip_of_no_file(path: str, base: Path) -> bool:
    """True for such a text where no file, folder or pipe has this name below `base`: what is there is meant."""
    return is_address_slip(path) and kind_of(below(base, path)) is PathKind.NOTHING
