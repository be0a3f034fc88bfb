"""The channel without Unix sockets: who knows the secret asks and answers, and no other program does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from securos_trigger.system.loopback_channel import ChannelClient, ChannelServer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite.control"


@pytest.fixture
def server(path: Path) -> Iterator[ChannelServer]:
    with closing(ChannelServer(path)) as running:
        yield running


def accepted(server: ChannelServer) -> socket.socket:
    server.socket.setblocking(True)
    server.socket.settimeout(30)
    return server.socket.accept()[0]


def test_a_request_goes_there_and_its_answer_comes_back(server: ChannelServer, path: Path) -> None:
    with closing(ChannelClient(path, 30)) as client:
        client.socket.sendall(client.request_line(b'{"do": "status"}'))
        with accepted(server) as connection:
            line = connection.makefile("rb").readline()
            assert server.admitted(connection, line) == b'{"do": "status"}\n'
            connection.sendall(server.answer_line(b'{"is_running": true}'))
        assert client.answer_in(client.socket.makefile("rb").readline()) == b'{"is_running": true}\n'


def test_the_secret_is_for_its_owner_and_is_never_sent(server: ChannelServer, path: Path) -> None:
    secret = path.read_text().split()[1].encode()
    assert path.stat().st_mode & 0o777 == 0o600
    with closing(ChannelClient(path, 30)) as client:
        assert secret not in client.request_line(b"{}") + server.answer_line(b"{}")


@pytest.mark.parametrize(
    "line", [b'{"do": "status"}\n', b"\n", b" \n", b"0" * 64 + b' {"do": "status"}\n', b"\xff x\n"]
)
def test_a_line_that_does_not_show_the_secret_is_not_admitted(server: ChannelServer, path: Path, line: bytes) -> None:
    with closing(ChannelClient(path, 30)) as client:
        assert server.admitted(client.socket, line) is None


def test_an_answer_does_not_serve_as_a_request(server: ChannelServer, path: Path) -> None:
    with closing(ChannelClient(path, 30)) as client:
        assert server.admitted(client.socket, server.answer_line(b"{}")) is None
        with pytest.raises(ConnectionRefusedError):
            client.answer_in(client.request_line(b"{}"))


def test_the_secret_of_an_earlier_start_is_worth_nothing(path: Path) -> None:
    with closing(ChannelServer(path)), closing(ChannelClient(path, 30)) as earlier:
        asked = earlier.request_line(b"{}")
    with closing(ChannelServer(path)) as server:
        assert server.admitted(server.socket, asked) is None


def test_a_program_on_the_port_of_a_killed_server_is_not_believed(path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        path.write_text(f"{other.getsockname()[1]} {'0' * 64}\n")
        with closing(ChannelClient(path, 30)) as client, pytest.raises(ConnectionRefusedError, match="another program"):
            client.answer_in(b'{"is_running": true}\n')


@pytest.mark.parametrize("content", ["", "nonsense", "0 secret", "70000 secret", "123", "\xff\xfe"])
def test_a_file_that_names_no_port_counts_as_no_server(path: Path, content: str) -> None:
    path.write_text(content, encoding="latin-1")
    with pytest.raises(ConnectionRefusedError):
        ChannelClient(path, 30)


def test_without_a_file_or_a_server_there_is_none(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ChannelClient(path, 30)
    ChannelServer(path).socket.close()  # killed: the file stays
    with pytest.raises(ConnectionRefusedError):
        ChannelClient(path, 30)


def test_a_server_that_ends_leaves_no_file(path: Path) -> None:
    ChannelServer(path).close()
    assert not path.exists()


def test_a_path_that_cannot_be_written_is_an_error_and_no_port_stays_open(path: Path) -> None:
    path.mkdir()
    with pytest.raises(OSError, match=r"."):
        ChannelServer(path)
