"""What the log says to do about a cluster that is not reached, or refuses."""

from __future__ import annotations

import pytest

from securos_trigger.notices import Announcer, Notice
from securos_trigger.relay.cluster_health import ClusterHealth

_LOGIN = "correct the login in [relay]: user, nkey_file or credentials_file"
_NETWORK = "look at the servers in [relay] and the network to them"
_LONGEST_FIX = 80


@pytest.mark.parametrize(
    ("reason", "fix"),
    [
        ("The cluster cannot be reached: nats://a:1: Connection refused.", _NETWORK),
        ("The cluster cannot be reached: nats://a:1: Authorization Violation.", _LOGIN),
        ("The cluster cannot be reached: nats://a:1: Connection refused; nats://b:1: Authorization Violation.", _LOGIN),
        ("The cluster nats://a:1: the connection has ended.", _NETWORK),
        (
            'The cluster nats://a:1: refused, Permissions Violation for Publish to "$JS.API.INFO".',
            "give this login its rights, as in examples/nats/nats-server.conf",
        ),
        (
            "The cluster cannot be reached: tls://a:1: certificate has expired.",
            "look at the servers' certificates, and at ca_file in [relay]",
        ),
        (
            'The record of the pipeline "yard" in the cluster cannot be read: it is damaged.',
            "do what `reason` says; other pipelines go on",
        ),
    ],
)
def test_what_to_do_fits_the_reason(reason: str, fix: str) -> None:
    notices = list[Notice]()
    ClusterHealth(Announcer([notices.append])).note_lost(reason)
    [notice] = notices
    assert (notice.name, dict(notice.fields)) == ("cluster_lost", {"reason": reason, "fix": fix})
    assert len(fix) <= _LONGEST_FIX
