"""The console reads the configuration before its first page asks, and goes on when it cannot."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from securos_trigger.console import app
from securos_trigger.console.context import Console


def test_an_unexpected_failure_is_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise PermissionError("no right to read it")

    monkeypatch.setattr(app, "overview_now", fails)
    app._read_ahead(cast(Console, SimpleNamespace(config="site.toml")))
    assert "The configuration could not be read ahead." in caplog.text
    assert "no right to read it" in caplog.text
