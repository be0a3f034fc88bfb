"""Run the soaks, one after the other: `python -m soak [NAME …] [--long]`."""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Sequence

from soak.report import Report
from tests import process_guard

NAMES = (
    "sender_kill",
    "receiver_kill",
    "power_cut",
    "network",
    "vms",
    "outage",
    "disk",
    "clock",
    "parsers",
    "frigate_day",
    "broker_memory",
    "broker_kill",
    "slow_disk",
    "reload",
    "console",
    "console_memory",
    "cluster",
    "cluster_links",
    "owner_kill",
    "ray",
    "ray_network",
    "nodes",
)

#: Those that take a seed: with the same one they choose the same moments and faults.
SEEDED = ("sender_kill", "receiver_kill")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen soaks and print what they found. 1 when a promise was broken."""
    parser = argparse.ArgumentParser(
        prog="python -m soak", description="Break things for real, and count what is lost."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones: {', '.join(NAMES)} (default: all)")
    parser.add_argument(
        "--long", action="store_true", help="minutes instead of seconds: the runs of docs/reliability.md"
    )
    parser.add_argument(
        "--seed",
        type=int,
        help=f"choose the moments and faults of an earlier run ({' and '.join(SEEDED)} print theirs)",
    )
    arguments = parser.parse_args(argv)
    unknown = sorted(set(arguments.names) - set(NAMES))
    if unknown:
        parser.error(f"there is no soak {', '.join(unknown)}; known: {', '.join(NAMES)}")
    if arguments.seed is not None and (others := sorted(set(arguments.names or NAMES) - set(SEEDED))):
        parser.error(f"these take no seed: {', '.join(others)}")
    options = {} if arguments.seed is None else {"seed": arguments.seed}
    process_guard.start()
    is_broken = False
    for name in arguments.names or NAMES:
        began_at_s = time.monotonic()
        report: Report = importlib.import_module(f"soak.{name}").run(is_long=arguments.long, **options)
        show(name, report, time.monotonic() - began_at_s)
        is_broken |= bool(report.broken)
    return int(is_broken)


def show(name: str, report: Report, took_s: float) -> None:
    """Print one report."""
    verdict = f"skipped: {report.skipped}" if report.skipped else "BROKEN" if report.broken else "held"
    print(f"{name}: {verdict} ({took_s:.0f} s)", flush=True)
    for figure, value in report.figures.items():
        print(f"    {figure}: {value}", flush=True)
    for sentence in report.broken:
        print(f"    broken: {sentence}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
