"""Makes the element known to GStreamer: in this process, or through GST_PLUGIN_PATH."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Final

from securos_trigger.errors import MissingPartError

_PACKAGES: Final = "apt-get install python3-gi python3-gst-1.0 gir1.2-gst-plugins-base-1.0"
_HOW: Final = (
    f"Install them from the system ({_PACKAGES}), and let this Python see them: make its virtual environment with "
    "--system-site-packages, or set PYTHONPATH=/usr/lib/python3/dist-packages."
)


def require_gstreamer() -> Any:
    """GStreamer's Python module `Gst`, initialised. MissingPartError says how to install it."""
    try:
        import gi

        gi.require_version("Gst", "1.0")
        gi.require_version("GstBase", "1.0")
        from gi.repository import Gst, GstBase  # noqa: F401
    except (ImportError, ValueError) as error:  # ValueError: GStreamer's typelib is not there
        raise MissingPartError(f"GStreamer for Python is not there: {error}. {_HOW}") from None
    if find_spec("gi.overrides.Gst") is None:  # without them an element class cannot describe itself
        raise MissingPartError(f"GStreamer's overrides for Python are not there: python3-gst-1.0 has them. {_HOW}")
    Gst.init(None)
    return Gst


def register_element() -> None:
    """Make `securostrigger` known to this process, without any plugin path. May be called again."""
    gst = require_gstreamer()
    from securos_trigger.gst.element import NAME, SecurosTrigger

    if gst.ElementFactory.find(NAME) is None:
        gst.Element.register(None, NAME, gst.Rank.NONE, SecurosTrigger)
