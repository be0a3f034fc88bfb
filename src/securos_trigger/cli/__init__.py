"""The command line: one module for each command, which parses, calls an operation, and prints or renders."""
