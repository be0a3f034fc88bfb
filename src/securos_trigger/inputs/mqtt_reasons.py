"""Why a broker cannot be reached, refuses a connection or ends it, in words and without secrets."""

from __future__ import annotations

import ssl
from typing import Final

from paho.mqtt.reasoncodes import ReasonCode

from securos_trigger.inputs.mqtt_settings import MqttSettings
from securos_trigger.system.reasons import reason_of

#: Reason codes of MQTT 5: bad user name or password, not authorized. Those of 3.1.1 are mapped to them.
LOGIN_REFUSED: Final = (134, 135)


def why_unreachable(error: OSError | ValueError, settings: MqttSettings) -> str:
    """Why there is no connection, from what connecting has raised."""
    where = f"{settings.host}:{settings.port}"
    if isinstance(error, ssl.SSLError):
        why = getattr(error, "verify_message", "") or getattr(error, "reason", "") or error.args[-1]
        return f"no TLS with the broker {where}: {why}"
    return f"the broker {where} cannot be reached: {reason_of(error) if isinstance(error, OSError) else error}"


def why_refused(code: ReasonCode, settings: MqttSettings) -> str:
    """Why the broker does not accept the connection."""
    if code.value == 132:
        return 'the broker does not speak MQTT 5: set protocol = "3.1.1"'
    if code.value in LOGIN_REFUSED:
        return f"the broker refuses the login of {settings.user or 'a client without a user'} ({code})"
    return f"the broker refuses the connection ({code})"


def why_ended(code: ReasonCode, settings: MqttSettings, *, is_subscribed: bool) -> str:
    """Why the broker ended the connection. One that ends it before it has answered often expects TLS."""
    said = "" if str(code) == "Unspecified error" else f" ({code})"
    hint = "" if is_subscribed or settings.has_tls else ": does it expect TLS there (mqtts://)?"
    return f"the broker has ended the connection{said}{hint}"
