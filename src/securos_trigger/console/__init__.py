"""The console: see a site, try a change, make it, in a browser. A process of its own with a JSON API.

It calls operations only, so it works beside a running service, and read-only on the files when there is none. `server`
starts it, `app` puts it together, `security` says who may do what, `routes` has the API (docs/console_api.md).
"""
