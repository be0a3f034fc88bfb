"""The live image and the boxes over it are of one frame: a video whose images say where the box has to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.browsers import violations
from tests.e2e.console.conftest import entered, visit
from tests.integration.console_site import running, write_site
from tests.made_videos import write_video

COLUMNS = 16
SIDE = 40
#: The node reads the column from the image itself, so that its box belongs to this image.
FUNCTION = f"""\
def process_frame(frame, **kwargs):
    with frame.data() as mat:
        column = int(mat[:, :, 0].mean(axis=0).reshape({COLUMNS}, -1).mean(axis=1).argmax())
    meta = frame.meta()
    rect = {{"left": column * {SIDE}, "top": 0, "width": {SIDE}, "height": {SIDE}}}
    meta.set_field("objects", [{{"id": column, "label": "column", "probability": 0.9, "rect": rect}}])
    meta.save()
"""
#: What is shown at one moment: the number of the frame, the bright column of the image, and that of the box.
SHOWN = f"""() => {{
    const image = document.querySelector('.live-image img');
    const box = document.querySelector('.live-image svg rect');
    const number = document.querySelector('.live-image .frame').dataset.number;
    if (!image || !image.naturalWidth || !box) return null;
    const canvas = Object.assign(document.createElement('canvas'), {{ width: {COLUMNS}, height: 1 }});
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, {COLUMNS}, 1);
    const light = [...context.getImageData(0, 0, {COLUMNS}, 1).data].filter((_, place) => place % 4 === 0);
    return [number, light.indexOf(Math.max(...light)), Math.round(Number(box.getAttribute('x')) * {COLUMNS})];
}}"""


def column_image(column: int) -> Any:
    image = np.full((160, COLUMNS * SIDE, 3), 20, dtype=np.uint8)
    image[:, column * SIDE : (column + 1) * SIDE] = 235
    return image


@pytest.mark.timeout(300)
def test_the_boxes_are_those_of_the_image_however_many_people_look(tmp_path: Path, browser: Browser) -> None:
    config = write_site(tmp_path, 9)
    write_video(tmp_path / "yard.mp4", [column_image(number * 5 % COLUMNS) for number in range(COLUMNS)])
    (tmp_path / "mine.py").write_text(FUNCTION)
    with (
        running(tmp_path, "run", config.name, name="service"),
        running(tmp_path, "console", config.name, name="console"),
        visit(browser) as person,
    ):
        page = entered(tmp_path, person)
        other = person.new_page()
        address = page.url.partition("/login")[0].rstrip("/")
        other.goto(f"{address}/nodes.html#yard/zone1")
        for one in (page, other):
            expect(one.locator(".live-image svg rect").first).to_be_attached()
            seen: dict[str, tuple[int, int]] = {}
            while len(seen) < 2 * COLUMNS:
                handle = one.wait_for_function(
                    f"(last) => {{ const now = ({SHOWN})(); return now && now[0] !== last && now; }}",
                    arg=list(seen)[-1] if seen else "",
                )
                number, image, box = handle.json_value()
                seen[number] = (image, box)
            assert {number: columns for number, columns in seen.items() if columns[0] != columns[1]} == {}
            assert len(set(seen.values())) > COLUMNS / 4, "the image moves"
        assert violations(other) == []
