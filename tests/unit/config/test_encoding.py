"""The content of a file that may be a pipe."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from securos_trigger.config import encoding
from securos_trigger.config.encoding import content_of
from securos_trigger.errors import ConfigurationError

pytestmark = pytest.mark.timeout(30)
if not hasattr(os, "mkfifo"):
    pytest.skip("this system has no named pipes", allow_module_level=True)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    os.mkfifo(path)
    return path


def test_a_pipe_that_nobody_writes_to_is_given_up(pipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "PIPED_WITHIN_S", 0.1)
    with pytest.raises(ConfigurationError, match=r"(?i)nothing comes out of the named pipe"):
        content_of(pipe)


@pytest.mark.parametrize("content", [b"", b"[identity]\n" * 20_000])
def test_what_a_writer_puts_into_a_pipe_is_read_whole(pipe: Path, content: bytes) -> None:
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    assert content_of(pipe) == content
    writer.join()


def test_what_waits_in_a_pipe_whose_writer_has_left_is_read() -> None:
    out, into = os.pipe()
    os.write(into, b"[identity]\n")
    os.close(into)
    assert content_of(Path(f"/dev/fd/{out}")) == b"[identity]\n"
    os.close(out)
