"""A first configuration: what the source has, what SecurOS has, which camera is which, and the file that says it."""
