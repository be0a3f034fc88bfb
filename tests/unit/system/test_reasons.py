"""The operating system's words for what failed."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from securos_trigger.system.reasons import reason_of


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError) as caught:
        (tmp_path / "none").read_text()
    assert reason_of(caught.value) == "No such file or directory"


def test_a_refused_connection_has_the_systems_words_and_not_those_of_asyncio() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(OSError) as caught:
        asyncio.run(connect(port))
    assert reason_of(caught.value) == "Connection refused"


async def connect(port: int) -> None:
    await asyncio.open_connection("127.0.0.1", port)


def test_a_name_that_means_nothing_has_the_resolvers_words() -> None:
    assert reason_of(socket.gaierror(socket.EAI_NONAME, "Name or service not known")) == "Name or service not known"


def test_numbers_of_openssl_are_not_taken_for_those_of_the_system() -> None:
    assert reason_of(ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")) == (
        "[SSL: WRONG_VERSION_NUMBER] wrong version number"
    )


@pytest.mark.parametrize(("error", "reason"), [(OSError("it hung up"), "it hung up"), (TimeoutError(), "")])
def test_an_error_without_a_number_has_its_own_words(error: OSError, reason: str) -> None:
    assert reason_of(error) == reason
