"""Checks how a receiver is reached: host, token, certificate fingerprint, CA file. The one copy of each rule.

What is wrong raises a `custom_mistake`: pydantic adds its place, and elsewhere `mistakes_at` does.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Final

from securos_trigger.system.host_names import ascii_host_name
from securos_trigger.system.reasons import reason_of
from securos_trigger.validation.masking import without_login
from securos_trigger.validation.mistakes import custom_mistake

_HOST_NAME: Final = re.compile(
    r"(?=.{1,253}$)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?"
)
# Examples have one of these where a person puts a value: an ellipsis, or `<token>`, `<your-server>`.
_PLACEHOLDER: Final = re.compile(r"…|\.\.\.|<[^<>]*>")
_PATH_PART: Final = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2}){1,200}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")

#: What a person can do about a CA file that cannot be used.
CA_FILE_FIX: Final = "Name a PEM file with the certificates of the CAs to trust."


def is_placeholder(text: str) -> bool:
    """Whether this is what examples have in the place of a person's own value: `…`, `...`, `<token>`."""
    return _PLACEHOLDER.fullmatch(text.strip()) is not None


def normal_host(text: str) -> str:
    """A host name or an IP address, without space around it; one receiver is one target, however it is written.

    A name with letters that are not ASCII becomes what name servers have (`xn--…`).
    """
    host = text.strip()
    if not host:
        raise custom_mistake("is required and missing", "Give the host name or the IP address of the SecurOS server.")
    if is_placeholder(host):
        raise custom_mistake(f'"{host[:40]}" stands for your own value', "Give the address of the SecurOS server.")
    if "://" in host or "/" in host:
        raise custom_mistake(
            f'"{without_login(host)}" is a URL',
            "Give the host alone; the port goes to iss_port, http or https to iss_scheme.",
        )
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    if host.count(":") == 1 and host.rsplit(":", 1)[1].isdigit():
        name, port = host.rsplit(":", 1)
        raise custom_mistake(f'"{host}" has a port in it', f'Write iss_ip = "{name}" and iss_port = "{port}".')
    try:
        name = ascii_host_name(host)
    except UnicodeError:
        name = ""
    if not _HOST_NAME.fullmatch(name) or re.fullmatch(r"[\d.]+", host):
        raise custom_mistake(f'"{without_login(host)}" is neither a host name nor an IP address')
    return name.lower().removesuffix(".")


def normal_path(text: str) -> str | None:
    """The path below which a receiver stands, with `/` at its begin and none at its end; None when there is none."""
    path = text.strip().strip("/")
    if "://" in path:
        raise custom_mistake("is a URL", 'Give the path alone, such as iss_path = "/securos/gate".')
    if not all(_PATH_PART.fullmatch(part) and part not in (".", "..") for part in path.split("/") if path):
        fix = 'Letters, digits and ._~- between slashes, such as "/securos/gate"; others as %20.'
        raise custom_mistake(f'"{text.strip()[:80]}" is not a path', fix)
    return f"/{path}" if path else None


def normal_token(text: str) -> str:
    """The receiver's token without space around it: it must fit into an HTTP header."""
    token = text.strip()
    if not token:
        raise custom_mistake(
            "is required and missing", 'Give the receiver\'s token, { env = "NAME" } or { file = "PATH" }.'
        )
    if is_placeholder(token):
        raise custom_mistake(
            "this stands for your own value", "Give the token that `securos-trigger receiver init` printed."
        )
    if not token.isascii() or not token.isprintable():
        raise custom_mistake(
            "has characters that cannot travel in an HTTP header", "Use letters, digits and punctuation of ASCII."
        )
    return token


def normal_fingerprint(text: str) -> str:
    """A SHA-256 fingerprint as 64 lower-case hexadecimal digits; `sha256:`, colons and space are allowed in `text`."""
    if is_placeholder(text):
        raise custom_mistake(
            "this stands for your own value",
            "Give the fingerprint that `securos-trigger receiver init` printed, or leave the setting out: the first "
            "certificate is then remembered.",
        )
    digits = "".join(text.split()).lower().removeprefix("sha256:").replace(":", "")
    if not _SHA256.fullmatch(digits):
        raise custom_mistake(
            "is not a SHA-256 fingerprint",
            "64 hexadecimal digits are expected, as `openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE` "
            "prints them; colons are allowed.",
        )
    return digits


def ca_file_problem(file: Path) -> str:
    """Why a file cannot be used as a list of CAs; empty when it can."""
    import ssl  # takes a while, and most configurations name no such file

    try:
        ssl.create_default_context(cafile=str(file))
    except OSError as error:
        why = "it holds no certificate" if isinstance(error, ssl.SSLError) else reason_of(error).lower()
        return f"{file} cannot be read: {why}"
    return ""
