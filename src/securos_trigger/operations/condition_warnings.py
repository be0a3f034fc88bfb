"""What `check` warns of about the conditions of a configuration, for answers about why a node did not fire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from securos_trigger.config.reader import parse_config, read_text
from securos_trigger.errors import ConfigurationError
from securos_trigger.model import Address

_OF_CONDITION: Final = re.compile(r"pipelines\[(\d+)\]\.nodes\[(\d+)\]\.trigger")


def condition_warnings(config: Path) -> Mapping[Address, str]:
    """The first warning about the condition of each trigger node, and how to fix it. None while the file has mistakes.

    Nothing of this machine is looked for, but for the names that a model of the user's own finds.
    """
    try:
        settings = parse_config(read_text(config), base=config.parent, has_secrets=False, has_all_warnings=True)
    except ConfigurationError:
        return {}
    found = dict[Address, str]()
    for one in settings.placed_warnings:
        if (place := _OF_CONDITION.fullmatch(one.place)) is not None:
            pipeline = settings.pipelines[int(place[1])]
            address = Address(pipeline.name, "", pipeline.nodes[int(place[2])].id)
            found.setdefault(address, ". ".join(part.rstrip(".") for part in (one.what, one.fix) if part) + ".")
    return found
