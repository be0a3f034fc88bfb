"""What this package brings for SecurOS: the receiver script, and a simulator to run it against."""
