"""Deliver what gateways have relayed to a cluster."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.config.deliver import DeliverSettings, read_deliver_config
from securos_trigger.delivery import DeliveryPolicy
from securos_trigger.notices import Announcer
from securos_trigger.notices.notice_log import NoticeLog
from securos_trigger.relay.deliver import DeliverService, ServedReceiver
from securos_trigger.runtime.connections import connection
from securos_trigger.runtime.stop_signals import stopped_by_signals
from securos_trigger.system.service_manager import ServiceManager

_DAY_S = 86_400.0


def deliver_until_stopped(config: Path) -> bool:
    """Deliver to the receivers of `config` until a signal comes. True: nothing was cut off at the end.

    ConfigurationError: it has mistakes.
    """
    settings = read_deliver_config(config)
    log = NoticeLog()
    try:
        with stopped_by_signals() as stop:
            service = DeliverService(settings.relay, receivers_of(settings), Announcer([log]))
            service.start()
            ServiceManager().notify(READY=1)
            stop.wait()
            return service.close()
    finally:
        log.close()


def receivers_of(settings: DeliverSettings) -> list[ServedReceiver]:
    """The receivers with the rules of their couriers."""
    return [
        ServedReceiver(
            connection(receiver),
            DeliveryPolicy(
                record_max_lateness_s=receiver.record_max_lateness,
                expire_after_s=settings.expire_after_days * _DAY_S,
                late_per_s=settings.late_per_s,
            ),
        )
        for receiver in settings.receivers
    ]
