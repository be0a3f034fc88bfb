"""Roles: each may do what the one before it may."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person may do in the console."""

    LOOK = "look"
    OPERATE = "operate"
    CONFIGURE = "configure"

    def may(self, needed: Role) -> bool:
        """True when this role includes the needed one."""
        order = list(Role)
        return order.index(self) >= order.index(needed)
