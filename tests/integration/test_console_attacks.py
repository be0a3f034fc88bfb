"""The console attacked: by strangers, by people whose role is too small, by other pages, and by broken requests."""

from __future__ import annotations

import http.client
import os
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.console.attempts import MOST_CHANGES_IN_A_MINUTE
from securos_trigger.console.security.guard import MAX_BODY_BYTES
from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.users import Users
from tests.integration.console_site import Browser, Site, address_of, running, write_site
from tests.integration.fake_receivers import TOKEN

pytestmark = pytest.mark.timeout(240)
HEADERS = ("content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy")
SECRETS = (TOKEN.encode(), b"root:", b"scrypt$")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A console without its service: what is attacked here is the console."""
    folder = tmp_path_factory.mktemp("site")
    config = write_site(folder, 9)
    users = Users(folder / "outbox.console-users.json")
    for role in Role:
        users.add(role.value, role, f"password of {role.value}")
    with running(folder, "console", config.name, name="console"):
        port, link = address_of(folder)
        yield Site(folder, port, link, None)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def configures(site: Site) -> Browser:
    """A user with the largest role."""
    return site.browser("configure")


def raw(port: int, request: bytes) -> bytes:
    """What a request that no client would write is answered with, headers and all; empty: the connection was closed."""
    found = b""
    with socket.create_connection(("127.0.0.1", port), 60) as connection, suppress(ConnectionError):
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(65_536):
            found += part
    return found


def changing(site: Site) -> list[tuple[str, str]]:
    """Every request of the API that changes something, with names filled in."""
    paths = site.program().get("/api/openapi.json")["paths"]
    names = {"pipeline": "yard", "node": "alarm", "number": "1"}
    return [
        (method.upper(), re.sub(r"\{(\w+)\}", lambda found: names[found[1]], path))
        for path, methods in paths.items()
        for method in methods
        if method != "get" and path not in ("/api/login", "/api/logout")
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/../outbox.console-token",
        "/..%2foutbox.console-token",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/shared/..%5c..%5c..%5csite.toml",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/static/%00/etc/passwd",
        "/pages/../../app.py",
        "/api/../../app.py",
        "/api/events/..%2f..%2fsite.toml/image.jpg",
    ],
)
def test_no_path_leads_out_of_the_pages(path: str, site: Site) -> None:
    for browser in (site.browser(), site.browser("look")):
        answer = browser.ask("GET", path)
        assert answer.status in (400, 401, 404, 422), (path, answer)
        assert not any(secret in answer.content for secret in (*SECRETS, b"import ", site.token.encode()))


def test_every_answer_has_the_headers_that_keep_a_page_to_itself(site: Site) -> None:
    stranger = site.browser()
    answers = [
        stranger.ask("GET", "/"),
        stranger.ask("GET", "/nothing"),
        stranger.ask("GET", "/api/overview"),
        stranger.ask("GET", "/", Host="evil.example"),
        stranger.ask("POST", "/api/login", {"user": 1}),
        stranger.ask("POST", "/api/login", {}, Origin="http://evil.example"),
        stranger.ask("DELETE", "/"),
    ]
    assert [answer.status for answer in answers] == [200, 404, 401, 421, 422, 403, 405]
    for answer in answers:
        assert set(HEADERS) <= set(answer.headers)
        policy = answer.headers["content-security-policy"]
        assert ("default-src 'none'" in policy, "unsafe" in policy, "server" in answer.headers) == (True, False, False)


def test_a_role_that_only_looks_changes_nothing_by_any_request(site: Site) -> None:
    looks = site.browser("look")
    before = site.config.read_bytes()
    refused = {one: looks.ask(*one, {}, If_Match='"x"').status for one in changing(site)}
    assert len(refused) > 12
    assert set(refused.values()) == {403}, refused
    operates = site.browser("operate")
    assert {
        operates.ask(*one, {}, If_Match='"x"').status for one in refused if "/config/" in one[1] and one[0] != "POST"
    } == {403}
    assert site.config.read_bytes() == before


def test_another_page_cannot_use_the_session_of_a_person(site: Site) -> None:
    configures = site.browser("configure")
    ways: tuple[dict[str, str], ...] = (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://127.0.0.1:{site.port}.evil.example"},
        {"Origin": f"https://127.0.0.1:{site.port + 1}"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"X_CSRF_Token": ""},
        {"Content_Type": "text/plain", "X_CSRF_Token": ""},
    )
    for headers in ways:
        for one in changing(site):
            assert configures.ask(*one, {}, If_Match='"x"', **headers).status == 403, (one, headers)
    assert site.browser().ask("POST", "/api/login", {"user": "look"}, Origin="http://evil.example").status == 403


def test_a_session_cannot_be_fixed_stolen_after_its_end_or_kept_past_another_password(site: Site) -> None:
    chosen = f"{site.browser('look').cookie.partition('=')[0]}=chosen-by-a-stranger"
    browser = Browser(site.port, cookie=chosen)
    assert browser.log_in(user="look", password="password of look").status == 200
    assert browser.cookie != chosen
    assert Browser(site.port, cookie=chosen).ask("GET", "/api/session").status == 401
    first = browser.cookie
    assert browser.log_in(user="look", password="password of look").status == 200
    assert Browser(site.port, cookie=first).ask("GET", "/api/session").status == 401, "a second log-in ends the first"
    stolen = browser.cookie
    browser.post("/api/logout")
    assert Browser(site.port, cookie=stolen).ask("GET", "/api/overview").status == 401
    users = Users(site.folder / "outbox.console-users.json")
    users.add("guest", Role.OPERATE, "the first password")
    guest = site.browser()
    assert guest.log_in(user="guest", password="the first password").status == 200
    users.add("guest", Role.OPERATE, "another password")
    assert guest.ask("GET", "/api/overview").status == 401
    users.remove("guest")


def test_two_consoles_under_one_name_do_not_log_each_other_out(site: Site, tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    with running(tmp_path, "console", config.name, name="console"):
        port, link = address_of(tmp_path)
        first, second = site.browser("look"), Browser(port)
        assert second.log_in(one_time=link).status == 200
        names = {one.cookie.partition("=")[0] for one in (first, second)}
        assert len(names) == 2, names
        first.cookie = second.cookie = f"{first.cookie}; {second.cookie}"  # a browser sends both to each port of a host
        assert (first.get("/api/session")["user"], second.get("/api/session")["user"]) == ("look", "(one-time link)")
        first.post("/api/logout")
        assert second.get("/api/session")["user"] == "(one-time link)"


def test_a_one_time_link_logs_in_once_also_when_many_use_it_at_the_same_time(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    with running(tmp_path, "console", config.name, name="console"):
        port, link = address_of(tmp_path)
        with ThreadPoolExecutor(8) as threads:
            tries = [threads.submit(Browser(port).log_in, one_time=link) for _ in range(8)]
            statuses = sorted(one.result().status for one in tries)
        assert statuses[0] == 200
        assert set(statuses[1:]) <= {401, 429}
        assert Browser(port).log_in(one_time=link).status in (401, 429)


def test_what_a_person_has_seen_is_stored_in_no_cache_and_is_refused_after_the_log_out(site: Site) -> None:
    looks = site.browser("look")
    paths = [path for path, methods in site.program().get("/api/openapi.json")["paths"].items() if "get" in methods]
    names = {"pipeline": "yard", "node": "alarm", "number": "1"}
    asked = [
        re.sub(r"\{(\w+)\}", lambda found: names[found[1]], path)
        for path in paths
        if path.startswith("/api/") and path != "/api/stream"
    ]
    assert len(asked) > 15
    answers = {path: looks.ask("GET", path) for path in asked}
    assert {answer.headers.get("cache-control") for answer in answers.values()} == {"no-store"}
    seen = {path for path, answer in answers.items() if answer.status == 200}
    assert {f"/api/{name}" for name in ("config", "dead", "decisions", "events", "overview")} <= seen
    looks.post("/api/logout")
    refused = {path: looks.ask("GET", path).status for path in [*asked, "/api/stream"]}
    assert set(refused.values()) == {401}, refused


def test_names_of_a_request_never_become_headers_of_its_answer(site: Site) -> None:
    looks = site.browser("look")
    injected = "%0d%0aSet-Cookie:%20stolen=1"
    for path in (
        f"/api/pipelines/yard{injected}/image.jpg",
        f"/{injected}",
        f"/api/events?text={injected}",
        f"/shared{injected}",
    ):
        answer = looks.ask("GET", path)
        assert "set-cookie" not in answer.headers, path
        assert "stolen" not in str(answer.headers), path
    user = {"user": "a\r\nSet-Cookie: stolen=1", "password": "x"}
    assert "set-cookie" not in looks.ask("POST", "/api/login", user).headers


def test_bodies_without_end_and_requests_in_two_minds_are_refused(site: Site) -> None:
    looks = site.browser("look")
    head = f"POST /api/login HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nContent-Type: application/json\r\n".encode()
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    announced = raw(site.port, head + b"Content-Length: 99999999999\r\n\r\n{")
    assert announced.startswith(b"HTTP/1.1 413")
    endless = raw(site.port, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * (MAX_BODY_BYTES // 0x10000 + 4))
    assert endless.startswith(b"HTTP/1.1 413")
    assert b"csrf" not in endless
    assert site.browser().ask("POST", "/api/replay", b"{" * 20_000).status == 401, "a stranger's body is not read"
    assert looks.ask("POST", "/api/replay", b"{" * 20_000).status == 422
    both = raw(
        site.port,
        head + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/config HTTP/1.1\r\n\r\n",
    )
    assert both.count(b"HTTP/1.1 2") == 0
    assert raw(site.port, b"GET / HTTP/1.1\r\nHost: a\r\nHost: 127.0.0.1\r\n\r\n").startswith(b"HTTP/1.1 4")
    assert raw(site.port, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 4")
    assert b"HTTP/1.1 2" not in raw(site.port, head + b"X: " + b"y" * 100_000 + b"\r\n\r\n")
    assert b"HTTP/1.1 2" not in raw(site.port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    assert looks.ask("GET", "/api/session").status == 200, "it goes on"


def test_a_body_of_very_many_keys_is_refused_as_a_whole(site: Site) -> None:
    keys = {str(number): 1 for number in range(4_000)}  # a body that a person may send, and a stranger not
    assert site.browser().ask("POST", "/api/login", keys).status == 413
    answers = [
        site.browser().ask("POST", "/api/login", dict(list(keys.items())[:1000])),
        site.browser("operate").ask("POST", "/api/mute", keys),
        site.program().ask("PUT", "/api/config/sources/yard", {"cameras": keys}, If_Match='"x"'),
    ]
    assert [(answer.status, len(answer.json["mistakes"])) for answer in answers] == [(422, 1)] * 3, answers


@pytest.mark.parametrize(
    "path",
    [
        "/api/decisions?to=0001-01-01T00:00:00Z",
        "/api/decisions?from=9999-12-31T23:59:59Z",
        "/api/decisions?from=0001-01-01T00:00:00%2B14:00",
        "/api/events?since=0001-01-01T00:00:00%2B14:00",
        "/api/events?until=9999-12-31T23:59:59-14:00",
        f"/api/pipelines/{'x' * 20_000}/frame",
        f"/api/pipelines/{'x' * 20_000}/image.jpg",
    ],
    ids=lambda path: path[:44],
)
def test_what_is_at_the_edge_of_the_calendar_or_very_long_is_refused_with_a_sentence(path: str, site: Site) -> None:
    answer = site.program().ask("GET", path)
    assert (answer.status, bool(answer.json["error"])) == (422, True)


def test_names_in_a_path_are_bounded_in_every_change_too(site: Site) -> None:
    long, program = "x" * 20_000, site.program()
    for method, path in (
        ("PUT", f"/api/config/nodes/{long}/a"),
        ("PUT", f"/api/config/nodes/a/{long}"),
        ("POST", f"/api/config/nodes/{long}"),
        ("DELETE", f"/api/config/nodes/a/{long}"),
        ("PUT", f"/api/config/sources/{long}"),
        ("PUT", f"/api/config/sinks/{long}"),
        ("DELETE", f"/api/pipelines/{long}"),
    ):
        answer = program.ask(method, path, {"values": {}}, If_Match='"x"')
        assert (answer.status, answer.json["mistakes"][0]["where"]) in [(422, "pipeline"), (422, "node")], path[:40]


def test_a_stranger_may_neither_read_the_stream_nor_use_up_its_places(site: Site) -> None:
    for _ in range(120):
        assert site.browser().ask("GET", "/api/stream").status == 401
    with ExitStack() as stack:
        statuses = streams_at_once(stack, site, [site.browser("look")] * 40)
        assert (statuses.count(200), statuses.count(503)) == (20, 20), "also when they come at once"
        assert streams_at_once(stack, site, [site.browser("operate")]) == [200], "they shut nobody else out"
        more = streams_at_once(stack, site, [site.browser("look") for _ in range(4)] * 10)
        assert (more.count(200), more.count(503)) == (30, 10), "nor with more sessions"
        assert streams_at_once(stack, site, [site.browser("operate")]) == [200]


def streams_at_once(stack: ExitStack, site: Site, browsers: list[Browser]) -> list[int]:
    """Ask for a stream for each of these, all of them before the first answer is read; the statuses."""
    connections = []
    for browser in browsers:
        connections.append(http.client.HTTPConnection("127.0.0.1", site.port, timeout=60))
        stack.callback(connections[-1].close)
        connections[-1].request("GET", "/api/stream", headers={"Cookie": browser.cookie})
    return [connection.getresponse().status for connection in connections]


def test_the_stream_of_who_may_not_log_in_any_more_ends(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    users, token = Users(tmp_path / "outbox.console-users.json"), tmp_path / "outbox.console-token"
    for name in ("removed", "other-password", "other-role", "stays"):
        users.add(name, Role.LOOK, f"password of {name}")
    with running(tmp_path, "console", config.name, name="console"), ExitStack() as opened:
        own = Site(tmp_path, *address_of(tmp_path), None)  # type: ignore[arg-type]
        streams = {
            name: opened_stream(own.browser(name), opened) for name in ("removed", "other-password", "other-role")
        }
        by_token = own.browser()
        assert by_token.log_in(token=token.read_text().strip()).status == 200
        streams |= {"token": opened_stream(by_token, opened), "program": opened_stream(own.program(), opened)}
        stays = opened_stream(own.browser("stays"), opened)
        users.remove("removed")
        users.add("other-password", Role.LOOK, "another password of theirs")
        users.add("other-role", Role.OPERATE, "password of other-role")
        token.write_text("a token that was made later than the first\n")
        assert {name: has_ended(stream) for name, stream in streams.items()} == dict.fromkeys(streams, True)
        assert not has_ended(stays, most_beats=15)
        assert by_token.ask("GET", "/api/overview").status == 401


@pytest.mark.parametrize(
    ("host", "port", "argument"),
    [
        *((host, "1", "host") for host in ("127.0.0.1/x", "127.0.0.1#", "127.0.0.1?x", "a@127.0.0.1", "127.0.0.1 x")),
        *((host, "1", "host") for host in ("", "https://127.0.0.1", "127.0.0.1:1")),
        *(("127.0.0.1", port, "port") for port in ("1/x", "1#", "1?", "0", "65536", "x", "1@127.0.0.1")),
        ("127.0.0.1", "1", "receiver"),
        ("::1", "1", "receiver"),
    ],
)
def test_a_certificate_is_looked_at_where_it_was_typed_and_nowhere_else(
    site: Site, configures: Browser, host: str, port: str, argument: str
) -> None:
    refused = configures.ask("POST", "/api/targets/certificate", {"host": host, "port": port})
    assert (refused.status, refused.json.get("argument")) == (422, argument), refused


def opened_stream(browser: Browser, opened: ExitStack) -> http.client.HTTPResponse:
    """The stream of events, as this browser or program gets it."""
    connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=60)
    opened.enter_context(closing(connection))
    cookie = {"Cookie": browser.cookie} if browser.cookie else {}
    connection.request("GET", "/api/stream", headers={**browser.headers, **cookie})
    response = opened.enter_context(closing(connection.getresponse()))
    assert response.status == 200
    return response


def has_ended(stream: http.client.HTTPResponse, most_beats: int = 60) -> bool:
    """True when the stream ends; False when it says so often that it is there, once a second: some are of before."""
    beats = 0
    while line := stream.readline():
        beats += line.startswith(b"event: beat")
        if beats == most_beats:
            return False
    return True


def test_what_a_stranger_sends_is_bounded_in_the_audit_log_and_stays_one_line(site: Site) -> None:
    hostile: Any = "x" * 900 + '"}\n{"user":"configure","is_done":true'
    assert site.browser().ask("POST", "/api/login", {"user": hostile, "password": "p"}).status == 401
    newest = site.program().get("/api/audit")["entries"][0]
    assert (newest["action"], newest["is_done"], len(newest["user"])) == ("log in", False, 64)


def test_a_person_who_may_only_look_pushes_nothing_out_of_the_audit_log(site: Site, configures: Browser) -> None:
    assert configures.ask("POST", "/api/config/reload").status in (200, 409)
    looks = site.browser("look")
    for _ in range(150):
        assert looks.ask("POST", f"/api/config/nodes/{'%F0%9F%98%80' * 500}", {}).status == 403
    files = site.folder.glob("outbox.console-audit*.jsonl")
    lines = [line for file in files for line in file.read_bytes().splitlines() if b'"refused","subject"' in line]
    assert max(map(len, lines)) < 1000
    assert len([line for line in lines if rb"\ud83d" in line]) <= 60, "they took two minutes at most"


def test_requests_in_another_protocol_fill_no_log(site: Site) -> None:
    log = site.folder / "console.log"
    before = log.read_text().count("Invalid HTTP request")
    host = f"Host: 127.0.0.1:{site.port}\r\nConnection: Upgrade\r\n".encode()
    for _ in range(5):
        upgrade = host + b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n"
        assert raw(site.port, b"GET / HTTP/1.1\r\n" + upgrade).startswith(b"HTTP/1.1 400")
        assert raw(site.port, b"GET /healthz HTTP/1.1\r\n" + host + b"Upgrade: h2c\r\n\r\n").startswith(b"HTTP/1.1 200")
        assert raw(site.port, b"\0\0\0\0\r\n\r\n").startswith(b"HTTP/1.1 400")
    text = log.read_text()
    assert ("pip install" in text, "upgrade request" in text) == (False, False)
    assert text.count("Invalid HTTP request") - before <= 1, "once a minute"


def test_a_configuration_that_hangs_is_answered_and_read_again_when_it_is_back(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    text = config.read_text()
    with running(tmp_path, "console", config.name, name="console"):
        port, _ = address_of(tmp_path)
        program = Browser(port)
        program.headers["Authorization"] = f"Bearer {(tmp_path / 'outbox.console-token').read_text().strip()}"
        assert program.ask("GET", "/api/overview").status == 200
        config.unlink()
        os.mkfifo(config)
        with ThreadPoolExecutor(60) as pool:
            hung = list(pool.map(lambda path: program.ask("GET", path), ["/api/overview", *["/api/config"] * 40]))
        assert {answer.status for answer in hung} <= {200, 422, 503}, "each is answered"
        config.unlink()
        config.write_text(text)
        until_s = time.monotonic() + 60.0  # who asked just before it was back may still wait for it
        while [program.ask("GET", path).status for path in ("/api/overview", "/api/config")] != [200, 200]:
            assert time.monotonic() < until_s
            time.sleep(0.1)


def test_while_many_addresses_guess_passwords_everything_else_is_answered(site: Site) -> None:
    def guess(number: int) -> tuple[int, str]:
        source = (f"127.0.2.{number}", 0)
        with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=120, source_address=source)) as one:
            body = f'{{"user":"nobody{number}","password":"a long password"}}'
            one.request("POST", "/api/login", body, {"Content-Type": "application/json"})
            answer = one.getresponse()
            return answer.status, answer.headers.get("Retry-After", "")

    with ThreadPoolExecutor(80) as pool:
        guesses = [pool.submit(guess, number) for number in range(1, 81)]
        assert site.browser().ask("GET", "/healthz").status in (200, 503)
        under_way = sum(not one.done() for one in guesses)
        found = {one.result() for one in guesses}
    assert under_way > 0, "the page waits for no log-in"
    assert found == {(401, ""), (503, "2")}
    assert site.browser("look").get("/api/session")["user"] == "look"


def test_a_head_request_is_answered_as_a_get_without_its_body(site: Site) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/", "/nodes.html"):
        head, get = site.browser().ask("HEAD", path), site.browser().ask("GET", path)
        assert (head.status, head.content) == (get.status, b""), path
        assert head.headers.get("content-type") == get.headers.get("content-type")
    assert site.browser().ask("HEAD", "/api/overview").status == 401


def test_without_a_log_in_no_damaged_file_is_named(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    users = Users(tmp_path / "outbox.console-users.json")
    users.add("anna", Role.LOOK, "password of anna")
    with running(tmp_path, "console", config.name, name="console"):
        own = Site(tmp_path, *address_of(tmp_path), None)  # type: ignore[arg-type]
        users.path.write_text("damaged")
        answer = own.browser().log_in(user="anna", password="password of anna")
        said = "The users cannot be read: the log of the console says why. The token logs in."
        assert (answer.status, answer.json) == (503, {"error": said})
        assert own.browser().log_in(token=own.token).status == 200
    assert "outbox.console-users.json does not hold users" in (tmp_path / "console.log").read_text()


def test_what_a_save_changed_is_shown_to_those_who_may_read_the_audit_log(site: Site) -> None:
    program = site.program()
    digest = program.get("/api/config")["digest"]
    path, values = "/api/config/nodes/yard/alarm", {"values": {"interval": 77}}
    assert program.ask("PUT", path, values, If_Match=f'"{digest}"').status == 200
    known = program.get("/api/config/undo")
    assert (known["save"]["user"], len(known["changes"])) == ("(token)", 1)
    for role in ("look", "operate"):
        found = site.browser(role).get("/api/config/undo")
        assert (found["save"], found["changes"], found["is_redo"]) == (None, None, False)


def test_an_operator_cannot_push_out_of_the_audit_log_what_operators_did(site: Site) -> None:
    Users(site.folder / "outbox.console-users.json").add("olga", Role.OPERATE, "password of olga")
    olga, mute = site.browser("olga"), {"nodes": ["alarm"], "for": "1h"}
    statuses: list[int] = []
    while 429 not in statuses and len(statuses) < 4 * MOST_CHANGES_IN_A_MINUTE:  # a minute may end meanwhile
        statuses.append(olga.ask("POST", "/api/mute", mute).status)
    assert set(statuses) == {200, 429}
    assert olga.ask("POST", "/api/mute", mute).json["error"].startswith("More than 300 changes in a minute.")
    assert site.browser("operate").ask("POST", "/api/mute", mute).status == 200, "another one goes on"
