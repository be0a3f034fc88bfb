"""What differs between POSIX systems and Windows: the names of `posix` and `windows`, taken from the one that fits.

Both have the same names. No other module of the package calls what one of the two systems does not have; a test holds
that. What decides is what this Python has, so that a test can take it away.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if sys.platform == "win32" or (not TYPE_CHECKING and not hasattr(os, "fork")):
    from securos_trigger.system.windows import (
        CAMERA_FORMAT,
        RELOAD_SIGNAL,
        STOP_SIGNALS,
        allow_many_files,
        camera_address,
        close_and_remove,
        follow_time_zone,
        foreign_rights,
        give_to_owner_of,
        has_input,
        has_terminal,
        is_own,
        is_private,
        is_root,
        is_writable_by_all,
        let_others_go_first,
        make_private,
        open_file,
        open_pipe,
        open_without_waiting,
        owner_of,
        preallocate,
        process_exists,
        replace,
        run_in_forked_child,
        send_datagram,
        steady_s,
        swap,
        try_lock,
    )
else:
    from securos_trigger.system.posix import (
        CAMERA_FORMAT,
        RELOAD_SIGNAL,
        STOP_SIGNALS,
        allow_many_files,
        camera_address,
        close_and_remove,
        follow_time_zone,
        foreign_rights,
        give_to_owner_of,
        has_input,
        has_terminal,
        is_own,
        is_private,
        is_root,
        is_writable_by_all,
        let_others_go_first,
        make_private,
        open_file,
        open_pipe,
        open_without_waiting,
        owner_of,
        preallocate,
        process_exists,
        replace,
        run_in_forked_child,
        send_datagram,
        steady_s,
        swap,
        try_lock,
    )

__all__ = [
    "CAMERA_FORMAT",
    "RELOAD_SIGNAL",
    "STOP_SIGNALS",
    "allow_many_files",
    "camera_address",
    "close_and_remove",
    "follow_time_zone",
    "foreign_rights",
    "give_to_owner_of",
    "has_input",
    "has_terminal",
    "is_own",
    "is_private",
    "is_root",
    "is_writable_by_all",
    "let_others_go_first",
    "make_private",
    "open_file",
    "open_pipe",
    "open_without_waiting",
    "owner_of",
    "preallocate",
    "process_exists",
    "replace",
    "run_in_forked_child",
    "send_datagram",
    "steady_s",
    "swap",
    "try_lock",
]
