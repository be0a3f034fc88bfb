"""Records the messages of an input as they come: `input try` and a source of recorded messages read them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from securos_trigger.config.settings import PipelineSettings
from securos_trigger.inputs.feed import Taken
from securos_trigger.inputs.happening import Verdict
from securos_trigger.inputs.message_lines import header_of, line_of
from securos_trigger.inputs.source_settings import InputSourceSettings
from securos_trigger.notices import Announcer, kinds, log_notice
from securos_trigger.runtime.input_pipelines import as_visitor, feed_opener
from securos_trigger.runtime.record import SharedRecording
from securos_trigger.runtime.stop_signals import stopped_by_signals
from securos_trigger.system.output_file import Existing

_BATCH: Final = 64
_WAIT_S: Final = 0.5
_ANSWER: Final = Taken(Verdict.IGNORED, reason="it is only recorded")


def record_messages(pipeline: PipelineSettings, out: Path, existing: Existing = Existing.REFUSE) -> int:
    """Record what comes to the input of a pipeline into `out`, until a signal comes. 1: it is not complete.

    A disk that does not take a message ends it: that one is not acknowledged.

    At a broker it has a session of its own, so that the running service gets every message, too. An address that is
    listened on, and most devices, serve one program only: stop the service before.
    """
    announcer = Announcer([log_notice])
    source: InputSourceSettings = pipeline.source
    feed = feed_opener(f"{pipeline.name}-record-{os.getpid()}", as_visitor(source), announcer)(None)
    recording = SharedRecording(out, existing, announcer)
    clock = time.time()
    recording.write_head(header_of(source.type, clock, source.reads.cameras, _settings_of(source)))
    with stopped_by_signals() as stop:
        try:
            feed.start()
            while recording.is_complete and not (stop.is_set() or feed.queue.is_finished):
                for arrival in feed.queue.take(_BATCH, _WAIT_S):
                    line = line_of(arrival.message, clock)
                    if not recording.write(line, is_flushed=True):  # at once, for messages may come seldom
                        break
                    if arrival.acknowledge is not None:
                        arrival.acknowledge(_ANSWER)
        finally:
            feed.close()
            recording.close()
    announcer.announce(kinds.RECORDING_ENDED, path=recording.path, frames=recording.frames)
    return 0 if recording.is_complete else 1


def _settings_of(source: InputSourceSettings) -> dict[str, object]:
    """The settings of the kind, which say how its messages are to be read."""
    return source.reads.model_dump(mode="json", exclude={"type", "name", "cameras"}, exclude_defaults=True)
