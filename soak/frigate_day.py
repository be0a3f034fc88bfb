"""A day of a site with Frigate through the whole bridge, and a model of its own of which events must come of it.

20 cameras: parked cars, people, false positives, reviews; restarts of Frigate without an end of anything; a broker that
sends twice, late and out of order, and loses what Frigate says while it is away; kills of the bridge in the middle of a
batch, and before its acknowledgement has left. The model knows nothing of the reducer: it looks at what happened on the
site, and at what the broker has handed over.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import PipelineSettings, Settings
from securos_trigger.inputs.feed import Arrival, ArrivalQueue, ConnectionState, Taken
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.source import InputParts, InputSource
from securos_trigger.inputs.stored_rows import LANE_OBJECT
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.notices import Announcer
from securos_trigger.outbox import State
from securos_trigger.outbox.reader import OutboxReader
from securos_trigger.pipeline.steps import TriggerStep
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.lanes import PipelineLanes
from soak.frigate_model import Delivered, Expected, expected_of
from soak.frigate_site import HOUR_S, MIDNIGHT, Said, Site
from soak.report import Report

CAMERAS = tuple(f"cam_{number}" for number in range(20))
#: Messages that the broker sends without an acknowledgement.
_IN_FLIGHT = 256
_SHOWN = 5
_NODES = {
    "any": 'event_source = "built_in"\nevent_description = "{{ event.object_ids[0] }}"',
    "moving": 'trigger = "nodes.frigate.new_delta > 0 and nodes.frigate.message.movement"',
    "fence": 'trigger = "nodes.frigate.zones.fence.entered_delta > 0"',
}
_CUSTOM = 'event_source = "custom"\nevent_name = "x"\nevent_description = "{{ nodes.frigate.message.object_ids[0] }}"\n'
_REVIEWS = 'event_source = "built_in"\nevent_description = "{{ event.review_id }}"'
_NODE = """[[pipelines.nodes]]
type = "trigger_securos_event"
id = "{name}"
iss_ip = "127.0.0.1"
iss_port = "9"
iss_password = "token"
{text}
"""


def run(*, is_long: bool, seed: int = 1, length_s: float | None = None, people_per_hour: float = 100.0) -> Report:
    """A day, or an hour, with all its faults. `seed` gives the same one again."""
    length_s = length_s if length_s is not None else 24 * HOUR_S if is_long else HOUR_S
    site = Site(seed, CAMERAS, length_s=length_s, people_per_hour=people_per_hour)
    began_at_s = time.process_time()
    figures: dict[str, object] = {"hours": round(length_s / HOUR_S, 2), "messages of Frigate": len(site.said)}
    broken: list[str] = []
    for name in ("objects", "reviews"):
        with tempfile.TemporaryDirectory() as folder:
            bridge = Bridge(Path(folder), site, name)
            bridge.run()
            expected = expected_of(site, bridge.broker.delivered, is_of_reviews=name == "reviews")
            broken += _differences(name, expected, bridge)
            figures |= {f"{name}: {key}": value for key, value in bridge.figures().items()}
    figures["CPU seconds"] = round(time.process_time() - began_at_s, 1)
    return Report(figures, tuple(broken))


def _differences(name: str, expected: Expected, bridge: Bridge) -> list[str]:
    """A sentence for each kind of event that is missing, false or doubled, and for what is held to be present."""
    sentences = []
    found = bridge.events()
    for node, books in expected.events.items():
        fired = Counter(about for one, about in found if one == node)
        wrong = {
            "missing": sorted(books.must - set(fired)),
            "false": sorted(set(fired) - books.must - books.may),
            "doubled": sorted(about for about, count in fired.items() if count > 1),
        }
        sentences += [f"{name}, {node}: {len(v)} {k}, such as {v[:_SHOWN]}" for k, v in wrong.items() if v]
    present = bridge.present()
    for camera, live in expected.present.items():
        held = present.get(camera, set())
        if lacking := live.must - held:
            sentences.append(f"{camera}: {len(lacking)} are there and not known, such as {sorted(lacking)[:_SHOWN]}")
        if surplus := held - live.must - live.may:
            sentences.append(f"{camera}: {len(surplus)} are gone and still known, such as {sorted(surplus)[:_SHOWN]}")
    return sentences


class Killed(BaseException):
    """The bridge was killed: nothing of it goes on."""


class Broker(ArrivalQueue):
    """Hands messages over: late, twice, out of order, and once more what was not acknowledged. QoS 1.

    `delivered` is what has left it, in order. `kill_at` are the numbers of deliveries at which the bridge is killed.
    """

    def __init__(self, site: Site) -> None:
        super().__init__()
        chance = self.chance = site.chance
        length_s = site.length_s
        away = [chance.uniform(0.1, 0.9) * length_s for _ in range(max(1, round(length_s / HOUR_S / 6)))]
        #: While the broker itself is away, what Frigate says is lost.
        self.lost_s = [(one, one + chance.uniform(5, 90)) for one in away]
        self.delivered: list[Delivered] = []
        self.lost = self.repeated = 0
        self.clock_s = 0.0
        self.kills_in = 0
        self._in_flight: deque[tuple[Said, int]] = deque()
        self._again: deque[tuple[Said, int]] = deque()
        self._mid = 0
        self._waiting_said = deque(sorted(self._sent(site.said), key=lambda one: one[0]))

    def _sent(self, said: Sequence[Said]) -> Iterator[tuple[float, int, Said]]:
        """When each message is there: a little late, a few twice, as bridges between brokers do it."""
        for one in said:
            if any(begins <= one.sent_s < ends for begins, ends in self.lost_s):
                self.lost += 1
                continue
            yield one.sent_s + self.chance.choice((0.0, 0.0, 0.0, 0.3, 2.0)), 2 * one.order, one
            if self.chance.random() < 0.05:
                yield one.sent_s + self.chance.choice((0.1, 2.0, 70.0)), 2 * one.order + 1, one

    def reconnect(self, down_s: float) -> None:
        """The bridge is there again: what it has not acknowledged comes first, and is marked."""
        self.clock_s += down_s
        self._again.extend(self._in_flight)
        self._in_flight.clear()
        self.is_finished = False

    def take(self, limit: int, timeout_s: float) -> list[Arrival]:
        """The next messages. Killed: after some of them have been handed over, at a moment that a test has chosen."""
        found: list[Arrival] = []
        while len(found) < limit and len(self._in_flight) < _IN_FLIGHT:
            if self._again:
                (said, mid), is_again = self._again.popleft(), True
                at_s = self.clock_s
            elif self._waiting_said:
                there_s, _, said = self._waiting_said.popleft()
                at_s, is_again = there_s, False
                self._mid = mid = self._mid % 65_535 + 1
            else:
                break
            self.clock_s = max(self.clock_s, at_s)
            self.repeated += is_again
            self._in_flight.append((said, mid))
            self.delivered.append(Delivered(said, self.clock_s))
            found.append(self._arrival(said, mid, is_again=is_again))
        self.is_finished = not found
        return found

    def _arrival(self, said: Said, mid: int, *, is_again: bool) -> Arrival:
        message = Message(body=said.body, topic=said.topic, arrived_at=MIDNIGHT + self.clock_s, qos=1, dup=is_again)

        def acknowledge(_taken: Taken) -> None:
            self.kills_in -= 1
            if self.kills_in == 0:
                raise Killed
            self._in_flight.remove((said, mid)) if self._in_flight[0] != (said, mid) else self._in_flight.popleft()

        return Arrival(message, acknowledge, f"{mid} {message.digest}")


@dataclass(slots=True)
class _Feed:
    """The broker as a transport."""

    queue: ArrivalQueue
    state: ConnectionState

    def start(self) -> None:
        """It is there."""
        self.state.note_connected()

    def close(self) -> None:
        """It stays."""


@dataclass(slots=True)
class Bridge:
    """The service with one input: killed and started again until all messages are dealt with."""

    folder: Path
    site: Site
    name: str
    kills: int = 0
    frames: int = 0
    broker: Broker = field(init=False)

    def __post_init__(self) -> None:
        self.broker = Broker(self.site)

    def run(self) -> None:
        """From the first message to the last."""
        chance, settings = self.broker.chance, self._settings()
        per_kill = max(500, len(self.site.said) // 12)
        while True:
            self.broker.kills_in = chance.randint(per_kill // 2, 2 * per_kill)
            kills_at_frame = self.frames + chance.randint(1, 3 * per_kill) if chance.random() < 0.5 else -1
            try:
                self._live(settings, kills_at_frame)
                return
            except Killed:
                self.kills += 1
                self.broker.reconnect(chance.choice((1.0, 20.0, 120.0, 600.0)))

    def _live(self, settings: Settings, kills_at_frame: int) -> None:
        """One life of the service. Killed: it ended by force."""
        pipeline: PipelineSettings = settings.pipelines[0]
        announcer = Announcer()
        with Dispatch(settings.outbox, announcer) as dispatch:
            lanes = PipelineLanes(pipeline, settings, dispatch, opens_late=False)
            source = self._source(pipeline, lanes, announcer)
            frames = source.frames(threading.Event())
            try:
                for frame in frames:
                    self.frames += 1
                    for step in lanes.steps.of(frame):
                        assert isinstance(step, TriggerStep)
                        step.decide(frame)
                    if self.frames == kills_at_frame:
                        raise Killed
            finally:
                frames.close()  # type: ignore[attr-defined]
                lanes.end()

    def _source(self, pipeline: PipelineSettings, lanes: PipelineLanes, announcer: Announcer) -> InputSource:
        reads = pipeline.source.reads
        feed = _Feed(self.broker, ConnectionState(reads.source_name, announcer))
        kind = load_kind("frigate")
        # As of a recording, so that a second of its clock passes where one of the site's does.
        parts = InputParts(kind, reads, lanes, lambda _position: feed, is_recorded=True)
        return InputSource(reads.source_name, parts, Heartbeat(), announcer)

    def _settings(self) -> Settings:
        source = f'{{ type = "frigate", broker = "mqtt://127.0.0.1:9", events_from = "{self.name}" }}'
        cameras = ", ".join(f'{name} = "{number}"' for number, name in enumerate(CAMERAS))
        nodes = {"review": _REVIEWS}
        if self.name == "objects":
            nodes = {name: text if name == "any" else _CUSTOM + text for name, text in _NODES.items()}
        head = '[outbox]\npath = "outbox.sqlite"\n[ledger]\nenabled = false\n[[pipelines]]\nname = "site"\n'
        text = f"{head}source = {source}\ncameras = {{ {cameras} }}\n"
        return parse_config(
            text + "".join(_NODE.format(name=name, text=one) for name, one in nodes.items()), base=self.folder
        )

    def events(self) -> list[tuple[str, str]]:
        """The node and the thing of each event that was kept."""
        reader = OutboxReader(self.folder / "outbox.sqlite")
        try:
            return [(row.delivery.node_id, row.delivery.description) for row in reader.rows(State.WAITING)]
        finally:
            reader.close()

    def present(self) -> dict[str, set[str]]:
        """What is held to be present, by camera, as the next start would know it."""
        settings, announcer = self._settings(), Announcer()
        with Dispatch(settings.outbox, announcer) as dispatch:
            rows = dispatch.outbox.input_rows("site").result(30)
        objects = [row for name, row in rows if name.startswith(LANE_OBJECT)]
        return {
            camera: {row["identity"].rpartition("|")[2] for row in objects if row["lane"] == camera}
            for camera in CAMERAS
        }

    def figures(self) -> dict[str, object]:
        """What has happened."""
        return {
            "deliveries": len(self.broker.delivered),
            "lost before the broker": self.broker.lost,
            "sent again by the broker": self.broker.repeated,
            "kills of the bridge": self.kills,
            "frames": self.frames,
            **{f"events of {node}": count for node, count in Counter(node for node, _ in self.events()).items()},
        }
