"""Video: where frames come from and go to, through PyAV.

In: the settings of a source or a sink (`settings`). Out: frames with their moments, and annotated files. Read `sources`
first, then `frame_times` (which moment a frame has). Implements `pipeline/ports.py`, and knows no node.

`open_source` and `open_sink` import PyAV only for settings that need it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from securos_trigger.errors import extra_of, missing_part

if TYPE_CHECKING:
    from securos_trigger.model.overlays import Overlay
    from securos_trigger.notices import Announcer
    from securos_trigger.pipeline.ports import Sink, Source
    from securos_trigger.video.settings import SinkSettings, SourceSettings

__all__ = ["open_sink", "open_source"]


def open_source(settings: SourceSettings, announcer: Announcer | None = None) -> Source:
    """The source that these settings describe. Nothing is opened before the first frame is asked for.

    Raises `MissingPartError` when the `video` extra is not installed.
    """
    from securos_trigger.notices import Announcer

    try:
        from securos_trigger.video import sources
    except ModuleNotFoundError as error:
        if (extra := extra_of(error.name)) is None:
            raise
        raise missing_part(extra, str(error.name)) from error
    return sources.source_of(settings, announcer or Announcer())


def open_sink(settings: SinkSettings, overlays: Sequence[Overlay] = ()) -> Sink:
    """The sink that these settings describe. `overlays` are the lines and zones that an annotated sink draws.

    Raises `MissingPartError` when the `video` extra is not installed and the sink needs it.
    """
    if settings.type == "null":
        from securos_trigger.pipeline.null_sink import NullSink

        return NullSink()
    try:
        from securos_trigger.video import sinks
    except ModuleNotFoundError as error:
        if (extra := extra_of(error.name)) is None:
            raise
        raise missing_part(extra, str(error.name)) from error
    return sinks.sink_of(settings, overlays)
