"""The file behind links."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.system.real_paths import real_path


def test_links_are_followed_and_a_circle_of_them_is_an_error_only_when_it_is_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "circle").symlink_to("circle")
    assert real_path(tmp_path / "link") == real_path(tmp_path / "file")
    with pytest.raises(OSError, match="circle"):
        real_path(tmp_path / "circle").read_bytes()
