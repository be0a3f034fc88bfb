"""Hashes of passwords."""

from __future__ import annotations

import pytest

from securos_trigger.console.security.passwords import NO_USER, hash_of, is_password
from securos_trigger.errors import ArgumentError


def test_a_hash_is_of_its_own_password_only_and_never_the_same_twice() -> None:
    one, other = hash_of("correct horse"), hash_of("correct horse")
    assert one != other
    assert one.startswith("scrypt$32768$8$1$")
    assert (is_password("correct horse", one), is_password("Correct horse", one)) == (True, False)


@pytest.mark.parametrize("password", ["short", "", "x" * 257])
def test_a_password_that_is_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(ArgumentError, match=r"^it has 10 to 256 characters$"):
        hash_of(password)


@pytest.mark.parametrize(
    "kept",
    ["", "scrypt", "bcrypt$1$2$3$4$5", "scrypt$x$8$1$AA==$AA==", "scrypt$3$8$1$AA==$AA==", "scrypt$4294967296$8$1$A$A"],
)
def test_a_hash_that_cannot_be_read_is_of_no_password(kept: str) -> None:
    assert not is_password("correct horse", kept)


def test_no_password_is_that_of_an_unknown_user() -> None:
    assert not is_password("correct horse", NO_USER)
