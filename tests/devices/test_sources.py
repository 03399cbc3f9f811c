"""What is sealed is what the source held: packet for packet where it can be passed through, else encoded."""

import itertools
import os
import random
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from support.cameras import make_h264
from support.media import make_video, payloads
from zhilu.devices.media.facts import read_fragment
from zhilu.devices.sources.base import Pace
from zhilu.devices.sources.file import FileSource
from zhilu.devices.sources.plan import fits
from zhilu.devices.sources.scene import SceneSource
from zhilu.errors import WorldError

GO = Pace(lambda: False)


def film(source, path, going=GO):
    """Everything a source gives, written as one file; returns (header, fragments)."""
    header = source.open()
    fragments = list(source.fragments(going))
    source.close()
    path.write_bytes(header.data + b"".join(fragment.data for fragment in fragments))
    return header, fragments


@pytest.mark.parametrize("name", ["bikes", "bigbuckbunny", "carphone_pristine", "carphone_distorted"])
def test_camera_clips_pass_through_packet_for_packet(clips, tmp_path, name):
    before = payloads(clips / f"{name}.mp4")
    film(FileSource(clips / f"{name}.mp4"), tmp_path / "out.mp4")
    after = payloads(tmp_path / "out.mp4")
    assert before.keys() == after.keys()
    for kind in before:
        assert [packet[0] for packet in before[kind]] == [packet[0] for packet in after[kind]]
    # Times keep their distances, of B-frames and between picture and sound.
    shifts = {
        new[t] - old[t]
        for kind in before
        for old, new in zip(before[kind], after[kind], strict=True)
        for t in (1, 2)
    }
    assert len(shifts) == 1 and 0 <= shifts.pop() < 0.5


def test_fragments_begin_with_a_key_frame_after_two_seconds(clips, tmp_path):
    header, fragments = film(FileSource(clips / "bikes.mp4"), tmp_path / "out.mp4")
    assert header.codec == "avc1.640015" and (header.width, header.height) == (640, 272)
    assert [fragment.duration_us for fragment in fragments[:-1]] == [
        3_040_000,
        2_440_000,
        2_000_000,
        2_200_000,
    ]
    for fragment in fragments:
        piece = tmp_path / "piece.mp4"
        piece.write_bytes(header.data + fragment.data)
        with av.open(str(piece)) as container:
            assert next(container.demux(video=0)).is_keyframe


def test_places_of_fragments_follow_one_another(clips, tmp_path):
    _header, fragments = film(FileSource(clips / "bikes.mp4"), tmp_path / "out.mp4")
    for before, after in itertools.pairwise(fragments):
        assert abs(after.pts_us - before.pts_us - before.duration_us) < 100_000


def test_sound_is_named_in_the_codec(clips, tmp_path):
    header, _fragments = film(FileSource(clips / "bigbuckbunny.mp4"), tmp_path / "out.mp4")
    assert header.codec == "avc1.4d401f,mp4a.40.2"


@pytest.mark.parametrize(
    ("name", "codec", "sound"),
    [
        ("a.mkv", "mpeg4", None),
        ("a.avi", "mjpeg", None),
        ("a.mkv", "mpeg4", "libopus"),
        ("a.ts", "mpeg2video", "mp2"),
    ],
)
def test_other_codecs_are_encoded(tmp_path, name, codec, sound):
    options = {"strict": "unofficial"} if codec == "mjpeg" else {}
    make_video(tmp_path / name, codec, seconds=5, sound=sound, options=options)
    header, fragments = film(FileSource(tmp_path / name), tmp_path / "out.mp4")
    assert header.codec.startswith("avc1.") and header.codec.endswith(",mp4a.40.2") == bool(sound)
    assert [round(fragment.duration_us / 1e6) for fragment in fragments if fragment.duration_us] == [2, 2, 1]
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 50


def test_transport_streams_pass_through(clips, tmp_path):
    """Other framing of the same pictures: nothing is encoded twice, the times begin near 0."""
    with av.open(str(clips / "bikes.mp4")) as source, av.open(str(tmp_path / "a.ts"), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    header, fragments = film(FileSource(tmp_path / "a.ts"), tmp_path / "out.mp4")
    assert header.codec == "avc1.640015"
    assert fragments[0].pts_us < 500_000
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 250


def test_groups_of_pictures_that_are_too_long_are_encoded(tmp_path):
    make_video(tmp_path / "long.mp4", "libx264", seconds=13, options={"g": "999", "sc_threshold": "0"})
    _header, fragments = film(FileSource(tmp_path / "long.mp4"), tmp_path / "out.mp4")
    assert max(fragment.duration_us for fragment in fragments) <= 2_000_000


def test_what_fits_a_segment():
    def gop(start, seconds, size=1000):
        return [(start + i / 10, size, i == 0) for i in range(round(seconds * 10))]

    assert fits(gop(0, 9.9) + gop(9.9, 9.9))
    assert not fits(gop(0, 10.3))
    assert not fits(gop(0, 1.9) + gop(1.9, 9)), (
        "the first key frame after 2 s ends a fragment, not any key frame"
    )
    assert not fits(gop(0, 3, size=2**20)), "over 16 MiB"
    assert not fits([(0.0, 10, False)]), "begins without a key frame"
    assert not fits([(0.0, 10, True), (-1.0, 10, False)]), "time goes backwards"
    assert not fits([])


def test_odd_sizes_lose_a_line(tmp_path):
    with av.open(str(tmp_path / "odd.mkv"), "w") as out:
        video = out.add_stream("ffv1", rate=10, width=129, height=97, pix_fmt="yuv444p")
        for number in range(5):
            frame = av.VideoFrame(129, 97, "yuv444p")
            frame.pts = number
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    header, _fragments = film(FileSource(tmp_path / "odd.mkv"), tmp_path / "out.mp4")
    assert (header.width, header.height) == (128, 96)


@pytest.mark.parametrize("content", [b"", b"not a film\n" * 1000, None])
def test_an_unreadable_file_is_said_in_one_line(tmp_path, content):
    path = tmp_path / "bad.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WorldError) as refused:
        FileSource(path).open()
    assert refused.value.code == "source" and "\n" not in str(refused.value)


def test_a_file_with_sound_only_is_refused(tmp_path):
    with av.open(str(tmp_path / "a.m4a"), "w", format="mp4") as out:
        sound = out.add_stream("aac", rate=48000, layout="mono")
        for number in range(10):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48000, number * 1024
            out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    with pytest.raises(WorldError, match="no moving picture"):
        FileSource(tmp_path / "a.m4a").open()


def test_a_truncated_file_gives_what_it_holds(tmp_path):
    make_video(tmp_path / "a.mkv", "libx264", seconds=8, options={"g": "20", "bf": "0"})
    data = (tmp_path / "a.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(data[: len(data) * 2 // 3])
    _header, fragments = film(FileSource(tmp_path / "cut.mkv"), tmp_path / "out.mp4")
    assert len(fragments) >= 2


def test_stopping_keeps_every_packet_that_was_read(clips, tmp_path):
    _header, fragments = film(
        FileSource(clips / "bikes.mp4"), tmp_path / "out.mp4", Pace(lambda: False, seconds=4.0)
    )
    assert 3.9 < sum(fragment.duration_us for fragment in fragments) / 1e6 <= 4.1


def test_stopping_keeps_every_frame_that_was_encoded(tmp_path):
    make_video(tmp_path / "a.mkv", "mpeg4", seconds=5)
    film(FileSource(tmp_path / "a.mkv"), tmp_path / "out.mp4", Pace(lambda: False, seconds=3.0))
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 30


def test_the_scene_has_picture_and_sound_every_two_seconds(tmp_path):
    header, fragments = film(SceneSource(), tmp_path / "out.mp4", Pace(lambda: False, seconds=7.0))
    assert header.codec.startswith("avc1.") and header.codec.endswith("mp4a.40.2")
    # AAC begins 64 ms before 0, so everything moves by as much.
    places = [fragment.pts_us - 64_000 for fragment in fragments if fragment.duration_us]
    assert places == [0, 2_000_000, 4_000_000, 6_000_000]
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 105
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert abs(sum(frame.samples for frame in container.decode(audio=0)) / 16000 - 7) < 0.3


def test_realtime_keeps_to_the_clock():
    import time

    began = time.monotonic()
    going = Pace(lambda: False, realtime=True)
    assert all(going(at / 10) for at in range(6))
    assert 0.45 < time.monotonic() - began < 30
    later = Pace(lambda: False, realtime=True)
    began = time.monotonic()
    assert all(later(60 + at / 10) for at in range(3)), "a recording that goes on from another"
    assert 0.15 < time.monotonic() - began < 30


def test_memory_does_not_grow_with_the_length(tmp_path):
    """A film of 96 MB in a process of its own: the peak stays where that of one of 12 MB is, give or take
    little."""
    script = (
        "import re, sys\n"
        "from pathlib import Path\n"
        "from zhilu.devices.sources.base import Pace\n"
        "from zhilu.devices.sources.file import FileSource\n"
        "source = FileSource(Path(sys.argv[1])); source.open()\n"
        "size = sum(len(f.data) for f in source.fragments(Pace(lambda: False)))\n"
        "status = Path('/proc/self/status').read_text()\n"
        "print(size, re.search(r'VmHWM:\\s+(\\d+) kB', status)[1])\n"
    )
    peaks = []
    for copies in (1, 8):
        path = _repeated(tmp_path / f"{copies}.mp4", copies)
        done = subprocess.run(
            [sys.executable, "-c", script, path], capture_output=True, text=True, check=True, env=os.environ
        )
        size, peak = map(int, done.stdout.split())
        assert size > copies * 11 * 2**20
        peaks.append(peak / 1024)
    assert peaks[1] - peaks[0] < 16, peaks
    assert peaks[1] < 130, peaks


def _repeated(path: Path, copies: int) -> Path:
    """12 MB of H.264 noise, several times over in one film."""
    seed = path.parent / "seed.mp4"
    if not seed.exists():
        noise = {"g": "20", "preset": "ultrafast", "qp": "20", "bf": "0"}
        make_video(seed, "libx264", seconds=12, size=(320, 240), options=noise)
    with av.open(str(path), "w") as out:
        stream = None
        for number in range(copies):
            with av.open(str(seed)) as source:
                video = source.streams.video[0]
                stream = stream or out.add_stream_from_template(video)
                for packet in source.demux(video):
                    if packet.dts is not None:
                        shift = number * 12 * packet.time_base.denominator
                        packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, stream
                        out.mux(packet)
    return path


def test_a_fragment_reads_its_own_times(clips, tmp_path):
    header, fragments = film(FileSource(clips / "bikes.mp4"), tmp_path / "out.mp4")
    again = [read_fragment(header, fragment.data) for fragment in fragments]
    assert [(one.pts_us, one.duration_us) for one in again] == [
        (one.pts_us, one.duration_us) for one in fragments
    ]


@pytest.mark.parametrize("seed", range(9))
def test_a_damaged_file_gives_fragments_or_one_plain_error(clips, tmp_path, seed):
    """Bytes flipped anywhere, or the end cut off: never another exception, never half a box."""
    chance = random.Random(seed)
    data = bytearray((clips / ("bikes.mp4" if seed % 2 else "bigbuckbunny.mp4")).read_bytes())
    for _ in range(1 + seed * 5):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    if seed % 3 == 0:
        del data[chance.randrange(len(data)) :]
    (tmp_path / "bad.mp4").write_bytes(data)
    try:
        header, fragments = film(FileSource(tmp_path / "bad.mp4"), tmp_path / "out.mp4")
    except WorldError as error:
        assert error.code == "source"
    else:
        assert header.width and all(len(fragment.data) <= 16 * 2**20 for fragment in fragments)


@pytest.mark.parametrize("seed", range(2))
def test_damaged_packets_are_passed_over_where_they_are_decoded(tmp_path, seed):
    chance = random.Random(seed)
    make_video(tmp_path / "a.mkv", "mpeg4", seconds=6)
    data = bytearray((tmp_path / "a.mkv").read_bytes())
    for _ in range(20):
        data[chance.randrange(5000, len(data))] ^= 0xFF
    (tmp_path / "a.mkv").write_bytes(data)
    _header, fragments = film(FileSource(tmp_path / "a.mkv"), tmp_path / "out.mp4")
    assert fragments


def test_a_codec_that_changes_in_a_file_begins_a_new_recording_and_nothing_is_lost(tmp_path):
    for name, size, at in (("a", "320x240", "0"), ("b", "160x120", "4")):
        make_h264(tmp_path / f"{name}.ts", "-output_ts_offset", at, size=size, seconds=4)
    (tmp_path / "ab.ts").write_bytes(b"".join((tmp_path / f"{name}.ts").read_bytes() for name in "ab"))
    source, counts, changes = FileSource(tmp_path / "ab.ts"), [], []
    for _ in range(2):
        header, fragments = source.open(), []
        try:
            fragments.extend(source.fragments(GO))
        except WorldError as error:
            changes.append(error.fields["change"])
        (tmp_path / "out.mp4").write_bytes(header.data + b"".join(one.data for one in fragments))
        with av.open(str(tmp_path / "out.mp4")) as container:
            counts.append(sum(1 for _ in container.decode(video=0)))
    source.close()
    assert changes == ["codec"] and counts == [100, 100]
    assert fragments[0].pts_us < 100_000
