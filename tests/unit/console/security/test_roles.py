"""Roles."""

from __future__ import annotations

from securos_trigger.console.security.roles import Role


def test_each_role_may_do_what_the_one_before_it_may() -> None:
    may = {(one, other) for one in Role for other in Role if one.may(other)}
    look, operate, configure = Role
    assert may == {
        (look, look),
        *((operate, one) for one in (look, operate)),
        *((configure, one) for one in (look, operate, configure)),
    }
