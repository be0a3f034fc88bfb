"""Checks how a receiver is reached: host, token, certificate fingerprint, CA file. The one copy of each rule.

What is wrong raises a `custom_mistake`: pydantic adds its place, and elsewhere `mistakes_at` does.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult

from pydantic_core import PydanticCustomError

from securos_trigger.system.host_names import ascii_host_name
from securos_trigger.system.reasons import reason_of
from securos_trigger.validation.masking import MASK, without_login
from securos_trigger.validation.mistakes import custom_mistake

_HOST_NAME: Final = re.compile(
    r"(?=.{1,253}$)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?"
)
# Examples have one of these where a person puts a value: an ellipsis, or `<token>`, `<your-server>`.
_PLACEHOLDER: Final = re.compile(r"…|\.\.\.|<[^<>]*>")
# What a shell would replace: ${TOKEN}, $TOKEN, %TOKEN%.
_VARIABLE: Final = re.compile(r"\$\{\w+\}|^\$[A-Z_][A-Z0-9_]*$|^%[A-Z_][A-Z0-9_]*%$")
_ASSIGNMENT: Final = re.compile(r"(export\s+)?([A-Z0-9]+_)*(TOKEN|PASSWORD|SECRET|KEY)\s*=")
_FILE_NAME: Final = re.compile(r"(~|\.{1,2}|/(etc|run|var|home|opt|root))/|[A-Za-z]:\\")
_PATH_PART: Final = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2}){1,200}")
# An `@` and a host that can be nothing else: an IP address, or a name with a port.
_HOST_AFTER_LOGIN: Final = re.compile(
    r"@(\d{1,3}(\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+:\d{1,5})(?=[:/?#]|$)"
)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")

_FROM_VARIABLE: Final = 'Write url = { env = "NAME" }.'
_AS_TEXT: Final = "Write the address itself: this setting is read as it stands."
_FOUR_NUMBERS: Final = "An IPv4 address has four numbers from 0 to 255 with points between, without leading zeros."

_TOKEN_FIX: Final = "Give the token that `securos-trigger receiver init` printed, or `securos-trigger simulator`."

#: What a person can do about a CA file that cannot be used.
CA_FILE_FIX: Final = "Name a PEM file with the certificates of the CAs to trust."


def is_placeholder(text: str) -> bool:
    """Whether this is what examples have in the place of a person's own value: `…`, `...`, `<token>`."""
    return _PLACEHOLDER.fullmatch(text.strip()) is not None


def check_address(parts: SplitResult, example: str, *, is_secret: bool = False) -> None:
    """Refuse a URL that can be read as one and leads nowhere. No text repeats a part that may be secret.

    `is_secret`: the setting may be a secret, and so be read from the environment.
    """
    place = parts.netloc.rpartition("@")[2]
    if _VARIABLE.search(parts.geturl()):
        raise custom_mistake(
            "a variable such as ${NAME} is not replaced here", _FROM_VARIABLE if is_secret else _AS_TEXT
        )
    if f"={MASK}" in parts.query:
        raise custom_mistake(f"{MASK} is shown in place of a password", "Write the password again.")
    if place.count(":") > 1 and "[" not in place:
        raise custom_mistake("an IPv6 address in a URL needs brackets", f"It looks like {example}.")
    if any(character.isspace() for character in parts.geturl()):
        raise custom_mistake("the address has a space in it", "Take it out, or write %20 for it.")
    if "://" in parts.path or (parts.path.startswith("//") and place.lower() in ("http:", "https:", "rtsp:")):
        raise custom_mistake("the address has :// twice", f"It looks like {example}.")
    host = parts.hostname or ""
    if re.fullmatch(r"[\d.]*\d[\d.]*", host) and not _is_ip(host):
        raise custom_mistake(f'"{host}" is neither a host name nor an IP address', _FOUR_NUMBERS)
    if "[" not in place and "@" not in parts._replace(netloc="").geturl() and not _may_be_host(host):
        raise custom_mistake(
            "the host in the address is neither a host name nor an IP address",
            "An IPv4 address has points, not commas; a name has letters, digits, points, - and _.",
        )


def _may_be_host(host: str) -> bool:
    """Whether it is a host name, or stands in the place of one."""
    if not host or is_placeholder(host):
        return True
    try:
        return _HOST_NAME.fullmatch(ascii_host_name(host)) is not None
    except UnicodeError:
        return False


def no_port(more: str = "") -> PydanticCustomError:
    """The mistake of an address with a wrong port. `more` goes on behind the range of ports."""
    return custom_mistake("what follows the host is not a port", f"A port is a whole number from 1 to 65535{more}.")


def check_login_and_port(parts: SplitResult) -> None:
    """Refuse placeholders, a login that ends the address early, and a wrong port. No text repeats the address."""
    if any(map(is_placeholder, (parts.hostname or "", parts.username or "", parts.password or ""))):
        raise custom_mistake("a part of the address is a placeholder", "Give the address of the camera.")
    try:
        is_port = not parts.netloc.endswith(":") and (parts.port is None or parts.port > 0)
    except ValueError:
        is_port = False
    rest = parts._replace(scheme="", netloc="").geturl()
    if "@" in rest and (not is_port or "@" in parts.fragment or _has_host_after_login(rest)):
        raise custom_mistake(
            "the user name or the password has a character that ends it early",
            "Write %23 for #, %3F for ?, %2F for /, %40 for @, %3A for a colon and %25 for %.",
        )
    if not is_port:
        raise no_port("; RTSP's is 554")


def _has_host_after_login(rest: str) -> bool:
    """Whether what stands behind an address's host is the end of a login, and the real host: `word@10.0.0.9:554/ch1`.

    An address that stands whole in a query (`?url=rtsp://user:password@host`) is none.
    """
    return "://" not in rest and _HOST_AFTER_LOGIN.search(rest) is not None


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _more_than_a_host(text: str) -> PydanticCustomError:
    """The mistake of a URL, or of a network, where a host is expected."""
    if (network := re.fullmatch(r"([\da-fA-F.:]+)/\d+", text)) and _is_ip(network[1]):
        what = f'"{text}" is a network, and the address of one server is expected'
        return custom_mistake(what, f'Write "{network[1]}" if that is the server.')
    what = f'"{without_login(text)}" is a URL'
    return custom_mistake(what, "Give the host alone; the port goes to iss_port, http or https to iss_scheme.")


def normal_host(text: str) -> str:
    """A host name or an IP address, without space around it; one receiver is one target, however it is written.

    A name with letters that are not ASCII becomes what name servers have (`xn--…`).
    """
    host = text.strip()
    if not host:
        raise custom_mistake("is required and missing", "Give the host name or the IP address of the SecurOS server.")
    if is_placeholder(host):
        raise custom_mistake(f'"{host[:40]}" is a placeholder', "Give the address of the SecurOS server.")
    if "/" in host:
        raise _more_than_a_host(host)
    if found := re.fullmatch(r"\[(.*)\]:(\d+)", host):
        raise custom_mistake(f'"{host}" has a port in it', f'Write iss_ip = "{found[1]}" and iss_port = "{found[2]}".')
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if _is_ip(host):
        address = ipaddress.ip_address(host)
        if address.is_unspecified:
            fix = "Give the address of the SecurOS server; 127.0.0.1 is this machine."
            raise custom_mistake(f'"{host}" is not an address to send to', fix)
        return str(address)
    if host.count(":") == 1 and host.rsplit(":", 1)[1].isdigit():
        name, port = host.rsplit(":", 1)
        raise custom_mistake(f'"{host}" has a port in it', f'Write iss_ip = "{name}" and iss_port = "{port}".')
    try:
        name = ascii_host_name(host)
    except UnicodeError:
        name = ""
    several = [one for one in re.split(r"[,;\s]+", host) if one]
    if len(several) > 1 and all(_is_ip(one) for one in several):
        fix = f'A node sends to one receiver: write iss_ip = "{several[0]}", and a node of its own for each other one.'
        raise custom_mistake(f'"{host}" is {len(several)} addresses', fix)
    if not _HOST_NAME.fullmatch(name) or re.fullmatch(r"[\d.]+", host):
        fix = (
            _FOUR_NUMBERS if re.fullmatch(r"[\d., ]+", host) else "Give one name, such as vms.example, or one address."
        )
        raise custom_mistake(f'"{without_login(host)}" is neither a host name nor an IP address', fix)
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
        raise custom_mistake("this is a placeholder", _TOKEN_FIX)
    _check_slips(token)
    if not token.isascii() or not token.isprintable():
        raise custom_mistake(
            "has characters that an HTTP header cannot have", "Use letters, digits and punctuation of ASCII."
        )
    return token


def _check_slips(token: str) -> None:
    """Refuse what stands beside a token in shells and their files, and names of files. No text repeats it."""
    if _VARIABLE.search(token):
        raise custom_mistake("a variable is not replaced here", 'Write { env = "NAME" } for it, without $.')
    if len(token) > 1 and token[0] == token[-1] and token[0] in "\"'":
        raise custom_mistake("the token has quotes around it", "Write the token alone, in the file or the variable.")
    if re.match(r"(?i)(bearer|basic)\s", token):
        raise custom_mistake(f'"{token.split()[0]}" is not part of the token', "Write the token alone.")
    if _ASSIGNMENT.match(token):
        raise custom_mistake(
            "this is an assignment, and a token alone is expected", "Remove the = and the text before it."
        )
    if _FILE_NAME.match(token):
        raise custom_mistake("this is the name of a file", 'Write { file = "PATH" } for the token that is in it.')


def normal_fingerprint(text: str) -> str:
    """A SHA-256 fingerprint as 64 lower-case hexadecimal digits; `sha256:`, colons and space are allowed in `text`."""
    # As OpenSSL, browsers and this package print it.
    digits = re.sub(r"^sha-?256(fingerprint)?[:=]", "", "".join(text.split()).lower()).replace(":", "")
    if is_placeholder(text) or re.fullmatch(r"([0-9a-f])\1{31,}", digits):  # no certificate has 64 zeros
        raise custom_mistake(
            "this is a placeholder",
            "Give the fingerprint that `securos-trigger receiver init` printed, or leave the setting out: the first "
            "certificate is then remembered.",
        )
    if re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{40}", digits):
        kind = "SHA-1" if len(digits) == 40 else "MD5"
        raise custom_mistake(
            f"is a fingerprint of {kind}, and one of SHA-256 is expected",
            "`openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE` prints it.",
        )
    if not _SHA256.fullmatch(digits):
        what = f"has {len(digits)} of the 64 digits of" if re.fullmatch(r"[0-9a-f]{1,63}", digits) else "is not"
        raise custom_mistake(
            f"{what} a SHA-256 fingerprint",
            "Without this line `securos-trigger trust CONFIG` shows the whole one of a receiver, and remembers it; "
            "`openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE` prints that of a file.",
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
