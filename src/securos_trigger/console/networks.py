"""What counts as one address where connections, or attempts to log in, are counted."""

from __future__ import annotations

import ipaddress


def network_of(host: str) -> str:
    """The address itself; for IPv6 the network of 64 bits, of which one machine has all addresses."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
