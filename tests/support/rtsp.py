"""GStreamer's RTSP server, for Debian's own Python: plays a film in real time at rtsp://127.0.0.1:PORT/live.

`rtsp.py FILM [--password]` prints its TCP port. With --password only `user` with `se%cret` may see it.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402


def main(film: str, *options: str) -> None:
    Gst.init(None)
    server, factory = GstRtspServer.RTSPServer(), GstRtspServer.RTSPMediaFactory()
    server.set_address("127.0.0.1")
    server.set_service("0")
    picture = "d.video_0 ! queue ! h264parse ! rtph264pay name=pay0 pt=96"
    sound = "d.audio_0 ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97"
    factory.set_launch(f'( filesrc location="{film}" ! qtdemux name=d {picture} {sound} )')
    factory.set_shared(True)
    if "--password" in options:
        guard(server, factory)
    server.get_mount_points().add_factory("/live", factory)
    server.attach(None)
    print(server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


def guard(server: GstRtspServer.RTSPServer, factory: GstRtspServer.RTSPMediaFactory) -> None:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "user")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic("user", "se%cret"), token)
    server.set_auth(auth)
    factory.add_role_from_structure(
        Gst.Structure.new_from_string(
            "user,media.factory.access=(boolean)true,media.factory.construct=(boolean)true"
        )
    )


main(*sys.argv[1:])
