"""The running service answers its own user, and no other one who gets as far as its socket."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox
from securos_trigger.runtime.control import ControlServer, Service
from securos_trigger.runtime.control.sockets import socket_path

# Starts as this user and becomes the other one: that one may be unable to read this Python.
CLIENT = """\
import os, socket, sys
path, request, user, group = sys.argv[1:]
with socket.socket(socket.AF_UNIX) as connection:
    connection.settimeout(60)
    os.setgroups([])
    os.setgid(int(group))
    os.setuid(int(user))
    connection.connect(path)
    connection.sendall(request.encode() + b"\\n")
    print(connection.makefile().readline(), end="")
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="control-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def asked_by(user: int, group: int, socket_file: Path) -> object:
    request = json.dumps({"do": "list", "state": "waiting"})
    command = [sys.executable, "-c", CLIENT, str(socket_file), request, str(user), str(group)]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert asked.returncode == 0, asked.stderr
    return json.loads(asked.stdout)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask as another user")
def test_another_user_who_reaches_the_socket_is_refused(open_folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    outbox = Outbox(open_folder / "outbox.sqlite", announcer=Announcer())
    try:
        with closing(ControlServer(Service(outbox), Announcer())):
            file = socket_path(outbox.path)
            file.chmod(0o666)  # as if somebody had opened it: the check must hold by itself
            refused = asked_by(nobody.pw_uid, nobody.pw_gid, file)
            allowed = asked_by(os.getuid(), os.getgid(), file)
    finally:
        assert outbox.close()
    assert refused == {"error": "Only the user who runs securos-trigger may ask."}
    assert isinstance(allowed, dict)
    assert "error" not in allowed
