"""What a person can ask or do: one module for each subject, values in, values out.

The command line calls these functions, and so do the console and any other interface. None of them knows a terminal or
a request: results are values, and a person's mistake is one of our own errors (`securos_trigger.errors`). The module of
a command has its name: `check`, `explain`, `replay`. The pages of the console have `overview`, `decisions`, `events`,
`config_view`, `edit` and `trial`.
"""
