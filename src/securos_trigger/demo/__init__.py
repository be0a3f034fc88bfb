"""The demo: real video and the real receiver, with a simulated SecurOS."""
