"""The plugin file for GST_PLUGIN_PATH: GStreamer's loader of Python plugins reads `__gstelementfactory__`."""

from __future__ import annotations

from securos_trigger.gst.registration import require_gstreamer

Gst = require_gstreamer()

from securos_trigger.gst.element import NAME, SecurosTrigger  # noqa: E402  it needs GStreamer to be initialised

__gstelementfactory__ = (NAME, Gst.Rank.NONE, SecurosTrigger)
