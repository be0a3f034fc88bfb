"""A pipeline: the loop that walks frames through the nodes, and the interfaces of sources and sinks.

In: frames of a source. Out: figures, and frames with their events to a sink. Read `ports` first (the interfaces), then
`loop`. Knows no heavy library, no source and no sink; what a trigger does with an event is passed in.
"""
