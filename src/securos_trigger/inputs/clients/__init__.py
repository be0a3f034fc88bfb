"""Network clients of cameras and recorders: `messages()` of each is what one connection brings."""
