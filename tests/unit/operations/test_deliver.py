"""What `deliver` makes of its configuration."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.config.deliver import parse_deliver_config
from securos_trigger.operations.deliver import receivers_of

CONFIGURATION = """
expire_after_days = 2
late_per_s = 7
[relay]
servers = ["nats://127.0.0.1:4222"]
[[receivers]]
iss_ip = "vms.example"
iss_port = "3443"
iss_password = "secret"
record_max_lateness = 9
[[receivers]]
iss_ip = "other.example"
iss_scheme = "http"
iss_password = "other"
"""


def test_each_receiver_has_its_own_way_and_rules() -> None:
    first, second = receivers_of(parse_deliver_config(CONFIGURATION, base=Path("/etc")))
    assert [str(one.connection.target) for one in (first, second)] == [
        "https://vms.example:3443",
        "http://other.example:3000",
    ]
    assert [one.connection.token for one in (first, second)] == ["secret", "other"]
    assert (first.policy.record_max_lateness_s, second.policy.record_max_lateness_s) == (9.0, 30.0)
    assert (first.policy.expire_after_s, first.policy.late_per_s) == (2 * 86_400.0, 7.0)
