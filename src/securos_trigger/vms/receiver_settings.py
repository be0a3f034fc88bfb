"""The settings of a trigger node that match a receiver."""

from __future__ import annotations

import json
from collections.abc import Mapping


def receiver_settings(
    *, host: str, port: int, token: str, scheme: str, certificate_sha256: str | None
) -> dict[str, str]:
    """The node's `iss_*` properties that reach a receiver. The token is among them."""
    settings = {"iss_ip": host, "iss_port": str(port), "iss_password": token, "iss_scheme": scheme}
    if certificate_sha256 is not None:
        settings["iss_certificate_sha256"] = certificate_sha256
    return settings


def settings_toml(settings: Mapping[str, str]) -> str:
    """Settings as lines of TOML. A JSON text is a valid TOML text."""
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
