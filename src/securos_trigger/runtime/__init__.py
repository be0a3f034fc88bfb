"""Puts the parts together and runs them: live nodes, pipelines, dispatch, reload, the control channel.

In: settings. Out: a running service. Read `run` first: what a start does, in order. Then `dispatch` (outbox, couriers,
health, control channel), `pipelines` (a thread for each), `live_node` (a trigger node at work: what follows a
decision), `reload` with `reload_plan` (what a change does), and `control/` (how other processes ask). `running` is the
same for one node of a program of your own, `shared_service` for the elements of one GStreamer process. docs/threads.md
lists the threads. Everything below it knows only its own part.
"""
