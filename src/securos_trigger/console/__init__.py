"""The console: see a site, try a change, make it, in a browser. A process of its own with a JSON API.

In: the `[console]` table as a plan (`operations.console_plan`), then requests. Out: pages, JSON, and changes of the
configuration file. It calls operations only, so it works beside a running service, and read-only on the files when
there is none. Knows no outbox, no pipeline and no control channel.

Read `app` first, which puts it together, then a module in `routes`, such as `events`. A request passes `connections`
(slow clients), `security.guard` (host, origin, size), `access` (who sends it, and may they) and `bodies` (its body)
before a route sees it. `feed` and `frame_cache` ask once for what several pages show; `server` starts and ends all.
docs/console_api.md describes the API.
"""
