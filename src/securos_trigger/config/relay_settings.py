"""The table `[relay]`: the cluster that a gateway relays to, and that `deliver` delivers from (docs/cluster.md)."""

import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from securos_trigger.system.user_folders import below
from securos_trigger.validation import Secret, custom_mistake

_SERVER: Final = re.compile(r"(nats|tls)://(\[[0-9a-fA-F:.]+\]|[^\s/@:]+)(:\d{1,5})?")


def _checked_server(server: str) -> str:
    """Accept `nats://host:port` or `tls://host:port`. What was written is not repeated: it may hold a password."""
    if _SERVER.fullmatch(server):
        return server
    fix = 'Write "tls://nats1.example:4222". A login has settings of its own: credentials_file, nkey_file, or user.'
    raise custom_mistake("a server is tls://HOST:PORT, or nats://HOST:PORT without TLS", fix)


class RelaySettings(BaseModel):
    """How the cluster is reached. Without this table a machine delivers by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    servers: tuple[Annotated[str, AfterValidator(_checked_server)], ...] = Field(
        description="The servers of the cluster, `tls://HOST:PORT` (or `nats://`, without TLS)."
    )
    gateway: Annotated[str, Field(max_length=200)] = Field(
        "",
        description="Name of this site in the cluster. A site is one machine, or the machines that may run the same "
        "placed pipelines. Two sites must not have the same name. Default: `identity.gateway_id`.",
    )
    stream: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] = Field(
        "securos", description="Prefix of the names of all streams and subjects."
    )
    replicas: Literal[1, 3, 5] = Field(3, description="How many servers store each event, when the streams are made.")
    max_stream_mb: Annotated[int, Field(ge=10)] | None = Field(
        None,
        description="Most space of the stream of events on each server that stores it, in MB, when the stream is made. "
        "A full stream refuses events: they wait in the outboxes. Default: no limit of its own.",
    )
    credentials_file: Path | None = Field(None, description="Credentials of a user (`.creds`: JWT and key).")
    nkey_file: Path | None = Field(None, description="File with the seed of an NKey.")
    user: str = Field("", description="Name of a user who logs in with a password.")
    password: Secret | None = Field(None, description="Password of `user`; written as `iss_password`.")
    ca_file: Path | None = Field(None, description="The CAs (PEM) that sign the servers' certificates.")
    certificate_file: Path | None = Field(None, description="Certificate of this client (PEM), if servers want one.")
    key_file: Path | None = Field(None, description="Its private key (PEM).")

    @property
    def max_bytes(self) -> int | None:
        """The most bytes of the stream of events; None: no limit of its own."""
        return None if self.max_stream_mb is None else self.max_stream_mb * 1024**2

    @property
    def is_tls(self) -> bool:
        """True when the connection is encrypted."""
        return any(server.startswith("tls:") for server in self.servers)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if not self.servers:
            raise custom_mistake("no server is named", 'Write servers = ["tls://nats1.example:4222"].')
        ways = [self.credentials_file is not None, self.nkey_file is not None, bool(self.user)]
        if sum(ways) > 1:
            raise custom_mistake("there are two ways to log in", "Keep one of credentials_file, nkey_file and user.")
        if bool(self.user) != (self.password is not None):
            fix = 'Write both: user = "gate-7", password = { env = "NATS_PASSWORD" }.'
            raise custom_mistake("a user and a password belong together", fix)
        if (self.certificate_file is None) != (self.key_file is None):
            raise custom_mistake("a client's certificate_file and key_file belong together")
        if len({server.partition(":")[0] for server in self.servers}) > 1:
            raise custom_mistake("some servers are reached with TLS and some without", "Write tls:// for all of them.")
        return self

    def completed(self, base: Path, gateway: str = "") -> Self:
        """Give the same with every relative path below `base`, and with a name if it has none."""
        paths = {name: below(base, value) for name, value in self if isinstance(value, Path)}
        return self.model_copy(update={**paths, "gateway": self.gateway or gateway})
