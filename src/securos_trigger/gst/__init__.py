"""The GStreamer element `securostrigger`: a trigger node in a GStreamer pipeline (docs/gstreamer.md).

`element`, `bus`, `debug_log`, `gobject_properties` and `registration` need GStreamer and PyGObject, which come from the
system (python3-gi, python3-gst-1.0). Nothing else here does, and nothing outside of this package. Read `element_host`
first: it decides about frames, without GStreamer; `element` is the thin layer above it.

    register()          make the element known to this process; then `Gst.ElementFactory.make("securostrigger")`
    attach(…)           give a frame its metadata, from Python code beside the pipeline
    plugin_folder()     what GST_PLUGIN_PATH must name, for gst-launch-1.0 and programs that are not in Python
"""

from __future__ import annotations

from pathlib import Path

from securos_trigger.gst.side_table import attach

__all__ = ["attach", "plugin_folder", "register"]


def register() -> None:
    """Make `securostrigger` known to this process. May be called again.

    Raises MissingPartError when GStreamer or PyGObject is not there.
    """
    from securos_trigger.gst.registration import register_element

    register_element()


def plugin_folder() -> Path:
    """The folder for GST_PLUGIN_PATH: GStreamer's loader of Python plugins finds `python/securostrigger.py` in it."""
    return Path(__file__).parent / "plugins"
