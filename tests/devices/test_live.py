"""Camera by a child process, RTSP by a real server: what is sealed is what came, whatever happens to it."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from support.cameras import PICTURE, camera, decoded, h264_camera, make_h264
from support.films import make_film, packets
from zhilu.devices.sources import camera as camera_module
from zhilu.devices.sources import live
from zhilu.devices.sources.base import Pace
from zhilu.devices.sources.camera import CameraSource, best_format, picture_input
from zhilu.devices.sources.profiles import PROFILES
from zhilu.devices.sources.rtsp import RtspSource
from zhilu.errors import CallerError, WorldError

RTSP_SERVER = Path(__file__).parent.parent / "support/rtsp.py"


def film(source, path, seconds=None, going=None):
    """(header, fragments, the error that ended it or None); the source stays open."""
    header, fragments, error = source.open(), [], None
    try:
        fragments.extend(source.fragments(going or Pace(lambda: False, seconds=seconds)))
    except WorldError as ended:
        error = ended
    path.write_bytes(header.data + b"".join(fragment.data for fragment in fragments))
    return header, fragments, error


def fast(path, sound=(), profile="1080p25"):
    """A film as quickly as the pipe takes it: for what does not depend on the clock."""
    return camera(["-i", str(path)], list(sound), profile)


def test_a_raw_camera_is_encoded_with_its_sound(tmp_path):
    source = camera()
    header, fragments, error = film(source, tmp_path / "out.mp4", 3)
    source.close()
    assert error is None and header.codec.startswith("avc1.") and header.codec.endswith("mp4a.40.2")
    assert [round(fragment.duration_us / 1e6) for fragment in fragments] == [2, 1]
    assert sum(1 for _ in decoded(tmp_path / "out.mp4", "video")) == 75
    heard = sum(frame.samples for frame in decoded(tmp_path / "out.mp4", "audio")) / 48_000
    assert abs(heard - 3) < 0.15
    assert not any(fragment.black or fragment.silent for fragment in fragments)


def test_h264_of_a_camera_is_sealed_packet_for_packet(tmp_path):
    make_h264(tmp_path / "film.mp4", seconds=7)
    source = fast(tmp_path / "film.mp4")
    _header, fragments, error = film(source, tmp_path / "out.mp4")
    source.close()
    assert packets(tmp_path / "out.mp4", "video") == packets(tmp_path / "film.mp4", "video")
    assert [fragment.duration_us for fragment in fragments] == [2_000_000, 2_000_000, 2_000_000, 1_000_000]
    assert error.code == "source" and "change" not in error.fields, "a camera that ends has broken"


def test_long_groups_end_the_recording_and_the_next_goes_on_without_a_gap(tmp_path):
    make_h264(tmp_path / "film.mp4", "-g", "999", "-keyint_min", "999", seconds=14)
    source = fast(tmp_path / "film.mp4")
    header, fragments, error = film(source, tmp_path / "one.mp4")
    assert error.code == "source" and error.fields["change"] == "long-gop"
    assert sum(fragment.duration_us for fragment in fragments) <= 10_100_000
    again, later, error = film(source, tmp_path / "two.mp4")
    source.close()
    assert again.codec != header.codec and "change" not in error.fields
    assert max(fragment.duration_us for fragment in later) <= 2_000_000
    frames = [*decoded(tmp_path / "one.mp4", "video"), *decoded(tmp_path / "two.mp4", "video")]
    assert len(frames) == 14 * 25
    before = list(decoded(tmp_path / "film.mp4", "video"))
    first = len(list(decoded(tmp_path / "one.mp4", "video")))
    error = np.abs(_luma(before[first]) - _luma(frames[first])).mean()
    assert error < 6, "the first picture after the change is whole"


def _luma(frame):
    return frame.to_ndarray(format="gray").astype(float)


def test_other_parameter_sets_in_the_middle_begin_a_new_recording(tmp_path):
    for name, size in (("a", "320x240"), ("b", "160x120")):
        make_h264(tmp_path / f"{name}.h264", size=size, seconds=4)
    (tmp_path / "ab.h264").write_bytes(b"".join((tmp_path / f"{n}.h264").read_bytes() for n in "ab"))
    source = camera(["-framerate", "25", "-f", "h264", "-i", str(tmp_path / "ab.h264")], [])
    header, _fragments, error = film(source, tmp_path / "one.mp4")
    assert error is not None and error.fields.get("change") == "codec"
    assert sum(1 for _ in decoded(tmp_path / "one.mp4", "video")) == 100
    film(source, tmp_path / "two.mp4")
    source.close()
    assert header.width == 320
    assert sum(1 for _ in decoded(tmp_path / "two.mp4", "video")) == 100


def test_a_dead_child_ends_the_source_after_all_that_it_gave(tmp_path):
    before = _children()
    make_h264(tmp_path / "film.mp4", seconds=20)
    source = h264_camera(tmp_path / "film.mp4")
    seen = []

    def going(at_s):
        seen.append(at_s)
        if at_s > 2.5 and source._child:
            os.kill(source._child._process.pid, signal.SIGKILL)
        return True

    _header, fragments, error = film(source, tmp_path / "out.mp4", going=going)
    assert error.code == "source"
    assert sum(fragment.duration_us for fragment in fragments) / 1e6 > 2.4
    assert max(seen) < 15
    source.close()
    assert _children() == before, "no zombie"


def _children():
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


def test_it_is_opened_again_after_it_broke(tmp_path):
    before = _children()
    make_h264(tmp_path / "film.mp4", seconds=3)
    source = fast(tmp_path / "film.mp4")
    for _ in range(2):
        _header, fragments, error = film(source, tmp_path / "out.mp4")
        assert len(fragments) == 2 and error.code == "source"
    source.close()
    source.close()
    assert _children() == before


def test_a_camera_that_hangs_ends_the_source(tmp_path, monkeypatch):
    make_h264(tmp_path / "film.mp4", seconds=20)
    source = h264_camera(tmp_path / "film.mp4")

    def going(at_s):
        if at_s > 0.5:
            monkeypatch.setattr(camera_module, "QUIET_S", 0.5)
            os.kill(source._child._process.pid, signal.SIGSTOP)
        return True

    _header, fragments, error = film(source, tmp_path / "out.mp4", going=going)
    assert "nothing came" in error.fields["reason"] and fragments
    source.close()


def test_a_recorder_with_many_files_open_reads_its_camera(tmp_path):
    """And what it opens for a camera it closes."""
    before, (soft, hard) = descriptors(), resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4096), hard))
    many = [os.dup(0) for _ in range(1100)]
    try:
        source = fast(make_h264(tmp_path / "film.mp4"))
        _header, fragments, _error = film(source, tmp_path / "out.mp4", 1)
        source.close()
    finally:
        for each in many:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert fragments
    assert descriptors() <= before


def descriptors():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_the_child_dies_when_we_are_killed(tmp_path):
    make_h264(tmp_path / "film.mp4", seconds=20)
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom support.cameras import h264_camera\n"
        "source = h264_camera(Path(sys.argv[1])); source.open()\n"
        "print(source._child._process.pid, flush=True)\ntime.sleep(60)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(RTSP_SERVER.parent.parent)}
    us = subprocess.Popen(
        [sys.executable, "-c", script, tmp_path / "film.mp4"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    child = int(us.stdout.readline())
    assert Path(f"/proc/{child}").exists()
    us.kill()
    us.wait()
    us.stdout.close()
    end = time.monotonic() + 60
    while _lives(child) and time.monotonic() < end:
        time.sleep(0.02)
    assert not _lives(child)


def _lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_without_a_microphone_the_picture_is_recorded_alone(tmp_path):
    source = camera(PICTURE, ["-f", "alsa", "-i", "no-such-microphone"])
    header, _fragments, error = film(source, tmp_path / "out.mp4", 0.5)
    source.close()
    assert error is None and "mp4a" not in header.codec
    assert source.without_sound


def test_alsa_is_read_by_the_same_child(tmp_path, monkeypatch):
    """The real ALSA library with a device that is a file: noise."""
    (tmp_path / "noise").write_bytes(np.random.default_rng(1).integers(-9000, 9000, 3_000_000, np.int16))
    (tmp_path / "asoundrc").write_text(
        f'pcm.mic {{ type file slave.pcm nothing file /dev/null infile "{tmp_path}/noise" format raw }}\n'
        "pcm.nothing { type null }\n"
    )
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "asoundrc"))
    drawn = [
        "-use_wallclock_as_timestamps",
        "1",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x240:rate=25,realtime",
    ]
    source = camera(drawn, ["-f", "alsa", "-i", "mic"])
    header, _fragments, _error = film(source, tmp_path / "out.mp4", 1.5)
    source.close()
    assert source.without_sound is None and "mp4a" in header.codec
    assert any(np.abs(frame.to_ndarray()).max() > 0.05 for frame in decoded(tmp_path / "out.mp4", "audio"))


def test_an_absent_camera_and_an_absent_program_are_said(tmp_path, monkeypatch):
    with pytest.raises(WorldError, match="no camera at /dev/no-video") as refused:
        CameraSource("/dev/no-video", "default", PROFILES["1080p25"]).open()
    assert refused.value.code == "source"
    monkeypatch.setattr(camera_module, "FFMPEG", ("no-such-ffmpeg",))
    with pytest.raises(WorldError, match="no-such-ffmpeg is missing"):
        camera().open()


LISTING = """[video4linux2,v4l2 @ 0x55d0c8] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480 1280x720
[video4linux2,v4l2 @ 0x55d0c8] Compressed:       mjpeg :          Motion-JPEG : 640x480 1920x1080
[video4linux2,v4l2 @ 0x55d0c8] Compressed:        h264 :                H.264 : 640x480 1920x1080
"""


def test_the_cameras_own_h264_is_asked_for_unless_it_must_be_encoded():
    assert best_format(LISTING, passing=True) == "h264"
    assert best_format(LISTING, passing=False) == "mjpeg"
    assert best_format("\n".join(LISTING.splitlines()[:1]), passing=True) is None
    assert best_format("no such device", passing=True) is None
    asked = picture_input("/dev/video0", PROFILES["720p25"], "h264")
    assert [*pairwise(asked)].count(("-input_format", "h264")) == 1
    assert ("-timestamps", "abs") in pairwise(asked) and ("-video_size", "1280x720") in pairwise(asked)


def test_black_and_silent_are_seen_in_both_ways(tmp_path):
    """4 s of a dark, silent picture, then 4 s that are neither; passed through, and encoded."""
    dark, bright = "color=black:size=320x240:rate=25:duration=4", "testsrc2=size=320x240:rate=25:duration=4"
    inputs = ["-f", "lavfi", "-i", f"{dark}[a];{bright}[b];[a][b]concat"]
    inputs += ["-f", "lavfi", "-i", "aevalsrc=if(lt(t\\,4)\\,0\\,0.2*sin(2000*t)):s=48000:d=8"]
    coder = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-sc_threshold", "0", "-c:a", "aac"]
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", *inputs, *coder, str(tmp_path / "film.mp4")]
    subprocess.run(command, check=True)
    for profile, must_encode in (("1080p25", False), ("480p15", True)):
        one = camera(["-i", str(tmp_path / "film.mp4")], ["-i", str(tmp_path / "film.mp4")], profile)
        one._must_encode = must_encode
        _header, fragments, _error = film(one, tmp_path / "out.mp4")
        one.close()
        whole = [fragment for fragment in fragments if fragment.duration_us > 1_500_000]
        assert [fragment.black for fragment in whole] == [True, True, False, False]
        assert [bool(fragment.silent) for fragment in whole][::3] == [True, False]


def test_a_clock_that_jumps_ends_the_source(tmp_path):
    make_h264(tmp_path / "film.mp4", seconds=2)
    with av.open(str(tmp_path / "film.mp4")) as was, av.open(str(tmp_path / "jump.mkv"), "w") as out:
        stream = out.add_stream_from_template(was.streams.video[0])
        for number, packet in enumerate(packet for packet in was.demux() if packet.size):
            if number >= 25:
                packet.pts += 20 * packet.time_base.denominator
                packet.dts += 20 * packet.time_base.denominator
            packet.stream = stream
            out.mux(packet)
    source = fast(tmp_path / "jump.mkv")
    _header, _fragments, error = film(source, tmp_path / "out.mp4")
    source.close()
    assert "jumps" in error.fields["reason"]
    assert sum(1 for _ in decoded(tmp_path / "out.mp4", "video")) == 25


def test_sound_that_stays_away_twice_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "AWAY_S", 1.0)
    make_h264(tmp_path / "film.mp4", seconds=8)
    short = ["-f", "lavfi", "-i", "sine=sample_rate=48000:duration=1"]
    source = fast(tmp_path / "film.mp4", short)
    for _ in range(2):
        header, fragments, error = film(source, tmp_path / "out.mp4")
        assert "no sound" in error.fields["reason"] and "mp4a" in header.codec and fragments
    header, fragments, _error = film(source, tmp_path / "out.mp4")
    source.close()
    assert "mp4a" not in header.codec and source.without_sound
    assert sum(fragment.duration_us for fragment in fragments) == 8_000_000


@pytest.fixture
def rtsp(tmp_path):
    """Starts a server for a film; gives HOST:PORT."""
    servers = []

    def serve(path, *options):
        server = subprocess.Popen(
            ["/usr/bin/python3", RTSP_SERVER, path, *options], stdout=subprocess.PIPE, text=True
        )
        servers.append(server)
        return f"127.0.0.1:{int(server.stdout.readline())}"

    serve.servers = servers
    yield serve
    for server in servers:
        server.kill()
        server.wait()
        server.stdout.close()


def test_rtsp_passes_through_picture_and_sound(rtsp, tmp_path):
    make_film(tmp_path / "film.mp4", 4, 320, 240)
    source = RtspSource(f"rtsp://{rtsp(tmp_path / 'film.mp4')}/live", PROFILES["1080p25"])
    header, fragments, error = film(source, tmp_path / "out.mp4")
    source.close()
    assert source.origin == "rtsp" and header.codec == "avc1.42c00d,mp4a.40.2"
    assert error.code == "source", "the server ended it"
    before, after = packets(tmp_path / "film.mp4", "video"), packets(tmp_path / "out.mp4", "video")
    assert len(after) >= 90
    # In other framing (parameter sets may travel with key frames), but the very pictures.
    assert after[-1][4:] == before[-1][4:]
    assert sum(frame.samples for frame in decoded(tmp_path / "out.mp4", "audio")) > 2.5 * 48_000
    assert not any(fragment.black for fragment in fragments)


def test_rtsp_with_a_password_and_never_says_it(rtsp, tmp_path):
    make_film(tmp_path / "film.mp4", 4, 320, 240)
    address = rtsp(tmp_path / "film.mp4", "--password")
    source = RtspSource(f"rtsp://user:se%25cret@{address}/live", PROFILES["1080p25"])
    assert source.open().width == 320
    source.close()
    for url in (f"rtsp://user:hush@{address}/live", "rtsp://user:hush@127.0.0.1:9/live"):
        with pytest.raises(WorldError) as refused:
            RtspSource(url, PROFILES["1080p25"]).open()
        said = str(refused.value) + repr(refused.value) + repr(refused.value.fields)
        assert refused.value.code == "source" and "hush" not in said and "user" not in said


def test_an_rtsp_server_that_dies_ends_the_source(rtsp, tmp_path):
    make_film(tmp_path / "film.mp4", 20, 320, 240)
    source = RtspSource(f"rtsp://{rtsp(tmp_path / 'film.mp4')}/live", PROFILES["1080p25"])
    _header, fragments, error = film(source, tmp_path / "out.mp4", going=lambda at_s: _stop_at(at_s, rtsp))
    source.close()
    assert error is not None and error.code == "source" and fragments


def _stop_at(at_s, rtsp):
    if at_s > 1.0:
        for server in rtsp.servers:
            server.kill()
    return True


@pytest.mark.parametrize("url", ["rtsp://", "rtsp:///live", "rtsp://[::1/live"])
def test_an_address_without_a_host_is_refused(url):
    with pytest.raises(CallerError):
        RtspSource(url, PROFILES["1080p25"])


def test_the_programs_that_tests_need_are_there():
    assert shutil.which("ffmpeg") and shutil.which("setpriv") and Path("/usr/bin/python3").exists()
