"""Soaks: faults made for real, for as long as one likes, and books that tell what became of every event.

`python -m soak [NAME …] [--long]` prints the figures of each and ends with 1 when a promise was broken.
"""
