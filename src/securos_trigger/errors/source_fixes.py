"""What to do about a source that gives nothing, by the reason that it has."""

from __future__ import annotations

from typing import Final

#: How a reason begins that no reconnecting ends.
REFUSED_LOGIN: Final = "it refuses the login"
#: What stands for the setting in these texts; `SettingLines.with_line_of_url` adds its line.
ITS_URL: Final = "its url"
_HANGS: Final = "Does its own web page answer? If not, switch it off and on again. It is being reconnected."
_PORT: Final = f"Is the port in {ITS_URL} that of its RTSP? Most cameras have 554."
_FIXES: Final = {
    "cannot be resolved": f"Check the host name in {ITS_URL}, and the name server of this machine.",
    "Connection refused": f"Is it on, and is the port in {ITS_URL} the one that it listens on?",
    "No route to host": f"Is it on, and is the address in {ITS_URL} right? Look at the network up to it.",
    "Network is unreachable": "Look at the network of this machine: its cable, its address, its route. It is being "
    "reconnected.",
    REFUSED_LOGIN: f"Correct the user and the password in {ITS_URL}, then `securos-trigger reload CONFIG`.",
    "no connection within": f"Is it on, and are the address and the port in {ITS_URL} right? Look for a firewall.",
    "then sends nothing": _HANGS,
    "nothing came before the time-out": _HANGS,
    "RTSP": _PORT,
    "without an answer": _PORT,
    "it has no such path": f"Correct the path in {ITS_URL}, then `securos-trigger reload CONFIG`. The manual of the "
    "camera has it, or the camera's own page.",
}


def source_fix(reason: str, otherwise: str, *, where: str = ITS_URL) -> str:
    """What to do about this reason, or `otherwise` where it does not say where the fault is.

    `where` is the setting that has the address, in words.
    """
    return next((fix.replace(ITS_URL, where) for part, fix in _FIXES.items() if part in reason), otherwise)
