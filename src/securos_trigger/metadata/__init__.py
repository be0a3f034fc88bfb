"""What upstream nodes know about a frame: reading it, making it plain, recording it."""
