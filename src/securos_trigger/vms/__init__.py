"""The receiver script that runs inside SecurOS, and a simulator of SecurOS to run it against."""
