"""Reads TOML: its tables, or what is wrong with the text as a mistake that teaches."""

from __future__ import annotations

import tomllib
from typing import Any

from securos_trigger.errors import ConfigurationError, Mistake


def tables_of(text: str, source: str) -> dict[str, Any]:
    """The tables of a TOML text. ConfigurationError says what is not TOML in it, and in which line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        from securos_trigger.config.toml_slips import form_mistake  # only a slip needs it, and it takes a while

        mistake = form_mistake(text, error)
    except RecursionError:
        mistake = Mistake("", "lists or tables are nested too deeply", "No setting needs more than four.")
    except ValueError:  # of a whole number that Python does not convert
        mistake = Mistake("", "a number has more than 4,300 digits", "Write it shorter, or in quotes if it is a text.")
    raise ConfigurationError([mistake], source) from None
