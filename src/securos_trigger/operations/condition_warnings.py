"""What `check` warns of about the conditions of a configuration, for answers about why a node did not fire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from securos_trigger.config.never_fires import NEVER_FIRES
from securos_trigger.config.reader import parse_config, read_text
from securos_trigger.errors import ConfigurationError
from securos_trigger.model import Address
from securos_trigger.system.file_stamps import FileStamp, stamp_of

_OF_CONDITION: Final = re.compile(r"pipelines\[(\d+)\]\.nodes\[(\d+)\]\.trigger")


def condition_warnings(config: Path) -> Mapping[Address, str]:
    """The first warning about the condition of each trigger node that names a cause, and how to fix it.

    None while the file has mistakes. Nothing of this machine is looked for, but for the names that a model of the
    user's own finds. They are remembered until the file is written: for a thousand pipelines they take a second.
    """
    return _read(config, stamp_of(config))


@lru_cache(maxsize=4)
def _read(config: Path, _stamp: FileStamp | None) -> Mapping[Address, str]:
    try:
        settings = parse_config(read_text(config), base=config.parent, has_secrets=False, has_all_warnings=True)
    except ConfigurationError:
        return MappingProxyType({})
    found = dict[Address, str]()
    for one in settings.placed_warnings:
        if one.what != NEVER_FIRES and (place := _OF_CONDITION.fullmatch(one.place)) is not None:
            pipeline = settings.pipelines[int(place[1])]
            address = Address(pipeline.name, "", pipeline.nodes[int(place[2])].id)
            found.setdefault(address, ". ".join(part.rstrip(".") for part in (one.what, one.fix) if part) + ".")
    return MappingProxyType(found)
