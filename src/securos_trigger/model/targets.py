"""Where events are sent to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """One SecurOS receiver. `str(target)` is its key everywhere: `https://vms.example:3443`."""

    scheme: str
    host: str
    port: int

    @property
    def base_url(self) -> str:
        """URL without a path; an IPv6 address stands in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def __str__(self) -> str:
        return self.base_url
