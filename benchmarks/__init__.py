"""The figures of docs/performance.md. `make bench` runs them all; each module runs alone with `python -m`.

Both sides of a comparison run in one process, in turn, so that a machine whose speed drifts is fair to both.
"""
