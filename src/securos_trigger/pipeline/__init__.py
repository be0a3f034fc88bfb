"""A pipeline: the loop that walks frames through the nodes, and the interfaces of sources and sinks."""
