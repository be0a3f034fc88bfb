"""The version of this package, as it is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def package_version() -> str:
    """`0.2.0`; `unknown` when the package is not installed."""
    try:
        return version("securos-trigger")
    except PackageNotFoundError:
        return "unknown"


def version_numbers(version: str) -> tuple[int, ...]:
    """`(0, 10, 2)` of `0.10.2`, to be compared. A part that is not a number counts as 0."""
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))
