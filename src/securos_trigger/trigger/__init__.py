"""The trigger: one frame's metadata becomes a decision. Pure: no I/O, no thread, no clock."""
