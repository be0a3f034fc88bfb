"""Why a broker cannot be reached, refuses a connection or ends it, in words and without secrets."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Final

from paho.mqtt.reasoncodes import ReasonCode

from securos_trigger.inputs.mqtt_settings import MqttSettings
from securos_trigger.system.host_names import reason_at

#: Reason code of MQTT 5: another connection with the same client id took the session over.
SESSION_TAKEN_OVER: Final = 142
#: Reason codes of MQTT 5: bad user name or password, not authorized. Those of 3.1.1 are mapped to them.
LOGIN_REFUSED: Final = (134, 135)
#: This many connections in a row that worked and ended within seconds were pushed out by another program.
_MOST_SHORT_LIVES: Final = 3
_SHORT_S: Final = 10.0
#: Of more than three topics the first two are named, so that the log line stays short.
_MOST_TOPICS_NAMED: Final = 2


def why_unreachable(error: OSError | ValueError, settings: MqttSettings) -> str:
    """Why there is no connection, from what connecting has raised."""
    where = f"{settings.host}:{settings.port}"
    if isinstance(error, ssl.SSLError):
        why = getattr(error, "verify_message", "") or getattr(error, "reason", "") or error.args[-1]
        return f"no TLS connection with the broker {where}: {why}"
    why = reason_at(settings.host, error) if isinstance(error, OSError) else error
    return f"the broker {where} cannot be reached: {why}"


def why_refused(code: ReasonCode, settings: MqttSettings) -> str:
    """Why the broker does not accept the connection."""
    if code.value == 132:
        return 'the broker does not speak MQTT 5: set protocol = "3.1.1"'
    if code.value in LOGIN_REFUSED:
        return f"the broker refuses the login of {settings.user or 'a client without a user'} ({code})"
    return f"the broker refuses the connection ({code})"


def why_ended(code: ReasonCode, settings: MqttSettings, client_id: str, *, is_subscribed: bool) -> str:
    """Why the broker ended the connection. One that ends it before it has answered often expects TLS."""
    if code.value == SESSION_TAKEN_OVER:
        return f"the session was taken over: {same_id(client_id)}"
    said = "" if str(code) == "Unspecified error" else f" ({code})"
    hint = "" if is_subscribed or settings.has_tls else ": does it expect TLS there (mqtts://)?"
    return f"the broker has ended the connection{said}{hint}"


def same_id(client_id: str) -> str:
    """What to do about two programs that push each other out."""
    return f'another program has the client_id "{client_id}" too; give each its own'


class ShortLives:
    """Counts connections in a row that worked and ended soon: few brokers say that a session was taken over."""

    def __init__(self) -> None:
        self._count = 0

    def note(self, lasted_s: float | None) -> bool:
        """Take how long a connection has worked (None: it never did). True: another program has the same client id."""
        self._count = self._count + 1 if lasted_s is not None and lasted_s < _SHORT_S else 0
        return self._count >= _MOST_SHORT_LIVES


def granted_text(topics: Sequence[str], qos: Sequence[int]) -> str:
    """`frigate/events, frigate/reviews and 5 more (QoS 1)`: what a broker has granted, short enough for a log line."""
    by_qos: dict[int, list[str]] = {}
    for topic, granted in zip(topics, qos, strict=False):
        by_qos.setdefault(granted, []).append(topic)
    return "; ".join(f"{_first_of(names)} (QoS {granted})" for granted, names in by_qos.items())


def _first_of(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_TOPICS_NAMED
    if rest < 2:
        return ", ".join(names)
    return f"{', '.join(names[:_MOST_TOPICS_NAMED])} and {rest} more"
