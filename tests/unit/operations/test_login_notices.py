"""The line about limited attempts to log in."""

from __future__ import annotations

import pytest

from securos_trigger.operations.login_notices import announce_limited_logins


def test_limited_attempts_are_a_line_of_the_log_with_their_address_and_user(caplog: pytest.LogCaptureFixture) -> None:
    announce_limited_logins("192.0.2.7", "anna")
    [record] = caplog.records
    assert (record.levelname, record.getMessage()) == (
        "WARNING",
        'logins_limited client=192.0.2.7 user=anna fix="wait, or use the token; the audit log has each attempt"',
    )
