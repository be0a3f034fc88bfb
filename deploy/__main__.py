"""`python -m deploy container|build-deb|deb`."""

from __future__ import annotations

import sys

from deploy import prove_container, prove_deb
from deploy.build_deb import build_deb
from deploy.image_build import ROOT
from deploy.roots import ProofError

PROOFS = {
    "container": prove_container.prove,
    "build-deb": lambda: build_deb(ROOT / "dist"),
    "deb": prove_deb.prove,
}


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] not in PROOFS:
        sys.exit(f"Usage: python -m deploy {'|'.join(PROOFS)}")
    try:
        PROOFS[sys.argv[1]]()
    except ProofError as error:
        sys.exit(f"deploy: {error}")


if __name__ == "__main__":
    main()
