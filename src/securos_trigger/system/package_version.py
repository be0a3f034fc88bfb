"""The version of this package, as it is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def package_version() -> str:
    """`0.2.0`; `unknown` when the package is not installed."""
    try:
        return version("securos-trigger")
    except PackageNotFoundError:
        return "unknown"
