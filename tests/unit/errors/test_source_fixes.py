"""What to do about a camera that gives no frames fits its reason."""

from __future__ import annotations

import pytest

from securos_trigger.errors.source_fixes import ITS_URL, REFUSED_LOGIN, source_fix


@pytest.mark.parametrize(
    ("reason", "begins", "names_url"),
    [
        ("it has no such path (404 Not Found)", "Correct the path in its url, then `securos-trigger reload ", True),
        (f"{REFUSED_LOGIN} (401 Unauthorized)", "Correct the user and the password in its url, then ", True),
        ("Network is unreachable", "Look at the network of this machine", False),
        ("Connection refused", "Is it on, and is the port in its url ", True),
        ("no connection: No route to host", "Is it on, and is the address in its url ", True),
        ("gate cannot be resolved: Name or service not known", "Check the host name in its url, and ", True),
        ("", "Look at the camera.", False),
    ],
)
def test_what_to_do_fits_the_reason(reason: str, begins: str, names_url: bool) -> None:
    fix = source_fix(reason, "Look at the camera.")
    assert (fix.startswith(begins), ITS_URL in fix) == (True, names_url), fix
