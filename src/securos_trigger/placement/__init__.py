"""Pipelines on several machines: each is run by one machine at a time, which Ray or systemd chooses.

    cluster run -> Ray head -> actor on a machine -> process of one pipeline -> outbox on that machine -> relay

Ray places, and nothing more: an actor starts one process and starts it again. The process (`placed_run`) waits for the
lease of its pipeline, relays meanwhile what its outbox still holds, and then runs as `securos-trigger run` does. So the
same process does its work under systemd, without Ray. Read `placed_run` first, then `actor`, then `ray_cluster` (what
`cluster run`, `status` and `stop` do). Only `ray_session`, `ray_cluster` and `keeper` import Ray.
"""
