"""A configuration with one pipeline, `yard`, and one trigger node, `alarm`."""

from __future__ import annotations

from pathlib import Path


def write_site(
    folder: Path,
    *,
    host: str = "vms.example",
    port: int = 3443,
    password: str = '"token"',
    trigger: str = "",
    ledger: str = "",
) -> Path:
    """Write it into `folder`. `password` and `trigger` are TOML."""
    config = folder / "site.toml"
    config.write_text(
        f"""\
[outbox]
path = "outbox.sqlite"
{ledger}
[[pipelines]]
name = "yard"
source = {{ type = "file", path = "yard.avi" }}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
iss_ip = "{host}"
iss_port = "{port}"
iss_password = {password}
iss_camera_ids = "1, 2"
{trigger}
"""
    )
    config.chmod(0o600)
    return config
