"""How the soak of cables knows which `deliver` owns the target."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from soak import cluster_links
from soak.cluster_links import Site
from soak.namespaces import Network


def test_the_last_word_of_a_log_says_who_owns_the_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(tmp_path, Network(()), (), ExitStack())
    (tmp_path / "deliver1.log").write_text("target_taken\ntarget_given_up\n")
    (tmp_path / "deliver2.log").write_text("target_given_up\ntarget_given_up\ntarget_taken\n")
    assert site.owner() == "deliver2", "it could not ask for the lease twice, and then took the target"
    monkeypatch.setattr(cluster_links, "_START_LIMIT_S", 0.0)
    with pytest.raises(TimeoutError, match="no deliver took the target"):
        site.owner(other_than="deliver2")
