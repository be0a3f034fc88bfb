"""Run the benchmarks, one after the other, each in a process of its own: `make bench`.

python -m benchmarks [NAME …] [--out DIR]                        run them; the figures land in DIR as JSON
python -m benchmarks NAME … --against CHECKOUT [--rounds N]      run them here and in another checkout, in turn

Behind `--` stand options for every benchmark: `python -m benchmarks outbox -- --backlog 100000`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import against
from tests import process_guard

FOLDER = Path(__file__).parent


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen benchmarks. 1 when one of them failed, missed its bar, or is worse than the other checkout's."""
    words = list(sys.argv[1:] if argv is None else argv)
    words, passed_on = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, [])
    known = sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones: {', '.join(known)} (default: all)")
    parser.add_argument("--out", type=Path, default=Path("bench-out"), help="folder for the JSON files")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="compare with the code in this folder")
    parser.add_argument("--rounds", type=int, default=5, help="with --against: runs of each side (default: 5)")
    arguments = parser.parse_args(words)
    unknown = sorted(set(arguments.names) - set(known))
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; known: {', '.join(known)}")
    process_guard.start()
    names = arguments.names or known
    if arguments.against is not None:
        return against.compare(names, FOLDER.parent, arguments.against, arguments.out, arguments.rounds, passed_on)
    arguments.out.mkdir(parents=True, exist_ok=True)
    has_failed = False
    for name in names:
        figures = (arguments.out / f"{name}.json").resolve()
        has_failed |= run(FOLDER.parent, name, figures, passed_on) != 0
    return int(has_failed)


def run(checkout: Path, name: str, figures: Path, passed_on: Sequence[str]) -> int:
    """Run one benchmark of this checkout, with its table on the terminal. Returns its exit code."""
    command = [sys.executable, "-m", f"benchmarks.bench_{name}", "--json", str(figures), *passed_on]
    return subprocess.run(command, check=False, cwd=checkout).returncode


if __name__ == "__main__":
    raise SystemExit(main())
