"""Where events are sent to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: A receiver's clock that is further from this machine's than this leads every event to the wrong images, in seconds.
CLOCKS_FAR_APART_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Target:
    """One SecurOS receiver. `str(target)` is its key everywhere: `https://vms.example:3443`.

    `path` is where it stands behind a reverse proxy: empty, or `/securos/gate`.
    """

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def base_url(self) -> str:
        """URL without a `/` at its end; an IPv6 address stands in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    def __str__(self) -> str:
        return self.base_url
