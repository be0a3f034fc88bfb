"""The console as a child of the service, over HTTPS, and what is said where it cannot be started."""

from __future__ import annotations

import inspect
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from securos_trigger.config.reader import parse_config
from securos_trigger.console.access import InOtherTurn, InReplayTurn, InTurn
from securos_trigger.console.app import ROUTERS
from securos_trigger.console.context import console_of
from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.users import Users
from securos_trigger.console.turns import AT_ONCE, MAX_WAITING
from securos_trigger.errors import EXTRAS, ConfigurationError
from securos_trigger.notices import Announcer
from securos_trigger.operations.console_plan import console_plan
from securos_trigger.outbox import Dead, Outbox
from tests import builders, commands
from tests.integration.console_site import (
    START_LIMIT_S,
    Answer,
    Browser,
    address_of,
    running,
    write_site,
    write_site_with_https,
)
from tests.integration.test_service_status import wait_until

pytestmark = pytest.mark.timeout(240)


def child_of(parent: int) -> int:
    """The process id of the one child process."""
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    tasks = [path.read_text().split() for path in Path(f"/proc/{parent}/task").glob("*/children")]
    [pid] = {*found, *(one for pids in tasks for one in pids)}
    return int(pid)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
def test_ctrl_c_is_the_way_to_end_a_console_and_no_failure(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "securos_trigger", "console", "new.toml"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as console:
        assert console.stdout is not None
        while not console.stdout.readline().startswith("The console: "):
            assert console.poll() is None
        console.send_signal(signal.SIGINT)
        _, said = console.communicate(timeout=60)
    assert (console.returncode, said) == (0, "")


def test_the_service_starts_its_console_again_and_takes_it_along_even_when_it_is_killed(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    with running(tmp_path, "run", config.name, "--console", name="console") as service:
        port, _ = address_of(tmp_path)
        assert Browser(port).ask("GET", "/healthz").status == 200
        first = child_of(service.pid)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: (tmp_path / "console.log").read_text().count("The console: http") == 2, START_LIMIT_S)
        assert "The console has ended (exit code -9)" in (tmp_path / "console.log").read_text()
        second = child_of(service.pid)
        service.kill()
        service.wait()
        wait_until(lambda: not Path(f"/proc/{second}").exists())


def test_a_console_that_is_stopped_while_a_page_is_open_ends_without_an_error(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    with running(tmp_path, "console", config.name, name="console") as process:
        port, link = address_of(tmp_path)
        page = Browser(port)
        assert page.log_in(one_time=link).status == 200
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as stream:
            stream.request("GET", "/api/stream", headers={"Cookie": page.cookie})
            assert stream.getresponse().readline().startswith(b":")
            process.terminate()
            process.wait(60)
    said = (tmp_path / "console.log").read_text()
    assert not {"ERROR", "Traceback"} & set(said.replace(":", " ").split()), said


def test_other_machines_are_served_over_https_only(tmp_path: Path) -> None:
    config, context = write_site_with_https(tmp_path, "0.0.0.0")
    with running(tmp_path, "console", config.name, name="console"):
        wait_until(lambda: "The console: https://" in (tmp_path / "console.log").read_text(), START_LIMIT_S)
        port = int((tmp_path / "console.log").read_text().split("https://0.0.0.0:")[1].split("/")[0])
        context.check_hostname = False
        connection = HTTPSConnection("127.0.0.1", port, context=context, timeout=60)
        connection.request("GET", "/healthz")
        response = connection.getresponse()
        assert (response.status, response.getheader("strict-transport-security")) == (200, "max-age=31536000")
        response.read()
        token = (tmp_path / "outbox.console-token").read_text().strip()
        body = json.dumps({"token": token})
        connection.request("POST", "/api/login", body, {"Content-Type": "application/json"})
        cookie = connection.getresponse().getheader("set-cookie") or ""
        assert cookie.startswith("__Host-securos_trigger_session_")
        assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        connection.close()
        with socket.create_connection(("127.0.0.1", port), 10) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert not plain.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ('host = "0.0.0.0"', '"0.0.0.0" is reached from other machines, and there is no HTTPS'),
        ('host = "plant.example"', '"plant.example" is reached from other machines, and there is no HTTPS'),
        ('certificate = "console.pem"', "certificate and key belong together"),
    ],
)
def test_plain_http_beyond_this_machine_is_refused_unless_asked_for(setting: str, text: str, tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    changed = config.read_text().replace("port = 0\n", f"port = 0\n{setting}\n")
    with pytest.raises(ConfigurationError, match=text):
        parse_config(changed, base=tmp_path)
    if "host" in setting:
        config.write_text(changed.replace("port = 0\n", "port = 0\nallow_plain_http = true\n"))
        assert not console_plan(config).is_https


def test_a_mistake_is_said_beside_a_service_that_does_not_tell_its_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_site(tmp_path, 9)
    config.write_text("time_zone = 1\n[outbox\n")
    older = {"outbox": {"path": str(tmp_path / "outbox.sqlite")}, "pipelines": []}
    monkeypatch.setattr("securos_trigger.operations.console_plan.settings_in_force", lambda _config: older)
    with pytest.raises(ConfigurationError, match="outbox"):
        console_plan(config)


def test_a_log_out_at_one_console_is_not_undone_by_another_one_of_the_same_outbox(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    plans = []
    for port in (8642, 8643):
        config.write_text(config.read_text().replace("port = 0" if port == 8642 else "port = 8642", f"port = {port}"))
        plans.append(console_plan(config))
    first = console_of(plans[0], None).sessions
    cookie, _ = first.begin("eve", Role.CONFIGURE, "a hash")
    stays, _ = first.begin("anna", Role.LOOK, "a hash")
    second = console_of(plans[1], None).sessions
    first.end(cookie)
    second.begin("bob", Role.LOOK, "a hash")
    again = console_of(plans[0], None).sessions
    assert again.of(cookie) is None
    assert again.of(stays) is not None


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config.write_text(config.read_text().replace("port = 0", f"port = {port}"))
        done = subprocess.run(
            [sys.executable, "-m", "securos_trigger", "console", config.name],
            cwd=tmp_path, capture_output=True, text=True, timeout=START_LIMIT_S, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == (
        f"securos-trigger: The console cannot listen at 127.0.0.1, port {port}: address already in use.\n"
        "    Set another port: [console] port.\n"
    )


def test_without_its_extra_the_exact_command_is_said(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "sitecustomize.py").write_text(
        "import importlib.util, sys\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *more: None if name == 'fastapi' else real(name, *more)\n"
        "sys.modules['fastapi'] = None\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path / 'hidden'}:{os.environ.get('PYTHONPATH', '')}"}
    for command in (["console"], ["run", "--console"]):
        done = subprocess.run(
            [sys.executable, "-m", "securos_trigger", *command, config.name],
            cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False, env=environment,
        )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr == (
            "securos-trigger: This needs fastapi, which the extra console brings.\n"
            "    pip install 'securos-trigger[console]'\n"
        )


def test_a_user_is_added_at_the_terminal_and_removed(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    base = [sys.executable, "-m", "securos_trigger", "console", config.name]
    password = "a long password\n"
    added = subprocess.run(
        [*base, "--add-user", "anna", "--role", "look"],
        cwd=tmp_path, input=password * 2, capture_output=True, text=True, timeout=120, check=False,
        start_new_session=True,  # a terminal of the tests would be asked in place of `input`
    )  # fmt: skip
    assert (added.returncode, "anna may log in now, with the role look." in added.stdout) == (0, True)
    with running(tmp_path, "console", config.name, name="console"):
        port, link = address_of(tmp_path)
        assert link == "", "there is a user"
        browser = Browser(port)
        assert browser.log_in(user="anna", password=password.strip()).json["role"] == "look"
        subprocess.run([*base, "--remove-user", "anna"], cwd=tmp_path, capture_output=True, timeout=120, check=True)
        assert browser.ask("GET", "/api/overview").status == 401, "a removed user is out at once"


# Adds a user in a terminal of its own, as a person who types `make test` has one. No one types there.
IN_A_TERMINAL = """
import pty, sys
pty.spawn([sys.executable, "-c", sys.argv[1], sys.argv[2]])
"""
ADDS_A_USER = """
import sys
from pathlib import Path
from tests import builders, commands
words = ("console", "site.toml", "--add-user", "anna", "--role", "look")
done = commands.run(*words, cwd=Path(sys.argv[1]), input="a long password\\n" * 2)
print(done.returncode, done.stdout, done.stderr)
"""


def test_a_command_of_the_tests_asks_its_input_and_not_the_terminal_of_the_tests(tmp_path: Path) -> None:
    write_site(tmp_path, 9)
    done = subprocess.run(
        [sys.executable, "-c", IN_A_TERMINAL, ADDS_A_USER, str(tmp_path)],
        cwd=commands.ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "anna may log in now, with the role look." in done.stdout, done.stdout + done.stderr
    assert done.stdout.startswith("0 ")


def hide_packages(folder: Path, *extras: str) -> dict[str, str]:
    """The environment of a machine where the packages of these extras are not installed."""
    hidden = sorted({name for extra in extras for name in EXTRAS[extra]})
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import sys\n"
        f"hidden = {json.dumps(hidden)}\n"
        "class Hidden:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in hidden:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
    )
    return {**os.environ, "PYTHONPATH": f"{folder}:{os.environ.get('PYTHONPATH', '')}"}


MAPPED = """
[[pipelines]]
name = "mapped"
source = { type = "generic", listen = "127.0.0.1:0", token = "0123456789abcdef", mapping = { label = "label" } }
cameras = { "*" = "1" }
"""


def test_a_console_without_any_other_extra_answers_everything_and_names_what_is_missing(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    environment = hide_packages(tmp_path / "hidden", *(set(EXTRAS) - {"video", "console"}))
    command = [sys.executable, "-m", "securos_trigger", "console", config.name]
    log = (tmp_path / "console.log").open("w")
    with log, subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log, env=environment) as console:
        try:
            port, _ = address_of(tmp_path)
            token = (tmp_path / "outbox.console-token").read_text().strip()
            browser = Browser(port, headers={"Authorization": f"Bearer {token}"})
            paths = browser.get("/api/openapi.json")["paths"]
            asked = [path for path, methods in paths.items() if "get" in methods and path != "/api/stream"]
            assert len(asked) > 15
            for path in asked:
                answer = browser.ask("GET", path.replace("{pipeline}", "yard").replace("{number}", "1"))
                assert answer.status != 500, (path, answer)
            found = browser.get("/api/schema/inputs")
            assert "frigate" in found["inputs"]
            assert found["missing"]["dahua"] == (
                "This needs defusedxml, which the extra inputs brings.\n    pip install 'securos-trigger[inputs]'"
            )
            config.write_text(config.read_text() + MAPPED)
            mistakes = browser.get("/api/config")["mistakes"]
            assert '"generic" needs jmespath, which the extra inputs brings' in mistakes
            assert "pip install 'securos-trigger[inputs]'" in mistakes
            assert browser.get("/api/overview")["configuration"]["mistakes"] == mistakes
        finally:
            console.terminate()


def answers_of(port: int, paths: list[str], *, token: str = "") -> list[tuple[int, str]]:
    """Ask for all paths at once, each on a connection of its own: status and body of each."""
    with ExitStack() as stack:
        asking = []
        for path in paths:
            asking.append(stack.enter_context(closing(HTTPConnection("127.0.0.1", port, timeout=120))))
            asking[-1].request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        answers = [one.getresponse() for one in asking]
        return [(one.status, one.read().decode("utf-8", "replace")) for one in answers]


def test_a_service_that_hangs_does_not_take_the_console_along(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    with (
        running(tmp_path, "run", config.name, name="service") as service,
        running(tmp_path, "console", config.name, name="console") as console,
        ExitStack() as stack,
    ):
        port, _ = address_of(tmp_path)
        token = (tmp_path / "outbox.console-token").read_text().strip()
        program = Browser(port, headers={"Authorization": f"Bearer {token}"})
        wait_until(lambda: program.ask("GET", "/api/pipelines/yard/frame").status == 200, START_LIMIT_S)
        stack.callback(service.send_signal, signal.SIGCONT)
        service.send_signal(signal.SIGSTOP)

        tasks = Path(f"/proc/{console.pid}/task")
        before = len(list(tasks.iterdir()))
        silent = answers_of(port, ["/readyz"] * 60 + ["/metrics"] * 60)
        assert set(silent[:60]) == {(503, '{"ok":false,"reason":"The service does not answer."}')}
        assert all("service_running 1\n" in body and "service_healthy 0\n" in body for _, body in silent[60:])
        assert len(list(tasks.iterdir())) < before + 10, "they share one question, which holds one thread"

        frames = [f"/api/pipelines/yard/frame?camera={number}" for number in range(60)]
        lists = [f"/api/dead?target={number}" for number in range(AT_ONCE + MAX_WAITING - 40)]
        refused = answers_of(port, frames + lists, token=token)
        assert {status for status, _ in refused} == {503}
        assert all("does not answer" in body for _, body in refused)
        assert sum("too many requests wait" in body for _, body in refused) >= 20
        assert len(program.get("/api/schema/nodes")["nodes"]) > 5

        paths = [path for path, methods in program.get("/api/openapi.json")["paths"].items() if "get" in methods]
        asked = [path for path in paths if path not in ("/api/stream", "/api/doctor")]  # these go on for long
        named = [path.replace("{pipeline}", "yard").replace("{number}", "1") for path in asked]
        for path, (status, body) in zip(asked, answers_of(port, named, token=token), strict=True):
            assert status in (200, 404, 409, 422) or (status == 503 and "does not answer" in body), (path, status, body)
            if path == "/api/overview":
                found = json.loads(body)
                assert found["verdict"] == "trouble"
                assert found["troubles"][0]["text"].startswith("The service does not answer: it hangs, or")
                assert [one["is_known"] for one in found["pipelines"]] == [False], "nobody knows whether it runs"
                assert found["counts"] is None, "it is not asked once more"

        service.send_signal(signal.SIGCONT)
        wait_until(lambda: program.get("/api/overview")["counts"] is not None, START_LIMIT_S)


def test_every_route_that_takes_a_thread_for_a_person_has_one_turn_and_asks_the_service_in_the_right_one() -> None:
    routes = [one for module in ROUTERS for one in module.router.routes if isinstance(one, APIRoute)]
    turns = {
        (method, one.path): [kind for kind in (InTurn, InOtherTurn, InReplayTurn) if kind in one.dependencies]
        for one in routes
        for method in one.methods or ()
        if not inspect.iscoroutinefunction(one.endpoint)
    }
    assert {place: len(kinds) for place, kinds in turns.items() if len(kinds) != 1} == {}
    assert turns["GET", "/api/config/in-force"] == turns["POST", "/api/config/in-force"] == [InTurn]
    assert turns["GET", "/api/decisions/explain"] == turns["GET", "/api/decisions"] == [InTurn]
    assert turns["GET", "/api/config"] == [InOtherTurn]
    assert turns["POST", "/api/replay"] == [InReplayTurn]


@contextmanager
def service_and_console(folder: Path, config: Path) -> Iterator[tuple[commands.Command, Browser]]:
    """The running service, which goes on at the end where it was stopped, and a program that its console answers."""
    with (
        running(folder, "run", config.name, name="service") as service,
        running(folder, "console", config.name, name="console"),
    ):
        port, _ = address_of(folder)
        token = (folder / "outbox.console-token").read_text().strip()
        program = Browser(port, headers={"Authorization": f"Bearer {token}"})
        wait_until(lambda: program.get("/api/overview")["counts"] is not None, START_LIMIT_S)
        try:
            yield service, program
        finally:
            service.send_signal(signal.SIGCONT)


def test_a_page_that_is_open_is_told_that_the_service_hangs(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    with service_and_console(tmp_path, config) as (service, program), ExitStack() as stack:
        service.send_signal(signal.SIGSTOP)
        connection = stack.enter_context(closing(HTTPConnection("127.0.0.1", program.port, timeout=120)))
        connection.request("GET", "/api/stream", headers=program.headers)
        lines = iter(connection.getresponse().readline, b"")
        parts = (json.loads(line.removeprefix(b"data: ")) for line in lines if line.startswith(b"data: "))
        found = next(part for part in parts if part and "is_late" not in part)  # of a beat
        assert found["verdict"] == "trouble", "the overview itself, not the failure of a list of events"
        assert found["troubles"][0]["text"].startswith("The service does not answer: it hangs, or")


def test_a_save_while_the_service_hangs_is_done_and_said_to_be_not_yet_in_force(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    with service_and_console(tmp_path, config) as (service, program):
        before = config.read_text()
        service.send_signal(signal.SIGSTOP)

        def save(method: str, path: str, body: object) -> None:
            digest = program.get("/api/config")["digest"]
            answer = program.ask(method, path, body, If_Match=f'"{digest}"')
            assert answer.status == 200, answer
            assert answer.json["reload"]["is_done"] is False
            assert answer.json["reload"]["reason"].startswith("The service does not answer: ")
            newest = program.get("/api/audit")["entries"][0]
            assert (newest["is_done"], newest["error"]) == (True, "")
            assert newest["details"]["not_in_force"].startswith("The service does not answer: ")

        save("PUT", "/api/config/nodes/yard/alarm", {"values": {"interval": 4}})
        assert program.get("/api/config/undo")["save"]["subject"] == "yard/alarm"
        assert program.get("/api/config/last-change")["user"] == "(token)"
        save("POST", "/api/config/undo", {})
        assert config.read_text() == before
        save("POST", "/api/config/undo", {})
        service.send_signal(signal.SIGCONT)
        assert program.get("/api/config/in-force")["in_force"]["changes"], "it does not follow later what was given up"
        answer = program.ask("POST", "/api/config/reload", {})
        assert answer.json["reload"]["is_done"] is True
        assert "interval 0 -> 4" in (tmp_path / "service.log").read_text()


def test_the_answer_and_the_audit_log_say_whether_an_order_was_followed_or_that_it_is_not_known(tmp_path: Path) -> None:
    config, target = write_site(tmp_path, 9), "https://vms.example:3443"
    path = tmp_path / "outbox.sqlite"
    with closing(Outbox(path, announcer=Announcer())) as outbox:
        assert outbox.put(builders.event("1"), target)
        assert outbox.flush(60)
        (delivery,) = outbox.claim(target, 1).result(60)
        outbox.settle(delivery, Dead("no such camera"))
        assert outbox.flush(60)
    with service_and_console(tmp_path, config) as (service, program), ExitStack() as stack:

        def drop() -> Answer:
            return program.ask("POST", "/api/dead/drop", {"target": target})

        service.send_signal(signal.SIGSTOP)
        tasks = Path(f"/proc/{service.pid}/task")
        wait_until(lambda: all(one.read_text().rpartition(")")[2].split()[0] == "T" for one in tasks.glob("*/stat")))
        answer = drop()
        assert (answer.status, answer.json["error"][-18:]) == (503, "This was not done.")
        newest = program.get("/api/audit")["entries"][0]
        assert (newest["is_done"], newest["error"]) == (False, answer.json["error"])
        service.send_signal(signal.SIGCONT)
        assert len(program.get("/api/dead")["rows"]) == 1
        other = stack.enter_context(closing(sqlite3.connect(path, isolation_level=None)))
        other.execute("BEGIN IMMEDIATE")  # so that the service waits after it has begun
        dropping = stack.enter_context(ThreadPoolExecutor(1)).submit(drop)
        time.sleep(1.0)
        service.kill()
        answer = dropping.result(60)
        assert (answer.status, answer.json["error"][-38:]) == (503, "it is not known whether this was done.")
        newest = program.get("/api/audit")["entries"][0]
        assert (newest["is_done"], newest["error"]) == (None, answer.json["error"])


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=lambda one: one.name)
def test_a_save_under_way_when_the_console_ends_stands_in_the_audit_log_with_who_made_it(
    how: signal.Signals, tmp_path: Path
) -> None:
    config, path = write_site(tmp_path, 9), "/api/config/nodes/yard/alarm"
    users = Users(tmp_path / "outbox.console-users.json")
    for name in ("anna", "ben"):
        users.add(name, Role.CONFIGURE, f"password of {name}")

    def logged_in(name: str) -> Browser:
        browser = Browser(address_of(tmp_path)[0])
        assert browser.log_in(user=name, password=f"password of {name}").status == 200
        return browser

    def save(browser: Browser, values: dict[str, object]) -> Answer:
        digest = browser.get("/api/config")["digest"]
        return browser.ask("PUT", path, {"values": values}, If_Match=f'"{digest}"')

    with running(tmp_path, "run", config.name, name="service") as service, ExitStack() as stack:
        with running(tmp_path, "console", config.name, name="console") as console:
            ben, anna = logged_in("ben"), logged_in("anna")
            wait_until(lambda: ben.get("/api/overview")["counts"] is not None, START_LIMIT_S)
            assert save(ben, {"event_name": "of Ben"}).status == 200
            stack.callback(service.send_signal, signal.SIGCONT)
            service.send_signal(signal.SIGSTOP)
            saving = stack.enter_context(ThreadPoolExecutor(1)).submit(save, anna, {"interval": 9})
            wait_until(lambda: "interval = 9" in config.read_text())
            console.send_signal(how)
            if how == signal.SIGTERM:
                answer = saving.result(60)
                assert (answer.status, answer.json["error"][:17]) == (503, "The console ends.")
            else:
                assert isinstance(saving.exception(60), OSError | HTTPException)
            console.wait(60)
        with running(tmp_path, "console", config.name, name="console"):
            again = logged_in("ben")
            [entry] = [one for one in again.get("/api/audit")["entries"] if one["user"] == "anna" and one["subject"]]
            assert (entry["action"], entry["subject"], entry["is_done"]) == ("save node", "yard/alarm", True)
            assert again.get("/api/config/last-change")["user"] == "anna"
            assert again.get("/api/config/undo")["save"]["user"] == "anna"
