"""Soaks: faults made for real, for as long as wanted, and books that show what became of every event.

`python -m soak [NAME …] [--long]` prints the figures of each and ends with 1 when a promise was broken.
"""
