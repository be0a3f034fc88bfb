"""The command line: one module for each command, which parses, calls an operation, and prints or renders.

Read `main` first: it lists the commands and loads one of them. Knows no part of the service: what a command does is in
`operations`.
"""
