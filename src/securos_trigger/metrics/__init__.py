"""Figures for Prometheus (docs/metrics.md). `collection` and `server` need the extra `metrics`."""
