"""Puts the parts together: a running node, running pipelines."""
