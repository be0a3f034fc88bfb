"""Says in plain words why FFmpeg gave no video: its own sentences name parts of FFmpeg, not of the world."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Final

import av

from securos_trigger.validation.file_contents import what_instead

_REFUSED: dict[type[Exception], str] = {
    av.error.HTTPUnauthorizedError: "it refuses the login (401 Unauthorized)",
    av.error.HTTPForbiddenError: "it refuses access (403 Forbidden)",
    av.error.HTTPNotFoundError: "it has no such path (404 Not Found)",
}
_HTTP_OR_RTSP: Final = "if its address begins with http://, try rtsp://"
_REFUSED |= {
    av.error.HTTPServerError: f"it answers with a server error (5XX); {_HTTP_OR_RTSP}",
    av.error.HTTPBadRequestError: f"it does not understand the request (400 Bad Request); {_HTTP_OR_RTSP}",
}
NOTHING_CAME: Final = "nothing came before the time-out"
_NO_VIDEO = "nothing came that can be read as video"


def reason_of_stream(error: av.FFmpegError | OSError) -> str:
    """Why a live source gives no frames. It never has the address, which may hold a password."""
    if isinstance(error, av.error.ExitError):  # the time-out interrupts FFmpeg
        return NOTHING_CAME
    if isinstance(error, av.error.InvalidDataError):
        return _NO_VIDEO
    if (refusal := _REFUSED.get(type(error))) is not None:
        return refusal
    if isinstance(error, OSError) and error.errno == errno.EIO:
        return f"the connection broke off, or {_NO_VIDEO}"
    return str(error.strerror or type(error).__name__)


def reason_of_file(error: av.FFmpegError | OSError, path: Path) -> str:
    """Why a file cannot be read as a video."""
    if isinstance(error, av.error.InvalidDataError):
        what, fix = what_instead(path)
        if what:
            return f"it {what}. {fix}".rstrip(". ")
        return "it is not a video, is damaged, or its recording was not finished"
    return str(error.strerror or type(error).__name__)
