"""The version is that of the installed package, and a source tree that is not installed has one too."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import pytest

from securos_trigger.system import package_version


def test_the_version_is_that_of_the_installed_package() -> None:
    assert package_version.package_version() == version("securos-trigger")


def test_a_package_that_is_not_installed_has_an_unknown_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_found(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(package_version, "version", not_found)
    assert package_version.package_version() == "unknown"
