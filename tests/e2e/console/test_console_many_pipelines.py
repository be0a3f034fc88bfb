"""A site with very many pipelines: the Overview makes a page of cards at a time, and its search finds all of them."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import wait_until
from tests.e2e.console.conftest import GENEROUS_S, entered, visit
from tests.integration.console_site import running, write_site

COUNT = 100
PIPELINE = '\n[[pipelines]]\nname = "gate{number}"\nsource = {{ type = "file", path = "yard.mp4" }}\n'


def test_of_a_hundred_pipelines_those_that_a_person_comes_to_have_a_card(tmp_path: Path, browser: Browser) -> None:
    config = write_site(tmp_path, 9)
    text = config.read_text(encoding="utf-8")
    config.write_text(text + "".join(PIPELINE.format(number=number) for number in range(1, COUNT)), encoding="utf-8")
    with running(tmp_path, "console", config.name, name="console"), visit(browser) as person:
        page = entered(tmp_path, person)
        names = page.locator(".card h2:visible")
        expect(names.first).to_have_text("yard")
        more = page.get_by_role("button", name="Show more")
        expect(more).to_contain_text("pipelines left)")
        at_first = names.count()
        assert at_first < COUNT
        find = page.get_by_label("Find a pipeline, a node or a camera")
        find.fill("GATE97")
        expect(names).to_have_text(["gate97"])
        expect(page.get_by_text(f"1 of {COUNT} pipelines")).to_be_visible()
        expect(more).to_be_hidden()
        find.fill("")
        expect(names).to_have_count(at_first)
        expect(page.locator(".card h2")).to_have_count(at_first + 1)
        page.mouse.move(400, 400)

        def is_at_the_end() -> bool:
            page.mouse.wheel(0, 4000)
            return more.is_hidden()

        wait_until(is_at_the_end, GENEROUS_S)
        expect(names).to_have_text(["yard", *(f"gate{number}" for number in range(1, COUNT))])  # in the file's order
