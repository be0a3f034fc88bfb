"""Why there is no video, in words about the world and not about FFmpeg."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import av
import pytest

from securos_trigger.video.reasons import reason_of_file, reason_of_stream


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (av.error.ExitError(1, "Immediate exit requested"), "nothing came before the time-out"),
        (av.error.InvalidDataError(2, "Invalid data found"), "nothing came that can be read as video"),
        (
            OSError(errno.EIO, os.strerror(errno.EIO)),
            "the connection broke off, or nothing came that can be read as video",
        ),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "Connection refused"),
        (av.error.HTTPNotFoundError(3, "Server returned 404 Not Found"), "it has no such path (404 Not Found)"),
        (
            av.error.HTTPServerError(5, "Server returned 5XX Server Error reply"),
            "it answers with a server error (5XX); if its address begins with http://, try rtsp://",
        ),
        (av.error.HTTPUnauthorizedError(4, "Server returned 401"), "it refuses the login (401 Unauthorized)"),
    ],
)
def test_a_stream_that_gives_nothing(error: av.FFmpegError | OSError, reason: str) -> None:
    assert reason_of_stream(error) == reason


def test_a_file_that_is_no_video(tmp_path: Path) -> None:
    file, error = tmp_path / "yard.mp4", av.error.InvalidDataError(1, "Invalid data found when processing input")
    file.write_bytes(b"")
    assert reason_of_file(error, file) == "it is empty. Copy or download it again"
    file.write_bytes(bytes(range(200)))
    assert reason_of_file(error, file) == "it is not a video, is damaged, or its recording was not finished"
    missing = FileNotFoundError(errno.ENOENT, "No such file or directory")
    assert reason_of_file(missing, tmp_path / "no.mp4") == "No such file or directory"
