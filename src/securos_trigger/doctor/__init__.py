"""The doctor: examines everything between this machine and SecurOS, and says what to do (docs/doctor.md).

In: the settings, and what the running service answers. Out: findings, each with its fix (`findings`). Read
`operations/doctor.py` first, which asks these modules in turn: `machine`, `pipelines`, `network`, `receiver`. It
changes nothing, apart from the test event that a person asks for.
"""

from securos_trigger.doctor.findings import REFUSED_PASSWORD, Finding, Status
from securos_trigger.doctor.machine import examine_machine, examine_secrets
from securos_trigger.doctor.network import ReadOnlyTrust
from securos_trigger.doctor.pipelines import examine_pipelines
from securos_trigger.doctor.receiver import SendingNode, examine_receiver

__all__ = [
    "REFUSED_PASSWORD",
    "Finding",
    "ReadOnlyTrust",
    "SendingNode",
    "Status",
    "examine_machine",
    "examine_pipelines",
    "examine_receiver",
    "examine_secrets",
]
