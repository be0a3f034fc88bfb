"""ONVIF's messages, in any of their transports: events (`events.py`), and frames of objects (`frames.py`)."""
