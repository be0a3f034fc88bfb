"""A pipeline: the loop that walks frames through the nodes, and what it asks of sources and sinks."""
