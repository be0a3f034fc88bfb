"""The console as a process, beside the real service: its API, and that it gives nothing to those who may not ask."""

from __future__ import annotations

import http.client
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest

from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.users import Users
from securos_trigger.operations.frames import paths_in
from securos_trigger.outbox import State
from tests import commands
from tests.integration.console_site import Answer, Browser, Site, address_of, running, running_site, write_site
from tests.integration.fake_receivers import TOKEN
from tests.integration.test_service_status import wait_until

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as found:
        users = Users(found.folder / "outbox.console-users.json")
        for role in Role:
            users.add(role.value, role, f"password of {role.value}")
        wait_until(lambda: found.program().get("/api/overview")["counts"]["dead"] == 1)
        yield found


@pytest.fixture
def looks(site: Site) -> Browser:
    return site.browser("look")


@pytest.fixture
def operates(site: Site) -> Browser:
    return site.browser("operate")


@pytest.fixture
def configures(site: Site) -> Browser:
    return site.browser("configure")


def test_the_overview_joins_the_file_with_the_running_service(looks: Browser, site: Site) -> None:
    found = looks.get("/api/overview")
    [yard] = found["pipelines"]
    assert (found["verdict"], found["is_running"], found["losses"]["count"]) == ("trouble", True, 0)
    worst = found["troubles"][0]["text"]
    assert worst.startswith(f"http://127.0.0.1:{site.receiver.port} gets no events without a camera since "), worst
    assert (yard["name"], yard["source_type"], yard["state"]["state"]) == ("yard", "file", "running")
    assert [(node["address"], node["camera_ids"]) for node in yard["nodes"]] == [
        ("yard/alarm", ["1"]),
        ("yard/refused", []),
    ]
    assert found["targets"][0]["target"] == f"http://127.0.0.1:{site.receiver.port}"
    assert found["configuration"]["mistakes"] == ""


def test_the_newest_frame_has_its_objects_zones_and_paths_and_an_image(looks: Browser) -> None:
    frame = looks.get("/api/pipelines/yard/frame")
    assert (frame["width"], frame["height"], frame["has_image"]) == (80, 60, True)
    [thing] = frame["objects"]
    assert {key: thing[key] for key in ("id", "left", "top", "width", "height")} == {
        "id": 7, "left": 0.2, "top": 0.2, "width": 0.4, "height": 0.4,
    }  # fmt: skip
    assert frame["zones"][0]["name"] == "left"
    assert frame["zones"][0]["counts"]["current_objects_count"] >= 0
    assert {"path": "number", "type": "number"}.items() <= next(
        one for one in frame["paths"] if one["path"] == "number"
    ).items()
    image = looks.ask("GET", "/api/pipelines/yard/image.jpg?width=64")
    assert (image.status, image.headers["content-type"]) == (200, "image/jpeg")
    with av.open(BytesIO(image.content), "r") as file:
        assert next(file.decode(video=0)).width == 80, "an image is never enlarged, and small wishes share one size"
    for path in ("frame", "image.jpg"):
        missing = looks.ask("GET", f"/api/pipelines/nothing/{path}")
        assert (missing.status, missing.json["error"]) == (404, 'no pipeline "nothing" runs')


def test_events_are_found_and_shown_with_all_that_is_known(looks: Browser) -> None:
    wait_until(lambda: len(looks.get("/api/events?state=delivered")["events"]) >= 3)
    page = looks.get("/api/events?state=delivered&camera=1&text=person&limit=2")
    numbers = [row["number"] for row in page["events"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 2
    older = looks.get(f"/api/events?state=delivered&limit=50&cursor={page['cursor']}")
    assert all(row["number"] < numbers[-1] for row in older["events"])
    wait_until(lambda: looks.get(f"/api/events/{numbers[-1]}")["attempts"][-1:][0]["state"] == "delivered")
    shown = looks.get(f"/api/events/{numbers[-1]}")
    assert shown["boxes"] == [{"left": 0.2, "top": 0.2, "width": 0.4, "height": 0.4}]
    assert [one["state"] for one in shown["attempts"]] == ["kept", "delivered"]
    assert [(one["camera_id"], one["step"], one["state"]) for one in shown["steps"]] == [
        ("1", "REC", "done"),
        ("1", "EVENT", "done"),
    ]
    assert shown["decision"]["address"] == "yard/alarm"
    assert [clause["truth"] for clause in shown["decision"]["clauses"]] == ["true"] * 3
    wait_until(lambda: looks.get(f"/api/events/{numbers[-1]}")["has_image"])
    assert looks.get(f"/api/events/{numbers[-1]}")["why_no_image"] == ""
    image = looks.ask("GET", f"/api/events/{numbers[-1]}/image.jpg")
    assert (image.status, image.headers["content-type"]) == (200, "image/jpeg")
    with av.open(BytesIO(image.content), "r") as file:
        assert next(file.decode(video=0)).width == 64
    for state in State:
        assert looks.ask("GET", f"/api/events?state={state}").status == 200, state
    command = looks.get(f"/api/events/{numbers[-1]}/curl")["command"]
    assert "$TOKEN" in command
    assert TOKEN not in command
    assert ("--insecure" in command) is command.startswith("# --insecure: ") is ("https://" in command)
    assert looks.ask("GET", "/api/events/999999").status == 404


def test_the_images_of_a_camera_are_deleted_for_good(looks: Browser, site: Site) -> None:
    def purged(*which: str) -> tuple[int, str]:
        done = commands.run("images", "purge", "site.toml", *which, cwd=site.folder)
        return done.returncode, done.stdout + done.stderr

    wait_until(lambda: looks.get("/api/events?state=delivered&limit=1")["events"])
    [event] = looks.get("/api/events?state=delivered&limit=1")["events"]
    wait_until(lambda: looks.get(f"/api/events/{event['number']}")["has_image"])
    assert purged("--camera", "no such camera") == (0, "Images deleted: 0.\n")
    assert purged()[0] == purged("--camera", "1", "--all")[0] == 2
    code, said = purged("--camera", "1")
    assert (code, said.startswith("Images deleted: ")) == (0, True), said
    shown = looks.get(f"/api/events/{event['number']}")
    assert (shown["has_image"], shown["why_no_image"]) == (False, "gone")
    assert looks.ask("GET", f"/api/events/{event['number']}/image.jpg").json == {
        "error": "There is no image of this event."
    }


def test_a_dead_letter_is_shown_and_sent_again(operates: Browser) -> None:
    [dead] = operates.get("/api/dead")["rows"]
    assert dead["reason"] == "refused with status 400: camera_id is required"
    steps = operates.get(f"/api/events/{dead['number']}")["steps"]
    assert [(one["camera_id"], one["state"]) for one in steps] == [(None, "failed")]
    sent_again = operates.post(f"/api/events/{dead['number']}/retry")
    assert sent_again["changed"] == 1
    assert sent_again["number"] > dead["number"]
    wait_until(lambda: operates.get("/api/dead")["rows"])
    [again] = operates.get("/api/dead")["rows"]
    refused = operates.ask("POST", f"/api/events/{again['number']}/retry", {"cameras": {"5": "1"}})
    assert refused.json == {"error": "the event does not name camera 5", "argument": "cameras"}
    assert operates.post("/api/dead/retry", {"reason": "no such reason"}) == {"changed": 0, "left": 0}


def test_an_event_without_a_camera_is_sent_to_one(tmp_path: Path) -> None:
    with running_site(tmp_path) as own:
        operates = own.program()
        wait_until(lambda: operates.get("/api/dead")["rows"])
        [dead] = operates.get("/api/dead")["rows"]
        assert dead["camera_ids"] == []
        assert operates.ask("POST", "/api/dead/retry", {"cameras": {"": ""}}).status == 422
        other = {"target": dead["target"], "cameras": {"5": "1"}}
        assert operates.post("/api/dead/retry", other) == {"changed": 0, "left": 0}
        sent = {"target": dead["target"], "cameras": {"": "1"}}
        assert operates.post("/api/dead/retry", sent) == {"changed": 1, "left": 0}
        wait_until(lambda: operates.get("/api/events?state=delivered&text=Without")["events"])
        [event] = operates.get("/api/events?state=delivered&text=Without")["events"]
        assert event["camera_ids"] == ["1"]
        assert operates.get("/api/dead")["rows"] == []
        got = [one["camera_id"] for one in own.receiver.bodies if one["event_id"] == dead["event_id"]]
        assert got[-1] == ["1"], got


@pytest.mark.parametrize("column", ["camera_ids", "event_id", "target"])
def test_a_damaged_dead_letter_stays_and_is_said_until_it_is_dropped(tmp_path: Path, column: str) -> None:
    with running_site(tmp_path) as own:
        operates = own.program()
        wait_until(lambda: operates.get("/api/dead")["rows"])
        number = operates.get("/api/dead")["rows"][0]["number"]
        with closing(sqlite3.connect(tmp_path / "outbox.sqlite", isolation_level=None)) as intruder:
            intruder.execute(f"UPDATE delivery SET {column} = x'ff41' WHERE sequence = ?", (number,))
        [dead] = operates.get("/api/dead")["rows"]
        assert dead["is_readable"] is False
        wanted = {"ids": [str(number)], "cameras": {}}
        assert operates.post("/api/dead/retry", wanted) == {"changed": 0, "left": 1}
        assert operates.post(f"/api/events/{number}/retry") == {"changed": 0, "number": number, "left": 1}
        assert operates.ask("POST", "/api/dead/drop", {"reason": dead["reason"]}).status == 422
        chosen = {"target": dead["target"], "ids": [str(number)]}
        assert operates.post("/api/dead/drop", chosen) == {"changed": 1}
        assert operates.get("/api/dead")["rows"] == []


def test_decisions_are_a_timeline_and_can_be_explained(looks: Browser) -> None:
    def alarm() -> Any:
        return next(one for one in looks.get("/api/decisions?node=yard/alarm")["nodes"])

    wait_until(lambda: {"fired", "condition_false"} <= set(alarm()["frames_by_reason"]))
    entries = alarm()["entries"]
    assert any(one["is_near_miss"] for one in entries if one["reason"] == "condition_false")
    assert all(one["event_id"] for one in entries if one["reason"] == "fired")
    assert "yard/alarm" in looks.get("/api/decisions/explain?node=alarm")["text"]
    assert looks.ask("GET", "/api/decisions/explain?at=later").status == 422
    assert looks.ask("GET", "/api/decisions?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z").status == 422


def test_the_configuration_is_shown_without_its_secrets(looks: Browser) -> None:
    answer = looks.ask("GET", "/api/config")
    assert TOKEN.encode() not in answer.content
    mine, zone, alarm, _ = answer.json["pipelines"][0]["nodes"]
    assert mine["why_fixed"] == "it is Python code: change it in the configuration file"
    assert zone["values"]["rois"]["left"][2] == [0.5, 1.0]
    assert alarm["values"]["iss_password"] == "***"
    schemas = looks.get("/api/schema/nodes")
    assert "trigger" in schemas["trigger"]["properties"]
    assert {"zone_presence", "detector", "function"} <= set(schemas["nodes"])
    assert {"rtsp", "file"} <= set(schemas["sources"])


def test_a_node_is_muted_and_unmuted(operates: Browser) -> None:
    [mute] = operates.post("/api/mute", {"nodes": ["refused"], "for": "2h", "reason": "tests"})["mutes"]
    assert (mute["node"], mute["reason"], mute["muted_by"]) == ("yard/refused", "tests", "operate")
    node = operates.get("/api/overview")["pipelines"][0]["nodes"][1]
    assert (node["mute_reason"], node["muted_until"] is not None) == ("tests", True)
    assert operates.post("/api/unmute", {"nodes": ["yard/refused"]}) == {"ended": ["yard/refused"]}
    wrong = operates.ask("POST", "/api/mute", {"nodes": ["alarm"], "for": "a while"})
    assert (wrong.status, wrong.json["argument"]) == (422, "for")


def test_the_doctor_and_the_receivers_are_asked_from_the_page(operates: Browser) -> None:
    sections = operates.get("/api/doctor")["sections"]
    assert [one["subject"] for one in sections][:3] == ["the running service", "this machine", "sources and models"]
    [target] = operates.get("/api/targets")["targets"]
    assert target["certificate"]["fixed_by"] == "http has no certificate"
    refused = operates.ask("POST", "/api/targets/trust", {"target": target["target"], "fingerprint": "00"})
    assert refused.status == 409


def test_what_happens_is_sent_as_it_happens(looks: Browser, site: Site) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    connection.request("GET", "/api/stream", headers={"Cookie": looks.cookie})
    response = connection.getresponse()
    assert response.headers["Content-Type"].startswith("text/event-stream")
    seen: dict[str, Any] = {}
    while not {"overview", "delivery"} <= set(seen):
        line = response.fp.readline().decode()
        if line.startswith("event: "):
            kind = line.split()[1]
            seen[kind] = json.loads(response.fp.readline().decode().removeprefix("data: "))
    connection.close()
    assert seen["overview"]["is_running"] is True
    assert seen["delivery"]["name"].startswith("Person")


# -- who may ask


def test_without_a_log_in_nothing_is_answered_but_the_probes(site: Site) -> None:
    stranger = site.browser()
    paths = site.program().get("/api/openapi.json")["paths"]
    open_paths = {"/healthz", "/readyz", "/metrics", "/api/login"}
    for path, methods in paths.items():
        filled = path.replace("{pipeline}", "yard").replace("{node}", "alarm").replace("{number}", "1")
        for method in methods:
            answer = stranger.ask(method.upper(), filled, {} if method != "get" else None)
            is_refused = answer.status == 401
            assert is_refused or path in open_paths, (method, path, answer)
    for path in ("/healthz", "/readyz", "/metrics"):
        answer = stranger.ask("GET", path)
        assert answer.status == (503 if path == "/readyz" else 200), "a person must act: an event was given up"
        assert not any(name in answer.content for name in (b"yard", b"alarm", b"127.0.0.1", b"toml"))


def test_each_role_may_do_what_it_says_and_no_more(site: Site, looks: Browser, operates: Browser) -> None:
    refused = looks.ask("POST", "/api/mute", {"nodes": ["alarm"], "for": "2h"})
    assert (refused.status, refused.json) == (403, {"error": "This needs the role operate; you have look."})
    assert looks.ask("GET", "/api/doctor").status == 403
    assert looks.ask("GET", "/api/config/last-change").status == 403
    assert looks.ask("POST", "/api/dead/retry", {"is_everything": True}).status == 403
    assert operates.ask("GET", "/api/audit").status == 403
    assert site.browser("configure").ask("GET", "/api/audit").status == 200


def test_a_change_needs_the_csrf_token_and_its_own_page(operates: Browser, site: Site) -> None:
    body = {"nodes": ["alarm"], "for": "2h"}
    assert operates.ask("POST", "/api/mute", body, X_CSRF_Token="").status == 403
    assert operates.ask("POST", "/api/mute", body, X_CSRF_Token="x" * 32).status == 403
    assert operates.ask("POST", "/api/mute", body, Origin="http://evil.example").status == 403
    assert operates.ask("GET", "/api/overview", Host="evil.example").status == 421
    other = site.browser("operate")
    assert operates.ask("POST", "/api/mute", body, X_CSRF_Token=other.csrf).status == 403, "each session has its own"
    assert operates.get("/api/overview")["pipelines"][0]["nodes"][0]["muted_until"] is None


def test_the_cookie_is_kept_from_scripts_and_other_pages_and_ends_with_the_log_out(site: Site) -> None:
    browser = site.browser()
    cookie = browser.log_in(user="look", password="password of look").headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    before = browser.cookie
    browser.post("/api/logout")
    assert browser.ask("GET", "/api/session").status == 401
    assert Browser(site.port, before).ask("GET", "/api/session").status == 401


def test_the_one_time_link_and_the_token_log_in(site: Site) -> None:
    browser = site.browser()
    assert browser.log_in(one_time="wrong").status == 401
    assert browser.log_in(one_time=site.link).json["role"] == "configure"
    assert site.browser().log_in(one_time=site.link).status == 401, "once"
    assert site.browser().log_in(token=site.token).json["role"] == "configure"
    program = site.program()
    answer = program.get("/api/session")
    assert (answer, len(answer["site"])) == (
        {**browser.get("/api/session"), "user": "(token)", "role": "configure", "csrf": ""},
        16,
    )
    program.headers["Authorization"] = "Bearer wrong"
    assert program.ask("GET", "/api/session").status == 401


def test_every_change_is_in_the_audit_trail(operates: Browser, configures: Browser) -> None:
    operates.post("/api/mute", {"nodes": ["refused"], "for": "1h", "reason": "for the audit"})
    operates.ask("POST", "/api/unmute", {"nodes": ["nothing"]})
    entries = configures.get("/api/audit")["entries"]
    refused = next(one for one in entries if one["action"] == "unmute" and one["subject"] == "nothing")
    done = next(one for one in entries if one["action"] == "mute" and one["details"]["reason"] == "for the audit")
    assert (done["user"], done["role"], done["client"], done["is_done"]) == ("operate", "operate", "127.0.0.1", True)
    assert (refused["is_done"], refused["error"][:26]) == (False, 'there is no trigger node "')
    operates.post("/api/unmute", {"nodes": ["refused"]})


def test_a_refused_save_is_in_the_audit_trail_with_its_first_mistake(configures: Browser) -> None:
    digest = configures.get("/api/config")["digest"]
    body = {"values": {"interval": -1}}
    assert configures.ask("PUT", "/api/config/nodes/yard/alarm", body, If_Match=f'"{digest}"').status == 422
    [entry] = [one for one in configures.get("/api/audit")["entries"] if one["action"] == "save node"][:1]
    assert re.search(r": 1 mistake: .*interval: \S", entry["error"]), entry


def test_what_was_refused_and_who_came_and_went_is_in_the_audit_trail(
    site: Site, looks: Browser, configures: Browser
) -> None:
    assert looks.ask("POST", "/api/mute", {"nodes": ["alarm"], "for": "2h"}).status == 403
    assert looks.ask("DELETE", "/api/config/nodes/yard/a~1b", If_Match='"x"').status == 403
    guest = site.browser("look")
    guest.post("/api/logout")
    thief = site.program()
    thief.headers["Authorization"] = "Bearer stolen"
    assert thief.ask("GET", "/api/session").status == 401
    found = [(one["user"], one["action"], one["error"]) for one in configures.get("/api/audit")["entries"][:5]]
    assert ("look", "refused", "needs the role operate") in found
    subjects = {one["subject"] for one in configures.get("/api/audit")["entries"] if one["action"] == "refused"}
    assert {"mute nodes", "remove node yard/a/b"} <= subjects
    assert ("look", "log out", "") in found
    assert ("(token)", "log in", "the token is wrong") in found


def test_a_page_that_is_missing_is_a_page_and_a_path_of_the_api_a_sentence(site: Site) -> None:
    stranger = site.browser()
    page = stranger.ask("GET", "/nothing/here.html")
    assert (page.status, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert b"There is no such page" in page.content
    assert stranger.ask("GET", "/api/nothing").json == {"error": "The API has no such path."}


@pytest.mark.parametrize(
    "path",
    [
        *("overview", "pipelines/yard/frame", "events?limit=5", "events/{number}", "dead", "decisions"),
        *("config", "targets", "session", "recordings"),
    ],
)
def test_every_key_of_an_answer_stands_on_the_page_of_the_api(looks: Browser, path: str) -> None:
    pages = "".join((ROOT / page).read_text(encoding="utf-8") for page in ("docs/console_api.md", "docs/control.md"))
    number = looks.get("/api/events?limit=1")["events"][0]["number"]
    keys = keys_of(looks.get(f"/api/{path.format(number=number)}"))
    assert [key for key in sorted(keys) if f"`{key}`" not in pages] == []


#: Below these the keys are names or values of the site.
FREE = {"counts", "decisions", "faults", "fixed_keys", "flags", "frames_by_reason", "values"}


def keys_of(answer: Any) -> set[str]:
    """The keys in an answer, but those that are names of the site."""
    if isinstance(answer, dict):
        below = [keys_of(value) for key, value in answer.items() if key not in FREE]
        return set(answer).union(*below)
    return set().union(*map(keys_of, answer)) if isinstance(answer, list) else set()


def test_a_body_that_is_none_is_refused_with_a_sentence(operates: Browser) -> None:
    bodies: tuple[Any, ...] = (
        {"nodes": []},
        {"nodes": ["\ud800"], "for": "2h"},
        {"nodes": ["a\0"], "for": "2h"},
        [],
        "text",
    )
    for body in bodies:
        answer = operates.ask("POST", "/api/mute", body)
        assert (answer.status, answer.json["error"][:24]) == (422, "The request has mistakes")
    for value in (None, [None], [1] * 5000):
        answer = operates.ask("POST", "/api/config/check", {"pipeline": "yard", "values": {"loop": value}})
        assert answer.status == 422
        assert "Value error" not in answer.json["error"]
    deep = operates.ask("POST", "/api/mute", {"nodes": json.loads("[" * 900 + "]" * 900), "for": "2h"})
    assert deep.status == 422


def test_a_body_that_is_not_json_is_named(operates: Browser) -> None:
    answer = operates.ask("POST", "/api/mute", b"{nodes")
    assert (answer.status, answer.json["error"]) == (422, "The request has mistakes: the body is not JSON.")
    [mistake] = answer.json["mistakes"]
    assert (mistake["where"], mistake["what"], mistake["fix"]) == (
        "body",
        "the body is not JSON",
        "Send JSON in UTF-8.",
    )
    assert operates.ask("POST", "/api/mute", b'{"nodes": ["\xff"]}').status == 400


# -- a console of its own


def test_it_works_read_only_on_the_files_while_the_service_is_down(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    with running(tmp_path, "console", config.name, name="console"):
        port, link = address_of(tmp_path)
        browser = Browser(port)
        assert browser.log_in(one_time=link).status == 200
        found = browser.get("/api/overview")
        assert (found["verdict"], found["is_running"], found["counts"]["dead"]) == ("not_running", False, 0)
        assert [one["name"] for one in found["pipelines"]] == ["yard"]
        assert browser.get("/api/events")["events"] == []
        assert browser.ask("GET", "/api/pipelines/yard/frame").status == 503
        assert browser.ask("GET", "/readyz").status == 503
        config.write_text(config.read_text().replace("[outbox]", "[outbox]\nwrong = 1"))
        assert "wrong" in browser.get("/api/overview")["configuration"]["mistakes"]


def test_guesses_are_slowed_down(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    with running(tmp_path, "console", config.name, name="console"):
        port, link = address_of(tmp_path)

        def guessed_until_refused(**body: str) -> list[Answer]:
            answers = [Browser(port).log_in(**body)]
            while answers[-1].status != 429 and len(answers) < 30:  # a wait of 2 s may pass on a busy machine
                answers.append(Browser(port).log_in(**body))
            return answers

        answers = guessed_until_refused(token="guess")
        assert [answer.status for answer in answers[:5]] == [401] * 5
        wait = int(answers[-1].headers["retry-after"])
        assert answers[-1].json == {
            "error": f"Too many wrong attempts, by you or by others. Try again in {wait} s, or log in with the token."
        }
        log = (tmp_path / "console.log").read_text()
        assert log.count("WARNING logins_limited client=127.0.0.1 fix=") == 1
        assert guessed_until_refused(user="anna", password="guess")[-1].status == 429
        token = (tmp_path / "outbox.console-token").read_text().strip()
        assert Browser(port).log_in(token=token).status == 200, "guesses of others do not keep the token out"
        guessed_until_refused(token="guess")
        assert Browser(port).log_in(one_time=link).status == 200, "nor the one-time link"


def test_why_a_log_in_was_refused_is_said_in_the_audit_trail_and_not_to_who_tries(site: Site) -> None:
    tries = [
        {"user": "look", "password": "a wrong one"},
        {"user": "nobody", "password": "a wrong one"},
        {"token": "guess"},
        {"one_time": "guess"},
    ]
    answers = [Browser(site.port).log_in(**one) for one in tries]
    assert [one.status for one in answers] == [401] * 4
    assert answers[0].json == answers[1].json, "whether there is such a user is not told"
    assert answers[2].json == answers[3].json
    said = [one["error"] for one in site.program().get("/api/audit")["entries"][:4]]
    why = ["the one-time link is wrong", "the token is wrong", "there is no such user", "the password is wrong"]
    assert [one.partition(";")[0] for one in said] == why


def test_wrong_tokens_of_a_program_are_slowed_down_and_logged_once(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    with running(tmp_path, "console", config.name, name="console"):
        port, _ = address_of(tmp_path)
        program = Browser(port, headers={"Authorization": "Bearer old"})
        statuses = [program.ask("GET", "/api/session").status for _ in range(5)]
        assert statuses == [401] * 5
        assert Browser(port).log_in(token="guess").status in {401, 429}, "401: a wait of 2 s passed on a busy machine"
        assert (tmp_path / "console.log").read_text().count("WARNING logins_limited client=127.0.0.1 fix=") == 1


def test_paths_are_spelled_as_conditions_spell_them() -> None:
    found = {one["path"]: one for one in paths_in({"a": {"b c": 1.5}, "list": [{"x": "text"}], "on": True, "no": None})}
    assert list(found) == ["a", 'a."b c"', "list", "list.*", "list.*.x", "on", "no"]
    assert (found["list.*.x"]["type"], found["on"]["type"], found["no"]["type"]) == ("text", "boolean", "nothing")
