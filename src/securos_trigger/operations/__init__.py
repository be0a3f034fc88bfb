"""What a person can ask or do: one module for each subject, values in, values out.

The command line calls these functions, and so can any other interface. None of them knows a terminal or a request:
results are values, and a person's mistake is one of our own errors (`securos_trigger.errors`).
"""
