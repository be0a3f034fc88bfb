"""The demo: real video and the real receiver, with a simulated SecurOS.

Read `run` first. It uses the service as `securos-trigger run` does, and shows what happens.
"""
