"""Figures for Prometheus (docs/metrics.md). `collection` and `server` need the extra `metrics`.

In: notices, and figures as plain values. Out: a page for Prometheus. Read `declarations` first: every metric with its
labels. Knows no node, no pipeline and no outbox; `runtime/metric_figures.py` reads them.
"""
