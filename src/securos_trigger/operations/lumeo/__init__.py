"""A pipeline of Lumeo becomes a configuration: reading its JSON, translating its nodes, writing TOML.

What is known of the format comes from Lumeo's public documentation and packages (docs/lumeo.md).
"""
