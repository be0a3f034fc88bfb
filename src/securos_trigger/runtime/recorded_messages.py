"""Recorded messages of an input as the frames of a replay: read, reduced and walked through the nodes before a trigger.

What the live pipeline does with a message happens here too, without a disk and without a network: the same source, the
same rules, the same lanes, a tick each second while something is present.
"""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from securos_trigger.analytics import build
from securos_trigger.analytics.settings import RecorderSettings
from securos_trigger.config.settings import PipelineSettings, Settings, TriggerSettings
from securos_trigger.errors import ArgumentError, ConfigurationError, Mistake, RecordingError
from securos_trigger.errors.program import as_called
from securos_trigger.errors.wording import counted
from securos_trigger.inputs.file_feed import FileFeed
from securos_trigger.inputs.file_settings import FileSettings
from securos_trigger.inputs.happening import Verdict
from securos_trigger.inputs.intake import Rows
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.message_lines import recorded_header
from securos_trigger.inputs.scene import EXPECTED, read_scene
from securos_trigger.inputs.source import InputParts, InputSource
from securos_trigger.metadata.recorded_frames import RecordedFrame
from securos_trigger.metadata.recordings import BrokenLine, Recording, unreadable
from securos_trigger.model import AnalyticsNode, Frame
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.notices import Announcer

#: Says of a camera whether one of its triggers waits for a condition to hold.
IsWaiting = Callable[[str], bool]
_MOST_NAMED: Final = 10


def kind_of_messages(path: Path) -> str:
    """The kind of the input whose messages stand at `path`; empty: there are none, it is something else."""
    try:
        if path.is_dir():
            return str(read_scene(path).get("format", "")) if (path / EXPECTED).exists() else ""
        header = recorded_header(path)
    except ArgumentError as error:
        raise RecordingError(f"The recording {path} cannot be read: {error}") from None
    except OSError as error:
        raise unreadable(path, error) from None
    except EOFError:
        raise RecordingError(f"The recording {path} cannot be read: it is cut off") from None
    return "" if header is None else str(header.get("format", ""))


def beginning_of(path: Path) -> tuple[str, str] | None:
    """What a recording begins with: the kind of its messages, and the source of its first frame; one of both is empty.

    None: it has neither, as a log of events or of decisions. Both are empty where it cannot be read: its replay says
    why.
    """
    try:
        kind = kind_of_messages(path)
        source = "" if kind else Recording(path).first_source()
    except RecordingError:
        return "", ""
    return None if source is None else (kind, source)


def recording_at(path: Path, settings: Settings, is_waiting: IsWaiting) -> Recording | RecordedMessages:
    """What a replay reads at `path`: a recording of metadata, or messages of the first input of their kind."""
    kind = kind_of_messages(path)
    return RecordedMessages(path, kind, settings, is_waiting) if kind else Recording(path)


class RecordedMessages:
    """The frames that come of recorded messages, one at a time. `frame.line` is the number of the frame.

    `broken` has the first malformed messages. The figures are those of the last iteration.
    """

    def __init__(self, path: Path, kind: str, settings: Settings, is_waiting: IsWaiting) -> None:
        """ConfigurationError: no pipeline has an input of this kind."""
        self.path = path
        self.frames = 0
        self.broken: list[BrokenLine] = []
        self.broken_count = 0
        self.is_torn = False
        self._kind = kind
        self._pipeline = _pipeline_of(kind, settings)
        self._identity = settings.identity.model_dump()
        self._is_waiting = is_waiting

    def __iter__(self) -> Iterator[RecordedFrame]:
        self.frames, self.broken, self.broken_count = 0, [], 0
        host = _Host(self._pipeline, self._identity, self._is_waiting)
        source = self._source(host)
        for frame in source.frames(threading.Event()):
            if host.walk(frame):
                self.frames += 1
                size = frame.size
                yield RecordedFrame(
                    self.frames,
                    frame.at,
                    frame.captured_at,
                    frame.source_name,
                    frame.metadata,
                    frame.moment.start,
                    None if size is None else (float(size[0]), float(size[1])),
                )
        self._count(source)

    def require_frames(self) -> None:
        """RecordingError when no frame came of the messages."""
        if not self.frames:
            what = f"No frame came of the messages in {self.path}"
            command = as_called(f"`securos-trigger input try {shlex.quote(str(self.path))}`")
            raise RecordingError(f"{what}\n    {command} says what each of them is.")

    def _source(self, host: _Host) -> InputSource:
        reads = self._pipeline.source.reads
        announcer = Announcer()
        parts = InputParts(
            kind=load_kind(self._kind),
            settings=reads,
            host=host,
            open_feed=lambda position: FileFeed(
                reads.source_name, FileSettings(path=self.path), announcer, position=position
            ),
            is_recorded=True,
        )
        return InputSource(reads.source_name, parts, Heartbeat(), announcer)

    def _count(self, source: InputSource) -> None:
        """What led to no frame: malformed messages, and cameras that the map does not have."""
        if source.intake is None:
            return
        reader = source.intake.reader
        self.broken_count = reader.counts[Verdict.MALFORMED]
        if self.broken_count:
            self.broken.append(BrokenLine(0, counted(self.broken_count, "malformed message")))
        for name, count in islice(reader.unknown.counts().items(), _MOST_NAMED):
            self.broken_count += 1
            self.broken.append(
                BrokenLine(0, f'{counted(count, "message")} of "{name}", which the camera map does not have')
            )


class _Host:
    """The nodes of all cameras before the triggers, and a store that keeps nothing."""

    def __init__(self, pipeline: PipelineSettings, identity: Mapping[str, str], is_waiting: IsWaiting) -> None:
        self._pipeline = pipeline
        self._identity = identity
        self._nodes: dict[str, list[AnalyticsNode]] = {}
        self.is_waiting = is_waiting

    def open(self, lane: str, _cameras: tuple[str, ...], _stored: Mapping[str, Any]) -> None:
        """Make the nodes of a camera. A recorder writes nothing in a replay."""
        self._nodes[lane] = [
            build(node, self._identity)
            for node in self._pipeline.nodes
            if not isinstance(node, TriggerSettings | RecorderSettings)
        ]

    def walk(self, frame: Frame) -> bool:
        """Walk a frame through them. False: one has ended its way."""
        return all(node.process(frame) is not False for node in self._nodes[frame.source_name])

    def to_plain(self, _lane: str) -> dict[str, Any]:
        """Nothing is kept."""
        return {}

    def sees_repetitions(self, _lane: str) -> bool:
        """A replay shows every frame."""
        return True

    def changes_frames(self, lane: str) -> bool:
        """True when there are nodes before the triggers."""
        return bool(self._nodes[lane])

    def stored_rows(self) -> Sequence[tuple[str, dict[str, Any]]]:
        """A replay begins with nothing that is known."""
        return ()

    def pending_ids(self) -> Sequence[str]:
        """Its events go nowhere."""
        return ()

    def keep(self, _rows: Rows) -> str:
        """Done: nothing is written."""
        return ""


def _pipeline_of(kind: str, settings: Settings) -> PipelineSettings:
    found = [one for one in settings.pipelines if one.has_input and one.source.type == kind]
    if found:
        return found[0]
    fix = f'They are of the kind "{kind}": source = {{ type = "{kind}", … }}'
    raise ConfigurationError([Mistake("pipelines", "none has the input that these messages are of", fix)])
