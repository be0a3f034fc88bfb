"""Checks what a person wrote: sentences and fixes for mistakes, places of them, secrets.

In: values of a file or a command. Out: normal values, or mistakes with a fix. Read `mistakes` first; `connection`
checks hosts, ports and tokens, `secret` and `masking` keep secrets out of every text. Knows no table of the
configuration.
"""

from securos_trigger.validation.mistakes import custom_mistake, mistakes_from
from securos_trigger.validation.secret import Secret

__all__ = ["Secret", "custom_mistake", "mistakes_from"]
