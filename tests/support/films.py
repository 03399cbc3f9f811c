"""What a video file holds, packet by packet."""

from fractions import Fraction
from pathlib import Path

import av


def packets(path: Path, kind: str) -> list[bytes]:
    """Encoded payloads of the first stream of a kind, in order; empty if there is none."""
    with av.open(str(path)) as container:
        streams = [stream for stream in container.streams if stream.type == kind][:1]
        return [bytes(packet) for packet in container.demux(streams) if packet.size] if streams else []


def make_film(path: Path, seconds: int, width: int = 1280, height: int = 720, rate: int = 25) -> Path:
    """H.264 with a key frame every two seconds, AAC; something moves in it. Quick to make, not pretty."""
    import numpy

    row = numpy.arange(width, dtype=numpy.uint8)
    with av.open(str(path), "w") as container:
        video = container.add_stream(
            "libx264", rate=rate, options={"preset": "ultrafast", "g": str(2 * rate)}
        )
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        audio = container.add_stream("aac", rate=48_000, layout="mono")
        for number in range(seconds * rate):
            picture = numpy.repeat((row + numpy.uint8(3 * number % 256))[None, :], height * 3 // 2, axis=0)
            frame = av.VideoFrame.from_ndarray(numpy.ascontiguousarray(picture), format="yuv420p")
            frame.pts = number
            container.mux(video.encode(frame))
        tone = (numpy.sin(numpy.arange(48_000) / 20) * 8_000).astype(numpy.int16)[None, :]
        for second in range(seconds):
            sound = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
            sound.sample_rate, sound.pts = 48_000, second * 48_000
            container.mux(audio.encode(sound))
        for stream in (video, audio):
            container.mux(stream.encode(None))
    return path


def make_large_film(path: Path, size: int) -> Path:
    """A video of about `size` bytes: ten seconds of noise at some 40 Mbit/s, copied with new times."""
    import numpy

    seed = path.with_name("seed.mp4")
    random = numpy.random.default_rng(1)
    with av.open(str(seed), "w") as container:
        options = {
            "preset": "ultrafast",
            "g": "50",
            "b": "40M",
            "minrate": "40M",
            "maxrate": "40M",
            "bufsize": "8M",
        }
        video = container.add_stream("libx264", rate=25, options=options)
        video.width, video.height, video.pix_fmt = 1280, 720, "yuv420p"
        for number in range(250):
            noise = random.integers(0, 256, (1080, 1280), dtype=numpy.uint8)
            frame = av.VideoFrame.from_ndarray(noise, format="yuv420p")
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    with av.open(str(seed)) as source:
        stream = source.streams.video[0]
        once = [packet for packet in source.demux(stream) if packet.size]
        span = int(10 / stream.time_base)
        fragmented = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
        with av.open(str(path), "w", options=fragmented) as container:
            copy = container.add_stream_from_template(stream)
            written, turn = 0, 0
            while written < size:
                for packet in once:
                    again = av.Packet(bytes(packet))
                    again.stream, again.time_base, again.is_keyframe = (
                        copy,
                        stream.time_base,
                        packet.is_keyframe,
                    )
                    again.pts, again.dts = packet.pts + turn * span, packet.dts + turn * span
                    again.duration = packet.duration
                    container.mux(again)
                    written += packet.size
                turn += 1
    seed.unlink()
    return path


def repeated(seed: Path, path: Path, times: int) -> Path:
    """A film again and again, picture and sound, with new times; its index comes first, as for the web."""
    with av.open(str(seed)) as source:
        streams = [stream for stream in source.streams if stream.type in ("video", "audio")]
        once = [packet for packet in source.demux(streams) if packet.size]
        # Sound begins before its zero: a little apart, no packet comes before one of the turn before.
        length = max(stream.duration * stream.time_base for stream in streams) + Fraction(1, 10)
        with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
            copies = {stream.index: container.add_stream_from_template(stream) for stream in streams}
            for turn in range(times):
                for packet in once:
                    again = av.Packet(bytes(packet))
                    again.stream, again.time_base = copies[packet.stream.index], packet.time_base
                    again.is_keyframe, again.duration = packet.is_keyframe, packet.duration
                    shift = int(turn * length / packet.time_base)
                    again.pts, again.dts = packet.pts + shift, packet.dts + shift
                    container.mux(again)
    return path
