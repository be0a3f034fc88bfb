"""Run every benchmark, one after the other, each in a process of its own: `make bench`.

The figures land in bench-out/, one JSON file for each benchmark. Names as arguments choose some of them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen benchmarks. 1 when one of them failed or missed its bar."""
    known = sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure both sides, in one run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones: {', '.join(known)} (default: all)")
    parser.add_argument("--out", type=Path, default=Path("bench-out"), help="folder for the JSON files")
    arguments = parser.parse_args(argv)
    unknown = sorted(set(arguments.names) - set(known))
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; known: {', '.join(known)}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    has_failed = False
    for name in arguments.names or known:
        command = [sys.executable, "-m", f"benchmarks.bench_{name}", "--json", str(arguments.out / f"{name}.json")]
        has_failed |= subprocess.run(command, check=False, cwd=FOLDER.parent).returncode != 0
    return int(has_failed)


if __name__ == "__main__":
    raise SystemExit(main())
