"""Reads a configuration file: TOML in, settings out, or every mistake at once with its line."""
