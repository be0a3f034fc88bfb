"""An RTSP server of Debian's GStreamer with a metadata track: `rtsp://127.0.0.1:PORT/live`. Runs as a program.

The track is made of RTP packets of ours with the encoding name VND.ONVIF.METADATA; each document fills several.
"""

# mypy: ignore-errors
# ruff: noqa: T201

from __future__ import annotations

import random
import struct
import sys
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

LAUNCH = (
    "( videotestsrc is-live=true ! video/x-raw,width=64,height=48,framerate=5/1 ! x264enc tune=zerolatency "
    "! rtph264pay name=pay0 pt=96 appsrc name=meta is-live=true format=time do-timestamp=true "
    "caps=application/x-rtp,media=application,encoding-name=VND.ONVIF.METADATA,clock-rate=90000,payload=107 "
    "! identity name=pay1 )"
)
DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?><tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema">'
    '<tt:VideoAnalytics><tt:Frame UtcTime="{at}"><tt:Object ObjectId="{number}"><tt:Appearance><tt:Shape>'
    '<tt:BoundingBox left="-0.5" top="0.5" right="0.1" bottom="-0.2"/></tt:Shape><tt:Class>'
    '<tt:Type Likelihood="0.9">Human</tt:Type></tt:Class></tt:Appearance></tt:Object></tt:Frame></tt:VideoAnalytics>'
    "<!-- {filler} --></tt:MetadataStream>"
)


def configure(_factory, media):
    source = media.get_element().get_by_name("meta")
    state = {"sequence": random.randrange(65_536), "number": 0}

    def send():
        state["number"] += 1
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        data = DOCUMENT.format(at=at, number=state["number"], filler="x" * 3_000).encode()
        parts = [data[start : start + 1_300] for start in range(0, len(data), 1_300)]
        stamp = int(time.time() * 90_000) & 0xFFFFFFFF
        for index, part in enumerate(parts):
            mark = 0x80 if index == len(parts) - 1 else 0
            head = struct.pack("!BBHII", 0x80, mark | 107, state["sequence"] & 0xFFFF, stamp, 0x1234ABCD)
            state["sequence"] += 1
            if source.emit("push-buffer", Gst.Buffer.new_wrapped(head + part)) != Gst.FlowReturn.OK:
                return False
        return True

    GLib.timeout_add(100, send)


Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_service(sys.argv[1])
server.set_address("127.0.0.1")
factory = GstRtspServer.RTSPMediaFactory()
factory.set_shared(True)
factory.set_launch(LAUNCH)
factory.connect("media-configure", configure)
server.get_mount_points().add_factory("/live", factory)
server.attach(None)
print("ready", flush=True)
GLib.MainLoop().run()
