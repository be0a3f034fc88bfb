"""Misuses of the public names that mypy must refuse. The comment on a line names the code of the error expected there."""

from securos_trigger import (
    Action,
    Condition,
    ConditionError,
    ConfigurationError,
    Decision,
    Event,
    MissingPartError,
    OutboxError,
    Reason,
    SecurosTriggerError,
    TemplateError,
    TriggerSecurOSEvent,
    VideoError,
    running,
)

Condition(None)  # expect: arg-type
Condition("a").fires(7)  # expect: arg-type
Condition("a").text = "b"  # expect: misc

node = TriggerSecurOSEvent("vms.example")  # expect: arg-type
node = TriggerSecurOSEvent(iss_ip="vms.example", context="north")  # expect: arg-type
node = TriggerSecurOSEvent(iss_ip="vms.example", intervall=5)  # expect: call-arg
node = TriggerSecurOSEvent(iss_ip="vms.example", interval="5")  # expect: arg-type
node.fires({})  # expect: attr-defined


def decided(decision: Decision, event: Event) -> None:
    decision.reason = Reason.FIRED  # expect: misc
    event.name = "other"  # expect: misc
    print(decision.reason + 1)  # expect: operator
    Action("event").recording()  # expect: attr-defined
    print(decision.interval_left_s + 1)  # expect: operator


running({"iss_ip": "vms.example"}).process({})  # expect: attr-defined
with running(7) as live:  # expect: arg-type
    live.process({}, captured_at=12.5)  # expect: arg-type
    live.process({}, frame_size=1920)  # expect: arg-type

print(ConfigurationError("wrong").mistakes[0].line)  # expect: arg-type, attr-defined
ConditionError("wrong")  # expect: call-arg
errors: list[SecurosTriggerError] = [TemplateError(), OutboxError(), VideoError(), MissingPartError()]
errors.append(ValueError())  # expect: arg-type
