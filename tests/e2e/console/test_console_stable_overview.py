"""What a person looks at on the page Overview stays where it is, whatever there is to say."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browsers import NARROW, WIDE
from tests.e2e.conftest import wait_until
from tests.integration.console_site import Site

#: The tops of the first card and its image.
TOPS = "() => ['.card', '.card .frame'].map((one) => document.querySelector(one).getBoundingClientRect().top)"
LONG = "Pipeline yard takes 4.2 of 10 frames a second: its nodes are slower than its source, so that events come late"


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_the_images_stay_where_they_are_when_remarks_come_and_go(
    width: str, small_page: Page, small_site: Site
) -> None:
    page, address = small_page, f"http://127.0.0.1:{small_site.port}"
    overview = page.request.get(f"{address}/api/overview").json()
    overview["configuration"]["warnings"] = []
    about = {"pipeline": "yard"}
    remark = {"text": LONG, "fix": "Give the machine less to do. " * 9, "needs_person": False, "about": about}
    red = {**remark, "needs_person": True}
    headline = {"short": "No images of yard", "text": "The camera of pipeline yard gives no images since 12:28:47"}
    told: list[dict[str, object]] = [{"verdict": "healthy", "troubles": [], "headline": None}]

    def answer(route: Route) -> None:
        body = f"retry: 100\nevent: overview\ndata: {json.dumps({**overview, **told[-1]})}\n\n"
        route.fulfill(body=body, content_type="text/event-stream")

    page.add_init_script("delete window.SharedWorker")  # what a worker asks for cannot be answered here
    page.route("**/api/stream*", answer)
    page.set_viewport_size(WIDE if width == "wide" else NARROW)
    page.goto(f"{address}/")
    expect(page.locator(".remarks")).to_have_text("No remarks.")
    expect(page.locator(".card img")).to_be_visible()
    quiet = page.evaluate(TOPS)
    shown: tuple[tuple[str, list[dict[str, object]], dict[str, str] | None, str], ...] = (
        ("healthy", [remark], None, "Show what helps"),
        ("healthy", [remark] * 20, None, "Show all 20"),
        ("trouble", [red, remark], headline, "Show all 2"),
    )
    for verdict, troubles, first, action in shown:
        told.append({"verdict": verdict, "troubles": troubles, "headline": first})
        expect(page.locator(".remarks .action")).to_have_text(action)
        moved = [abs(now - before) for now, before in zip(page.evaluate(TOPS), quiet, strict=True)]
        assert max(moved) <= 4, (action, moved)
    told.append(told[0])
    expect(page.locator(".remarks")).to_have_text("No remarks.")
    assert page.evaluate(TOPS) == quiet


def test_of_a_stopped_service_remarks_are_not_known_and_the_last_event_is_that_of_the_list(
    small_page: Page, small_site: Site
) -> None:
    page, address = small_page, f"http://127.0.0.1:{small_site.port}"
    wait_until(lambda: page.request.get(f"{address}/api/events?node=alarm").json()["events"], 120)
    overview = page.request.get(f"{address}/api/overview").json()
    overview |= {"verdict": "not_running", "is_running": False, "troubles": [], "headline": None, "started_at": None}
    overview["configuration"]["warnings"] = []
    for pipeline in overview["pipelines"]:
        pipeline["state"] = None
        pipeline["nodes"] = [{**one, "last_event_at": None} for one in pipeline["nodes"]]
    body = f"retry: 100\nevent: overview\ndata: {json.dumps(overview)}\n\n"
    page.add_init_script("delete window.SharedWorker")  # what a worker asks for cannot be answered here
    page.route("**/api/stream*", lambda route: route.fulfill(body=body, content_type="text/event-stream"))
    page.goto(f"{address}/")
    expect(page.locator(".remarks")).to_have_text("Remarks are not known: the service does not run.")
    alarm = page.locator(".node-list li", has=page.get_by_role("link", name="alarm", exact=True))
    expect(alarm).to_contain_text("last event at ")
