"""The JSON API, one module for each subject (docs/console_api.md). Each has a `router`."""
