"""A site whose one pipeline several machines may run: here processes on this machine, each with a name of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from securos_trigger.config.reader import read_config
from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import Connection, DeliveryPolicy
from securos_trigger.model import Target
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox, State
from securos_trigger.placement.place import Place, place_of
from securos_trigger.relay.deliver import DeliverService, ServedReceiver
from tests import builders
from tests.integration.fake_receivers import TOKEN, OldReceiver
from tests.integration.nats_servers import NatsServer
from tests.made_videos import write_video

PIPELINE = "yard"
#: The trigger fires this often, in seconds: a second firing of the same moment would come sooner.
INTERVAL_S = 0.5

_SITE = """
[outbox]
path = "state/outbox.sqlite"

[relay]
servers = {servers}
gateway = "site"
replicas = 1
{more}
[[pipelines]]
name = "yard"
source = {{ type = "file", path = "yard.mp4", realtime = true }}

[[pipelines.nodes]]
type = "function"
file = "always.py"

[[pipelines.nodes]]
type = "trigger_securos_event"
event_source = "custom"
trigger = "people > 0"
trigger_mode = "level"
interval = {interval_s}
event_name = "Person"
iss_camera_ids = "1"
iss_ip = "{host}"
iss_port = "{port}"
iss_scheme = "{scheme}"
"""
_ALWAYS = """
def process_frame(frame, **kwargs):
    meta = frame.meta()
    meta.set_field("people", 1)
    meta.save()
"""
_VIDEO_S = 400


@dataclass(frozen=True, slots=True)
class PlacedSite:
    """The configuration file of the site."""

    config: Path

    def place(self, node: str) -> Place:
        """The place of the pipeline on a machine."""
        return place_of(read_config(self.config, has_secrets=False), PIPELINE, node)

    def command(self, node: str) -> list[str]:
        """What runs the pipeline on a machine."""
        return [
            sys.executable,
            "-m",
            "securos_trigger",
            "cluster",
            "pipeline",
            str(self.config),
            PIPELINE,
            "--node",
            node,
        ]

    def start(self, node: str) -> subprocess.Popen[str]:
        """Run the pipeline on a machine; its log goes into a file beside the configuration."""
        with (self.config.parent / f"{node}.log").open("a") as log:
            return subprocess.Popen(self.command(node), stderr=log, text=True)

    def log(self, node: str) -> str:
        """What the machine has logged."""
        return (self.config.parent / f"{node}.log").read_text()

    def ids(self, node: str, state: State) -> set[str]:
        """The ids of the events of a machine that stand in this state."""
        with outbox_read(self.place(node).outbox) as outbox:
            return {row.delivery.event_id for row in builders.rows_of(outbox, state)}


@contextmanager
def delivering(server: NatsServer, receiver: OldReceiver) -> Iterator[None]:
    settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "deliver", "replicas": 1})
    served = ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy(late_per_s=10_000))
    service = DeliverService(settings, [served], Announcer([]))
    service.start()
    try:
        yield
    finally:
        assert service.close(60.0)


@contextmanager
def outbox_read(path: Path) -> Iterator[Outbox]:
    """An outbox whose process has ended."""
    with closing(Outbox(path, announcer=Announcer([]))) as outbox:
        yield outbox


def written_placed_site(folder: Path, servers: list[str], target: Target, more: str = "") -> PlacedSite:
    """Write the site, with a video and the node that makes its trigger fire at every frame."""
    images = [np.full((32, 32, 3), 16, np.uint8)] * (_VIDEO_S * 10)
    write_video(folder / "yard.mp4", images)
    (folder / "always.py").write_text(_ALWAYS)
    config = folder / "site.toml"
    listed = "[" + ", ".join(f'"{server}"' for server in servers) + "]"
    about = {"host": target.host, "port": target.port, "scheme": target.scheme, "interval_s": INTERVAL_S}
    config.write_text(_SITE.format(servers=listed, more=more, **about))
    return PlacedSite(config)
