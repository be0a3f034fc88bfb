"""Changes made in the console: they are tried, saved with their comments, taken by the running service, undone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.users import Users
from securos_trigger.errors import ConfigurationError
from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.vms.receiver_init import new_certified_key
from tests import commands
from tests.integration.console_site import Browser, Site, running_site
from tests.integration.fake_receivers import TOKEN, OldReceiver
from tests.integration.test_service_status import wait_until

pytestmark = pytest.mark.timeout(240)
ALARM = "/api/config/nodes/yard/alarm"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as found:
        users = Users(found.folder / "outbox.console-users.json")
        for role in Role:
            users.add(role.value, role, f"password of {role.value}")
        program = found.program()
        wait_until(lambda: program.get("/api/overview")["is_running"])
        wait_until(lambda: program.ask("GET", "/api/pipelines/yard/frame").json.get("number"))
        yield found


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.browser("configure")


def save(browser: Browser, path: str, body: Any, *, method: str = "PUT", digest: str = "") -> Any:
    digest = digest or browser.get("/api/config")["digest"]
    return browser.ask(method, path, body, If_Match=f'"{digest}"')


def test_a_saved_trigger_is_in_force_at_once_and_the_file_keeps_its_comments(browser: Browser, site: Site) -> None:
    before = site.config.read_text()
    answer = save(browser, ALARM, {"values": {"interval": 4, "event_name": "Ünusual {{ number }}"}})
    assert (answer.status, answer.json["reload"]["is_done"]) == (200, True)
    assert answer.json["reload"]["changes"] == [
        "yard/alarm: interval 0 -> 4, event_name Person {{ number }} -> Ünusual {{ number }}"
    ]
    text = site.config.read_text()
    assert text.startswith("# The yard. This comment stays.")
    assert 'id = "alarm"                      # the one that people see' in text
    assert answer.json["digest"] == browser.get("/api/config")["digest"]
    wait_until(lambda: browser.get("/api/events?text=%C3%9Cnusual&limit=1")["events"])
    assert browser.ask("POST", "/api/config/undo", {}, If_Match='"another"').status == 412
    good = site.config.read_text()
    site.config.write_text("a slip = = by hand\n")
    assert browser.get("/api/config/undo")["puts_last_save_back"] is True
    assert save(browser, "/api/config/undo", {}, method="POST").json["reload"]["is_done"] is True
    assert site.config.read_text() == good
    assert browser.get("/api/config/undo")["puts_last_save_back"] is False
    undone = save(browser, "/api/config/undo", {}, method="POST").json
    assert (site.config.read_text(), undone["reload"]["is_done"]) == (before, True)


@pytest.mark.parametrize("text", ["a slip = = by hand\n", "[outbox]\npath = 7\n"])
def test_what_is_in_force_is_put_back_over_a_file_with_mistakes_which_stays_beside_it(
    browser: Browser, site: Site, text: str
) -> None:
    before = site.config.read_text()
    in_force = by_hand(browser, site, f"{before}# {len(text)}\n")
    site.config.write_text(text)
    assert browser.get("/api/config/in-force")["in_force"] == {"changes": None, "needs_restart": []}
    refused = save(browser, ALARM, {"values": {"interval": 7}})
    assert (refused.status, "it is not TOML" in refused.json["error"]) in [(422, False), (404, False)]
    assert save(browser, "/api/config/in-force", {}, method="POST", digest="another").status == 412
    answer = save(browser, "/api/config/in-force", {}, method="POST")
    assert (answer.status, answer.json["reload"]["is_done"], site.config.read_text()) == (200, True, in_force)
    assert browser.get("/api/config/in-force")["in_force"] is None
    assert site.config.with_name(site.config.name + ".broken").read_text() == text
    by_hand(browser, site, before)


@pytest.mark.parametrize("mistake", ["[outbox\n", "[outbx]\n"])
def test_what_the_service_runs_with_stays_known_while_the_file_has_mistakes(
    browser: Browser, site: Site, mistake: str
) -> None:
    before = site.config.read_text()
    known = browser.get("/api/overview")["pipelines"]
    site.config.write_text(before.replace("[outbox]\n", mistake))
    try:
        found = browser.get("/api/overview")
    finally:
        by_hand(browser, site, before)
    assert found["configuration"]["mistakes"]
    shown = ("address", "camera_ids", "target", "is_enabled")
    nodes, left = (
        [[node[key] for key in shown] for one in some for node in one["nodes"]] for some in (known, found["pipelines"])
    )
    assert left == nodes
    assert nodes[0][1] == ["1"]
    assert [(one["name"], one["source_type"], one["in_file"]) for one in found["pipelines"]] == [
        ("yard", "file", False)
    ]


def test_a_setting_that_only_a_restart_puts_in_force_is_named(browser: Browser, site: Site) -> None:
    before = site.config.read_text()
    site.config.write_text(f"{before}\n[ledger]\nfiles = 3\n")
    assert browser.get("/api/config/in-force")["in_force"]["needs_restart"] == ["ledger.files"]
    by_hand(browser, site, before)


def test_what_is_in_force_is_put_back_over_settings_that_are_not_which_an_undo_brings_back(
    browser: Browser, site: Site
) -> None:
    before = site.config.read_text()
    other = before.replace('"In the yard"', '"In the street"')
    site.config.write_text(other)
    setting = "pipeline yard, node alarm, event_description"
    change = {"setting": setting, "now": "In the street", "then": "In the yard"}
    assert browser.get("/api/config/in-force")["in_force"] == {"changes": [change], "needs_restart": []}
    answer = save(browser, "/api/config/in-force", {}, method="POST")
    assert (answer.status, answer.json["reload"]["is_done"], site.config.read_text()) == (200, True, before)
    assert browser.get("/api/config/in-force")["in_force"] is None
    assert browser.get("/api/config/undo")["save"]["action"] == "put back what is in force"
    assert save(browser, "/api/config/undo", {}, method="POST").json["reload"]["is_done"] is True
    assert site.config.read_text() == other
    by_hand(browser, site, before)


def by_hand(browser: Browser, site: Site, text: str) -> str:
    """Write the file as an editor would, and have the service take it."""
    site.config.write_text(text)
    assert browser.post("/api/config/reload")["reload"]["is_done"] is True
    return text


def test_the_second_of_two_editors_overwrites_nothing(browser: Browser, site: Site) -> None:
    digest = browser.get("/api/config")["digest"]
    assert save(browser, ALARM, {"values": {"interval": 7}}, digest=digest).status == 200
    second = save(site.browser("configure"), ALARM, {"values": {"interval": 9}}, digest=digest)
    assert (second.status, "has changed since it was read" in second.json["error"]) == (412, True)
    assert "interval = 7" in site.config.read_text()
    assert browser.ask("PUT", ALARM, {"values": {}}).status == 422, "without If-Match nothing is saved"
    assert save(browser, ALARM, {"removes": ["interval"]}).status == 200
    assert "interval" not in site.config.read_text()


def test_a_change_with_mistakes_is_not_saved(browser: Browser, site: Site) -> None:
    before = site.config.read_text()
    answer = save(browser, ALARM, {"values": {"trigger": "number >"}})
    assert answer.status == 422
    assert answer.json["mistakes"][0]["where"].endswith("pipeline yard, node alarm, trigger")
    assert save(browser, "/api/config/nodes/yard/nothing", {"values": {}}).status == 404
    assert save(browser, "/api/config/nodes/gate/alarm", {"values": {}}).status == 404
    assert site.config.read_text() == before


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (ALARM, {"iss_password": {"file": "/etc/shadow"}}),
        (ALARM, {"iss_password": {"env": "HOME"}}),
        (ALARM, {"iss_ip": "192.0.2.1"}),
        (ALARM, {"iss_port": "4"}),
        (ALARM, {"iss_ca_file": "/etc/passwd"}),
        ("/api/config/nodes/yard/mine", {"file": "evil.py"}),
        ("/api/config/sources/yard", {"path": "/etc/passwd"}),
    ],
)
def test_what_only_the_file_may_say_is_refused(browser: Browser, site: Site, path: str, values: Any) -> None:
    before = site.config.read_text()
    answer = save(browser, path, {"values": values})
    assert (answer.status, answer.json["mistakes"][0]["where"] in values or "mine" in path) == (422, True)
    body = {"pipeline": "yard", "node": "alarm", "values": values}
    assert "mine" in path or "sources" in path or browser.ask("POST", "/api/test-event", body).status == 422
    assert site.config.read_text() == before


def test_nodes_and_pipelines_come_and_go(browser: Browser, site: Site) -> None:
    before = site.config.read_text()
    line = {"type": "line_counter", "id": "line1", "units": "fractions", "lines": {"gate": [[0.1, 0.5], [0.9, 0.5]]}}
    added = save(browser, "/api/config/nodes/yard", {"values": line, "before": "alarm"}, method="POST")
    assert (added.status, added.json["reload"]["is_done"]) == (200, True), added
    ids = [node["id"] for node in browser.get("/api/config")["pipelines"][0]["nodes"]]
    assert ids == ["mine", "zone1", "line1", "alarm", "refused"]
    wait_until(lambda: browser.ask("GET", "/api/pipelines/yard/frame").json.get("lines"))
    assert browser.get("/api/pipelines/yard/frame")["lines"][0]["points"] == [[0.1, 0.5], [0.9, 0.5]]
    code = {"type": "function", "id": "evil", "file": "evil.py"}
    assert save(browser, "/api/config/nodes/yard", {"values": code}, method="POST").status == 422
    assert save(browser, "/api/config/nodes/yard/line1", None, method="DELETE").status == 200
    removed = browser.post("/api/config/check", {"pipeline": "yard", "node": "mine", "is_removed": True})
    assert removed["mistakes"] == [], "code is not written in the browser, but it can be taken out"
    assert [line for line in site.config.read_text().splitlines() if line.strip()] == [
        line for line in before.splitlines() if line.strip()
    ]
    source = {"type": "rtsp", "url": "rtsp://user:s3cret@127.0.0.1:9/gate", "name": "gate"}
    node = {"type": "zone_presence", "id": "z", "units": "fractions", "rois": {"a": [[0, 0], [1, 0], [1, 1]]}}
    new = save(browser, "/api/pipelines", {"name": "gate", "source": source, "nodes": [node]}, method="POST")
    assert new.json["reload"]["changes"] == ["gate: a new pipeline, started"]
    shown = browser.ask("GET", "/api/config")
    assert b"s3cret" not in shown.content
    assert [one["name"] for one in shown.json["pipelines"]] == ["yard", "gate"]
    save(browser, "/api/config/undo", {}, method="POST")


def test_an_input_with_its_camera_map_is_made_and_changed(browser: Browser, site: Site) -> None:
    before = site.config.read_text()
    source = {"type": "frigate", "listen": "127.0.0.1:0", "token": "a token of a sender"}
    trigger = {"type": "trigger_securos_event", "id": "alarm", "event_source": "built_in", "iss_ip": "127.0.0.1"}
    trigger |= {"iss_port": str(site.receiver.port), "iss_scheme": "http", "iss_password": TOKEN}
    body = {"name": "door", "source": source, "nodes": [trigger], "cameras": {"gate": "1"}}
    new = save(browser, "/api/pipelines", body, method="POST")
    assert (new.status, new.json["reload"]["is_done"]) == (200, True), new
    [shown] = [one for one in browser.get("/api/config")["pipelines"] if one["name"] == "door"]
    assert (shown["cameras"], shown["source"]["values"]["token"]) == ({"gate": "1"}, "***")
    changed = {"values": {"events_from": "reviews"}, "cameras": {"gate": "1", "*": "2,3"}}
    saved = save(browser, "/api/config/sources/door", changed)
    assert (saved.status, saved.json["reload"]["is_done"]) == (200, True), saved
    text = site.config.read_text()
    assert text.startswith(before.rstrip())
    assert ('events_from = "reviews"' in text, 'gate = "1"' in text, '"*" = "2,3"' in text) == (True, True, True)
    schema = browser.get("/api/schema/inputs")["inputs"]["frigate"]
    assert (schema["title"], schema["has_topics"], list(schema["ways"])) == ("Frigate", True, ["mqtt", "http", "file"])
    assert {"broker", "events_from"} < set(schema["ways"]["mqtt"]["properties"])
    site.config.write_text(before)


def test_a_sink_is_made_changed_and_kept_to_the_folders(browser: Browser, site: Site) -> None:
    before = site.config.read_text()
    path = "/api/config/sinks/yard"
    values = {"type": "annotated", "path": "recordings/yard.mp4"}
    saved = save(browser, path, {"values": values})
    assert (saved.status, saved.json["reload"]["is_done"]) == (200, True), saved
    assert browser.get("/api/config")["pipelines"][0]["sink"]["values"] == {"path": "recordings/yard.mp4"}
    for wrong, what in (("../yard.mp4", "a file may be named"), ("recordings/site.toml", "must end in .mp4")):
        refused = save(browser, path, {"values": {"path": wrong}})
        assert (refused.status, what in str(refused.json["mistakes"])) == (422, True), refused
    back = save(browser, path, {"values": {"type": "null"}, "removes": ["path"]})
    assert (back.status, browser.get("/api/config")["pipelines"][0]["sink"]["values"]) == (200, {})
    site.config.write_text(before)


def test_a_new_password_of_a_receiver_is_set_at_all_of_its_nodes(browser: Browser, site: Site) -> None:
    before = site.config.read_text()
    saved = save(browser, ALARM, {"values": {"iss_password": "another token of it"}})
    assert saved.status == 200, saved
    assert site.config.read_text().count('iss_password = "another token of it"') == 2
    assert TOKEN not in site.config.read_text()
    assert save(browser, "/api/config/undo", {}, method="POST").status == 200
    assert site.config.read_text() == before


def test_the_audit_log_says_from_what_to_what_a_save_and_its_undo_changed_without_secrets(
    browser: Browser, site: Site
) -> None:
    def newest(action: str) -> Any:
        return next(one for one in browser.get("/api/audit")["entries"] if one["action"] == action)["details"]

    interval = {"setting": "pipeline yard, node alarm, interval", "before": "0", "after": "4"}
    password = {"setting": "pipeline yard, node alarm, iss_password", "before": "***", "after": "***"}
    token = "a token that is read nowhere"
    assert save(browser, ALARM, {"values": {"interval": 4, "iss_password": token}}).status == 200
    saved = newest("save node")
    assert [one for one in saved["changes"] if "node alarm" in one["setting"]] == [password, interval]
    assert saved["changes_count"] == len(saved["changes"]) == 3, "another node has the same receiver"
    assert save(browser, "/api/config/undo", {}, method="POST").status == 200
    assert {**interval, "before": "4", "after": "0"} in newest("undo")["changes"]
    log = (site.folder / "outbox.console-audit.jsonl").read_text()
    assert (TOKEN in log, token in log) == (False, False)
    Users(site.folder / "outbox.console-users.json").add("editor", Role.CONFIGURE, "password of editor")
    editor = site.browser("editor")  # of one who was refused too often in this minute it is counted, not listed
    assert save(editor, ALARM, {"values": {"event_name": "x" * 5000, "interval": -1}}).status == 422
    assert "changes" not in newest("save node")


def test_a_save_of_what_the_file_says_already_leaves_the_undo_as_it_is(site: Site) -> None:
    Users(site.folder / "outbox.console-users.json").add("saver", Role.CONFIGURE, "password of saver")
    browser = site.browser("saver")  # whose attempts of this minute are not counted only
    before = site.config.read_text()
    change = {"values": {"interval": 7}}
    assert save(browser, ALARM, change).status == 200
    saved = site.config.read_text()
    answer = save(browser, ALARM, change)
    assert (answer.status, answer.json["reload"]["is_done"]) == (200, True)
    assert site.config.read_text() == saved
    newest = browser.get("/api/audit")["entries"][0]
    assert (newest["action"], newest["is_done"], newest["details"]["changed"]) == ("save node", True, 0)
    assert save(browser, "/api/config/undo", {}, method="POST").status == 200
    assert site.config.read_text() == before


def test_what_changes_nothing_is_listed_as_attempts_are(browser: Browser, site: Site) -> None:
    """So that many in a minute push nothing else out."""
    log, attempts = (site.folder / f"outbox.console-audit{name}.jsonl" for name in ("-operate", "-attempts"))
    operates = site.browser("operate")
    operates.post("/api/unmute", {"nodes": ["alarm"]})
    before = log.read_bytes() if log.exists() else b""
    for _ in range(70):
        assert operates.post("/api/dead/retry", {"reason": "no such reason"}) == {"changed": 0, "left": 0}
        assert operates.post("/api/unmute", {"nodes": ["alarm"]}) == {"ended": []}
    assert (log.read_bytes() if log.exists() else b"") == before
    assert attempts.read_bytes().count(b'"user":"operate"') < 140
    assert browser.get("/api/audit")["config"] == str(site.config)


def test_the_audit_log_lists_the_first_changes_of_a_save_and_says_how_many_there_are(
    browser: Browser, site: Site
) -> None:
    before = site.config.read_text()
    zones = {f"zone{number}": [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5 + number / 100]] for number in range(12)}
    assert save(browser, "/api/config/nodes/yard/zone1", {"values": {"rois": zones}}).status == 200
    details = browser.get("/api/audit")["entries"][0]["details"]
    assert (len(details["changes"]), details["changes_count"]) == (10, 13), "the zone before them is removed"
    assert save(browser, "/api/config/undo", {}, method="POST").status == 200
    assert save(browser, ALARM, {"values": {"event_description": "x" * 3000}}).status == 200
    [change] = browser.get("/api/audit")["entries"][0]["details"]["changes"]
    assert (change["before"], len(change["after"])) == ("In the yard", 121)
    assert save(browser, "/api/config/undo", {}, method="POST").status == 200
    assert site.config.read_text() == before


def test_a_trigger_is_judged_as_it_is_typed(browser: Browser) -> None:
    def check(trigger: str) -> Any:
        body = {"pipeline": "yard", "node": "alarm", "values": {"trigger": trigger}}
        return browser.post("/api/config/check", body)

    wrong = check("number > and 3")["trigger"]
    assert (wrong["is_valid"], wrong["start"], wrong["end"]) == (False, 9, 12)
    assert "^^^" in wrong["shown"]
    right = check("number >= 0")
    assert (right["mistakes"], right["trigger"]["now"]["truth"]) == ([], "true")
    assert right["trigger"]["now"]["clauses"][0]["seen"][0]["path"] == "number"
    assert check("nubmer >= 0")["trigger"]["missing_paths"] == ["nubmer"]


def test_the_warnings_about_each_part_name_its_place_while_it_is_edited_and_after_the_save(browser: Browser) -> None:
    config = browser.get("/api/config")
    [pipeline] = config["pipelines"]
    zone = next(one for one in pipeline["nodes"] if one["id"] == "zone1")

    def places(found: Any) -> list[str]:
        return [one["place"] for one in found["warnings"]]

    crossing = {"rois": {"left": [[0.0, 0.0], [0.5, 1.0], [0.5, 0.0], [0.0, 1.0]]}}
    wrong = f"{zone['place']}.rois"
    assert wrong not in places(config)
    change = {"pipeline": "yard", "node": "zone1", "values": crossing}
    assert wrong in places(browser.post("/api/config/check", change))
    saved = save(browser, "/api/config/nodes/yard/zone1", {"values": crossing})
    assert wrong in places(saved.json)
    assert wrong in places(browser.get("/api/config"))
    assert wrong not in places(save(browser, "/api/config/undo", {}, method="POST").json)
    sink = {"pipeline": "yard", "part": "sink", "values": {"type": "file", "path": "recordings/none/out.mp4"}}
    assert f"{pipeline['sink']['place']}.path" in places(browser.post("/api/config/check", sink))
    source = {"pipeline": "yard", "values": {"path": "recordings/none.mp4"}}
    assert f"{pipeline['source']['place']}.path" in places(browser.post("/api/config/check", source))


def test_a_mistake_names_the_part_that_it_is_in(browser: Browser) -> None:
    answer = browser.post("/api/config/check", {"pipeline": "yard", "node": "alarm", "values": {"interval": -1}})
    assert [(one["place"], one["where"].partition(": ")[2]) for one in answer["mistakes"]] == [
        ("pipelines[0].nodes[2].interval", "pipeline yard, node alarm, interval")
    ]


def test_templates_are_shown_on_a_real_frame_with_their_length(browser: Browser) -> None:
    body = {
        "pipeline": "yard",
        "node": "alarm",
        "values": {"event_name": "{{ source_name }}: {{ objects[0].id }}, {{ number }}"},
    }
    found = browser.post("/api/config/preview", body)
    assert found["event_name"]["text"].startswith("yard: 7, ")
    assert found["event_name"]["length"] == len(found["event_name"]["text"])
    assert (found["event_name"]["limit"], found["is_sample"]) == (256, False)
    assert "😀" in found["event_name"]["beyond_ascii"]
    body["values"] = {"event_name": "{{ 'x' * 300 }}{{ nothing }}"}
    assert browser.post("/api/config/preview", body)["event_name"]["is_cut"] is True
    body["values"] = {"event_name": "{% if %}"}
    assert browser.ask("POST", "/api/config/preview", body).status == 422


def test_a_test_event_reaches_the_receiver_marked_and_without_a_recording(browser: Browser, site: Site) -> None:
    sent = browser.post("/api/test-event", {"pipeline": "yard", "node": "alarm"})
    assert (sent["is_delivered"], sent["answer"]) == (True, "The receiver did every step.")
    assert sent["steps"] == [{"camera_id": "1", "step": "EVENT", "state": "done", "error": ""}]
    body = next(one for one in site.receiver.bodies if one["event_id"] == sent["event"]["event_id"])
    assert body["event_name"].startswith("TEST: Person ")
    assert (body["trigger_recording"], body["add_subtitle"]) == (False, False)
    assert TOKEN not in str(sent)
    operator = site.browser("operate")
    assert operator.post("/api/test-event", {"pipeline": "yard", "node": "alarm"})["is_delivered"] is True
    unsaved = {"pipeline": "yard", "node": "alarm", "values": {"event_name": "x"}}
    assert operator.ask("POST", "/api/test-event", unsaved).status == 403
    assert operator.ask("PUT", ALARM, {"values": {}}, If_Match='"x"').status == 403


def test_a_change_is_replayed_before_it_is_saved(browser: Browser, site: Site) -> None:
    recording = site.folder / "recordings" / "seen.jsonl"
    lines = [
        f'{{"at": {at}.0, "source_name": "yard", "metadata": {{"number": {at}, "is_alarm": {is_alarm}, "objects": [1]}}}}'
        for at in range(60)
        for is_alarm in ["true" if at % 20 == 5 else "false"]
    ]
    recording.write_text("\n".join(lines) + "\n")
    [listed] = browser.get("/api/recordings")["recordings"]
    body = {
        "recording": listed["path"],
        "pipeline": "yard",
        "node": "alarm",
        "values": {"trigger": "is_alarm and number > 10 or number == 50"},
    }
    found = browser.post("/api/replay", body)
    assert (found["frames"], found["lost"]["count"], found["added"]["count"], found["kept"]["count"]) == (60, 1, 1, 2)
    assert found["added"]["firings"][0]["events"] == 1
    running = recording.rename(recording.with_name("seen.jsonl.gz.partial"))
    [listed] = browser.get("/api/recordings")["recordings"]
    assert (listed["path"], listed["is_finished"]) == (str(running.resolve()), False)
    assert browser.post("/api/replay", {**body, "recording": listed["path"]})["frames"] == 60
    for path in ("/etc/passwd", str(site.folder / "recordings" / ".." / "site.toml"), "seen.jsonl"):
        assert browser.ask("POST", "/api/replay", {**body, "recording": path}).status == 422


def test_a_receiver_that_lists_no_cameras_is_reported(browser: Browser, site: Site) -> None:
    answer = browser.ask("GET", f"/api/cameras?target=http://127.0.0.1:{site.receiver.port}")
    assert answer.json == {"error": "The receiver answers with status 404: it does not list its cameras."}
    assert browser.ask("GET", "/api/cameras?target=http://192.0.2.1:80").status == 404
    assert browser.ask("GET", "/api/cameras?node=yard/alarm").json == answer.json
    assert browser.ask("GET", "/api/cameras?node=yard/nothing").json["error"] == "there is no trigger node yard/nothing"


def test_a_password_is_not_sent_to_a_new_receiver_with_another_certificate(browser: Browser) -> None:
    with OldReceiver(new_certified_key(["127.0.0.1"])) as receiver:
        address = {"host": "127.0.0.1", "port": str(receiver.port), "password": TOKEN}
        look = 'Press "Show its certificate", compare the fingerprint, and choose one of the two.'
        for fingerprint, why in (
            ("ab" * 32, "The receiver shows another certificate than the one that was compared."),
            ("", "No CA that this machine trusts has signed the certificate of the receiver."),
        ):
            answer = browser.ask("POST", "/api/targets/cameras", {**address, "fingerprint": fingerprint})
            said = {"error": f"{why} Nothing was sent to it. {look}", "argument": "fingerprint"}
            assert (answer.status, answer.json) == (422, said)


GONE = "http://127.0.0.1:9"


def unserved(browser: Browser) -> Any:
    """The receiver that no node sends to any more, as the overview has it; None: nothing waits for it."""
    return next((one for one in browser.get("/api/overview")["targets"] if one["target"] == GONE), None)


def let_events_wait_for_a_receiver_without_nodes(browser: Browser, site: Site) -> None:
    """A node sends to another address until an event waits there; while the file is right again the drop is refused."""
    before = site.config.read_text()
    values = {"iss_port": "9", "iss_password": TOKEN}
    assert save(browser, ALARM, {"values": values}).json["reload"]["is_done"]
    wait_until(lambda: (unserved(browser) or {}).get("waiting"))
    site.config.write_text(before)
    still = browser.ask("POST", "/api/targets/drop", {"target": GONE})
    assert still.status == 409, "the file is not in force yet"
    assert still.json["error"].startswith(f"The running service still sends to {GONE}. Reload it")
    in_force = 5  # and the receiver refuses the events of the node without cameras
    assert commands.run("reload", str(site.config)).returncode == in_force
    wait_until(lambda: unserved(browser)["trouble"] == "not_served")


def test_what_waits_for_a_receiver_without_nodes_can_be_dropped_and_nothing_else(browser: Browser, site: Site) -> None:
    served = f"http://127.0.0.1:{site.receiver.port}"
    refused = browser.ask("POST", "/api/targets/drop", {"target": served})
    assert refused.status == 409
    assert refused.json["error"].startswith(f"A node of the configuration sends to {served}: its events are delivered.")
    let_events_wait_for_a_receiver_without_nodes(browser, site)
    [trouble] = [one for one in browser.get("/api/overview")["troubles"] if "no node sends" in one["text"]]
    assert f"`securos-trigger outbox drop {site.config} --state waiting --target {GONE}`" in trouble["fix"]
    assert site.browser("look").ask("POST", "/api/targets/drop", {"target": GONE}).status == 403
    assert site.browser("operate").post("/api/targets/drop", {"target": GONE})["changed"] > 0
    wait_until(lambda: unserved(browser) is None)
    [entry] = [one for one in browser.get("/api/audit")["entries"] if one["action"] == "drop waiting events"][:1]
    assert (entry["user"], entry["subject"], entry["is_done"]) == ("operate", GONE, True)


def test_what_waits_for_a_receiver_without_nodes_is_moved_to_its_new_address(browser: Browser, site: Site) -> None:
    served = f"http://127.0.0.1:{site.receiver.port}"
    let_events_wait_for_a_receiver_without_nodes(browser, site)
    move = {"target": GONE, "to": served}
    where = f"/api/targets/move?target={GONE}"
    unknown = browser.ask("POST", "/api/targets/move", {**move, "to": "http://127.0.0.1:8"})
    assert (unknown.status, unknown.json["argument"]) == (422, "to")
    mute = browser.ask("POST", "/api/mute", {"nodes": ["nobody"], "for": "2h"})
    assert (mute.status, mute.json["argument"]) == (422, "nodes")
    assert browser.ask("POST", "/api/targets/move", {"target": served, "to": served}).status == 409
    operator = site.browser("operate")
    assert [operator.ask("GET", where).status, operator.ask("POST", "/api/targets/move", move).status] == [403, 403]
    before = site.config.read_text()
    first, second = (
        before.replace(f'"{site.receiver.port}"', '"8"', 1),
        before.replace(f'"{site.receiver.port}"', '"8"'),
    )
    for text, receivers in ((first, [served]), (second, []), (before, [served])):
        site.config.write_text(text)  # the service sends to none that the file alone has
        assert browser.get(where)["receivers"] == receivers
    assert browser.ask("GET", f"/api/targets/move?target={served}").status == 409
    plan = browser.get(where)
    assert plan["counts"]["waiting"] > 0
    assert (plan["counts"]["dead"], plan["is_more"]) == (0, [])
    moved = browser.post("/api/targets/move", move)
    assert (moved["moved"]["waiting"], moved["is_more"], moved["left"]) == (plan["counts"]["waiting"], False, 0)
    [entry] = [one for one in browser.get("/api/audit")["entries"] if one["action"] == "move events" and one["is_done"]]
    assert (entry["user"], entry["subject"], entry["details"]) == (
        "configure",
        GONE,
        {"to": served, "changed": plan["counts"]["waiting"]},
    )
    wait_until(lambda: unserved(browser) is None)


def test_dead_letters_are_dropped_by_their_whole_reason(browser: Browser, site: Site) -> None:
    wait_until(lambda: browser.get("/api/dead")["rows"])
    rows = browser.get("/api/dead")["rows"]
    same = [one for one in rows if (one["target"], one["reason"]) == (rows[0]["target"], rows[0]["reason"])]
    chosen = {"target": rows[0]["target"], "reason": rows[0]["reason"][:10]}
    assert browser.post("/api/dead/drop", chosen) == {"changed": 0}
    assert browser.post("/api/dead/drop", {**chosen, "reason": rows[0]["reason"]}) == {"changed": len(same)}
    assert browser.get("/api/audit")["entries"][0]["details"]["changed"] == len(same)
    users = Users(site.folder / "outbox.console-users.json")
    users.add("dropper", Role.OPERATE, "password of dropper")  # who has the attempts of a minute, each with an entry
    other = site.browser("dropper")
    assert other.post("/api/dead/drop", {"ids": [str(number) for number in range(60)]}) == {"changed": 0}
    details = browser.get("/api/audit")["entries"][0]["details"]
    assert details == {"ids": ["0", "1", "2"], "ids_count": 60, "changed": 0}
    assert browser.get("/api/dead")["rows"] == [one for one in rows if one not in same]


def test_a_draft_changes_nothing(site: Site) -> None:
    before = site.config.read_bytes()
    editor = ConfigEditor(site.config)
    settings = editor.draft(PartChange("yard", "alarm", {"interval": 9}))
    assert settings.pipelines[0].triggers[0].properties.interval == 9
    with pytest.raises(ConfigurationError, match="trigger"):
        editor.draft(PartChange("yard", "alarm", {"trigger": "("}))
    assert site.config.read_bytes() == before


def test_of_two_persons_who_undo_at_once_one_gets_412_and_the_undo_stands(browser: Browser, site: Site) -> None:
    others = browser, site.browser("configure")
    for turn in range(8):
        before = site.config.read_text()
        assert save(browser, ALARM, {"values": {"interval": 40 + turn}}).status == 200
        digest, gate = browser.get("/api/config")["digest"], threading.Barrier(2)

        def undo(person: Browser, digest: str = digest, gate: threading.Barrier = gate) -> int:
            gate.wait(30)
            return person.ask("POST", "/api/config/undo", {}, If_Match=f'"{digest}"').status

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(undo, others)) == [200, 412]
        assert site.config.read_text() == before


def test_a_name_that_fits_no_address_is_not_given_and_one_of_the_file_can_be_removed(
    browser: Browser, site: Site
) -> None:
    before = site.config.read_text()
    for name in ("a/b", "..", "\u202egnp"):
        refused = save(browser, ALARM, {"values": {"id": name}})
        assert (refused.status, refused.json["mistakes"][0]["fix"]) == (422, "Choose another name.")
        assert site.config.read_text() == before
    for name, part in (("a/b", "a~1b"), ("..", "~2~2"), ("\u202egnp", "%E2%80%AEgnp")):
        site.config.write_text(before.replace('id = "refused"', f'id = "{name}"'))
        path = f"/api/config/nodes/yard/{part}"
        assert save(browser, path, {"values": {"id": name, "interval": 3}}).status == 200
        assert save(browser, path, None, method="DELETE").status == 200
        assert f'id = "{name}"' not in site.config.read_text()
    by_hand(browser, site, before)


def test_settings_of_the_site_are_saved_checked_audited_and_undone(browser: Browser, site: Site) -> None:
    before = site.config.read_text()
    path = "/api/config/site"
    assert browser.get("/api/config")["site"] == {}
    refused = save(browser, path, {"values": {"time_zone": "Europe/Atlantis"}})
    assert (refused.status, refused.json["mistakes"][0]["where"].endswith("time_zone")) == (422, True)
    refused = save(browser, path, {"values": {"path": "other.sqlite"}})
    assert (refused.status, refused.json["mistakes"][0]["where"]) == (422, "path")
    assert save(site.browser("operate"), path, {"values": {}}).status == 403
    answer = save(browser, path, {"values": {"time_zone": "Europe/Berlin", "max_size_mb": 64}})
    assert (answer.status, answer.json["reload"]["is_done"]) == (200, True), answer.json
    assert browser.get("/api/config")["site"] == {"time_zone": "Europe/Berlin", "max_size_mb": 64}
    text = site.config.read_text()
    assert set(before.splitlines()) <= set(text.splitlines()), "comments and all other settings stay"
    [newest, *_] = browser.get("/api/audit")["entries"]
    assert (newest["action"], newest["details"]["changes_count"]) == ("save site", 2)
    answer = save(browser, path, {"values": {"time_zone": "Europe/Berlin"}, "removes": ["max_size_mb"]})
    assert (answer.status, browser.get("/api/config")["site"]) == (200, {"time_zone": "Europe/Berlin"})
    by_hand(browser, site, before)
