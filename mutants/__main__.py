"""The command of `make mutants`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from mutants import report
from mutants.copies import BrokenTestsError
from mutants.explained import read_explanations
from mutants.running import Plan, run, show_progress
from mutants.subjects import subjects

TREE = Path(__file__).resolve().parent.parent
OUTPUT = TREE / "bench-out" / "mutants.json"


def main() -> int:
    """Run, print the table and the survivors, write JSON. 1: a score is below its floor; 2: tests fail anyway."""
    parser = argparse.ArgumentParser(prog="python -m mutants", description="Change the code; see whether tests notice.")
    parser.add_argument("--sample", type=int, default=2, metavar="N", help="mutants for each 100 lines (default: 2)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="which ones (default: 1)")
    parser.add_argument("--all", action="store_true", help="all mutants: takes hours")
    parser.add_argument("--only", default="", metavar="TEXT", help="files whose path contains this")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="mutants side by side (default: 2)")
    arguments = parser.parse_args()

    chosen = [subject for subject in subjects(TREE) if arguments.only in subject.path]
    explanations = read_explanations()
    plan = Plan(None if arguments.all else arguments.sample, arguments.seed, arguments.workers)
    began_at = time.monotonic()
    try:
        outcomes = run(TREE, chosen, plan, explanations, show_progress)
    except BrokenTestsError as error:
        print(error, file=sys.stderr)
        return 2
    print(file=sys.stderr)
    files, packages = report.rows(chosen, outcomes)
    print(report.table(files), report.survivors(outcomes), report.table(packages), sep="\n\n")
    OUTPUT.parent.mkdir(exist_ok=True)
    about = {"seed": plan.seed, "sample": plan.sample, "seconds": round(time.monotonic() - began_at)}
    OUTPUT.write_text(json.dumps(report.as_json(outcomes, packages, **about), indent=1) + "\n", encoding="utf-8")
    print(f"\nseed {plan.seed}, sample {plan.sample or 'all'}, {about['seconds']} s; {OUTPUT.relative_to(TREE)}")
    too_low = report.below_their_floor(packages, explanations)
    print(*too_low, sep="\n", end="\n" if too_low else "")
    return 1 if too_low else 0


if __name__ == "__main__":
    sys.exit(main())
