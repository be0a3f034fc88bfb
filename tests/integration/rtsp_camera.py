"""A camera that speaks RTSP and wants a login (Digest): GStreamer's RTSP server in a process of its own.

python -m tests.integration.rtsp_camera '{"port": 8554, "user": "viewer", "password": "secret"}'

Its stream is /live: a ball, or with `"video"` a video file, from the beginning for each first viewer. It prints `ready`.
What it gives then is changed by lines on its standard input: `size 192x144` in the middle of the stream, `codec jpeg` with all
connections ended. It ends with its standard input.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
gi.require_version("GstRtsp", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

_PATH = "/live"
_CODECS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=5 ! rtph264pay config-interval=-1 name=pay0 pt=96",
    "jpeg": "jpegenc ! rtpjpegpay name=pay0 pt=26",
}
_FROM_FILE = 'filesrc location="{}" ! decodebin ! videoconvert ! video/x-raw,format=I420 ! '
_SIZE = "video/x-raw,width={},height={},framerate=10/1,format=I420"


class Camera:
    """The server, and the part of the running stream that says its size."""

    def __init__(self, port: int, user: str, password: str, video: str = "") -> None:
        self._sizes: list[Any] = []
        self._video = video
        self._server = GstRtspServer.RTSPServer()
        self._server.set_address("127.0.0.1")
        self._server.set_service(str(port))
        login = GstRtspServer.RTSPAuth()
        login.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        rights = GstRtspServer.RTSPToken.new()
        rights.set_string("media.factory.role", "viewer")
        login.add_digest(user, password, rights)
        self._server.set_auth(login)
        self.show("h264")
        self._server.attach(None)

    def show(self, codec: str) -> None:
        """Give this codec, and end all connections."""
        factory = GstRtspServer.RTSPMediaFactory()
        size = _SIZE.format(128, 96)
        ball = f"videotestsrc is-live=true pattern=ball ! capsfilter name=size caps={size} ! "
        factory.set_launch(f"( {_FROM_FILE.format(self._video) if self._video else ball}{_CODECS[codec]} )")
        factory.set_shared(True)
        factory.connect("media-configure", self._note_media)
        rights = Gst.Structure.from_string(
            "viewer, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"
        )[0]
        factory.add_role_from_structure(rights)
        points = self._server.get_mount_points()
        points.remove_factory(_PATH)
        points.add_factory(_PATH, factory)
        self._server.client_filter(lambda *_: GstRtspServer.RTSPFilterResult.REMOVE)

    def resize(self, width: str, height: str) -> None:
        """Change the size of the stream that is running."""
        for one in self._sizes:
            one.set_property("caps", Gst.Caps.from_string(_SIZE.format(width, height)))

    def obey(self, line: str) -> None:
        """Do what a line of the standard input says."""
        word, value = line.split()
        if word == "size":
            self.resize(*value.split("x"))
        else:
            self.show(value)

    def _note_media(self, _factory: Any, media: Any) -> None:
        self._sizes.append(media.get_element().get_by_name("size"))


def main(port: int, user: str, password: str, video: str = "") -> None:
    """Serve until the standard input ends."""
    Gst.init(None)
    camera, loop = Camera(port, user, password, video), GLib.MainLoop()

    def read() -> None:
        for line in sys.stdin:
            GLib.idle_add(camera.obey, line)
        loop.quit()

    threading.Thread(target=read, daemon=True).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    loop.run()


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
