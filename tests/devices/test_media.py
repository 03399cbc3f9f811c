"""Sound in step, black and silent, what is burnt in, and the table of profiles."""

from datetime import UTC, datetime
from fractions import Fraction

import av
import numpy as np
import pytest

from support.drift import offsets_ms
from zhilu.devices.media import encode
from zhilu.devices.media.burn import Burner
from zhilu.devices.media.encode import AudioEncoder
from zhilu.devices.media.facts import Fragment
from zhilu.devices.media.judge import Judge, is_black, is_silent
from zhilu.devices.media.stamp import Stamp
from zhilu.devices.sources.base import Pace
from zhilu.devices.sources.camera import CameraSource
from zhilu.devices.sources.choose import profile_of, source_of
from zhilu.devices.sources.file import FileSource
from zhilu.devices.sources.profiles import DEFAULT, PROFILES
from zhilu.devices.sources.rtsp import RtspSource
from zhilu.devices.sources.scene import SceneSource
from zhilu.errors import CallerError


@pytest.mark.parametrize(
    ("ppm", "lost_every_s", "late_s"), [(100, 60, 0), (0, 0, 3.3), (1000, 0, 0), (-1000, 0, 0)]
)
def test_sound_stays_in_step_with_the_picture(tmp_path, ppm, lost_every_s, late_s):
    offsets = offsets_ms(tmp_path, 130, ppm, lost_every_s, late_s)
    assert max(map(abs, offsets)) <= 40, offsets


def test_sound_by_its_number_of_samples_alone_would_run_away(tmp_path, monkeypatch):
    """The measure itself can fail: 1,000 ppm are 0.13 s in two minutes."""
    counted = 0
    encode_ = AudioEncoder.encode

    def by_number(self, frame):
        nonlocal counted
        if frame is not None:
            frame.pts, counted = counted * 125, counted + frame.samples
        return encode_(self, frame)

    monkeypatch.setattr(AudioEncoder, "encode", by_number)
    assert max(map(abs, offsets_ms(tmp_path, 130, 1000))) > 100


def test_a_long_hole_stays_a_hole_and_fills_no_memory():
    muxer = encode.CmafMuxer()
    picture = encode.VideoEncoder(muxer, 64, 48, Fraction(5), Fraction(1, 5), encode.DRAWN)
    sound, made = AudioEncoder(muxer, 8000, 1), []
    muxer.start()
    for first_s in (0, 100_000):
        frame = sound_frame(np.full(8000, 3000, np.int16))
        frame.pts, frame.time_base = first_s, Fraction(1)
        made += sound.encode(frame)
    made += sound.encode(None)
    assert len(made) < 30 and picture is not None
    assert max(float(packet.pts * packet.time_base) for packet in made) > 99_999


def sound_frame(samples, format_="s16", layout="mono"):
    frame = av.AudioFrame.from_ndarray(np.atleast_2d(samples), format=format_, layout=layout)
    frame.sample_rate = 8000
    return frame


def grey(luma):
    planes = np.full((540, 480), 128, np.uint8)
    planes[:360] = luma
    return av.VideoFrame.from_ndarray(planes, format="yuv420p")


def test_what_is_black():
    chance = np.random.default_rng(1)
    assert is_black(grey(16)) and is_black(grey(0))
    assert is_black(grey(np.clip(chance.normal(20, 8, (360, 480)), 0, 255).astype(np.uint8))), "noise"
    assert not is_black(grey(60)) and not is_black(grey(235))
    lamp = np.full((360, 480), 16, np.uint8)
    lamp[100:130, 200:240] = 230
    assert not is_black(grey(lamp)), "a street at night with one lamp"


@pytest.mark.parametrize(("format_", "full"), [("s16", 32767), ("s16p", 32767), ("fltp", 1.0), ("flt", 1.0)])
def test_what_is_silent(format_, full):
    kind = np.int16 if format_.startswith("s16") else np.float32
    chance = np.random.default_rng(1)
    for level, silent in ((0.0, True), (0.0004, True), (0.003, False), (0.3, False)):
        samples = (chance.normal(0, level, 1024) * full).astype(kind)
        assert is_silent(sound_frame(samples, format_)) is silent, level


def test_sound_in_one_of_two_channels_is_not_silent():
    both = np.zeros((2, 1024), np.float32)
    both[1] = 0.1
    assert not is_silent(sound_frame(both, "fltp", "stereo"))


def test_a_fragment_of_which_nothing_was_looked_at_is_not_judged():
    assert Judge().label(Fragment(b"", 0, 2_000_000)) == Fragment(b"", 0, 2_000_000, None, None)


def test_each_fragment_gets_what_was_seen_in_its_time():
    judge = Judge()
    judge.begins(1_000_000)
    for second in range(6):
        judge.picture(1_000_000 + second * 1_000_000, grey(0 if second < 3 else 200))
        judge.sound(1_000_000 + second * 1_000_000, sound_frame(np.zeros(8, np.int16)))
    # The muxer moved all times by 0.9 s.
    labelled = [judge.label(Fragment(b"", 100_000 + n * 2_000_000, 2_000_000)) for n in range(3)]
    assert [one.black for one in labelled] == [True, False, False]
    assert [one.silent for one in labelled] == [True, True, True]


def test_file_and_scene_are_judged_too(clips, tmp_path):
    for source in (FileSource(clips / "bigbuckbunny.mp4"), SceneSource()):
        source.open()
        fragments = list(source.fragments(Pace(lambda: False, seconds=4)))
        source.close()
        assert fragments[0].black is False and fragments[0].silent is False and not source.live
    source = FileSource(clips / "bikes.mp4")
    source.open()
    assert next(iter(source.fragments(Pace(lambda: False)))).silent is None, "no sound in it"
    source.close()


def stamp(officer="1234", serial="XT-0001"):
    return Stamp(serial, lambda: officer, lambda: datetime(2026, 11, 24, 16, 0, 3, tzinfo=UTC))


def test_the_stamp_is_beijing_time_with_the_date_in_ascii():
    assert stamp().text() == "2026-11-25 00:00:03 +08:00  1234  XT-0001"
    assert stamp("", "执录\n1").text() == "2026-11-25 00:00:03 +08:00  ???1"
    assert len(stamp("9" * 5000).text()) < 100


@pytest.mark.parametrize("size", [(480, 360), (64, 48), (16, 16)])
def test_what_is_burnt_in_changes_a_copy_and_only_the_corner(size):
    before = av.VideoFrame(*size, "yuv420p")
    for plane, value in zip(before.planes, (120, 90, 90), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    marked = before.reformat(*size, "yuv420p")
    Burner(stamp()).burn(marked)
    luma = marked.to_ndarray()[: size[1]]
    assert luma[-size[1] // 20 :].max() > 200 if size[1] > 100 else luma.min() < 100
    if size[1] > 100:
        assert (luma[: size[1] // 2] == 120).all()


def test_the_stamp_stands_in_what_is_recorded(tmp_path):
    from support.cameras import camera, decoded

    source = camera(["-f", "lavfi", "-i", "color=gray:size=640x480:rate=25:duration=1"], [], stamp=stamp())
    header = source.open()
    (tmp_path / "out.mp4").write_bytes(header.data)
    with (tmp_path / "out.mp4").open("ab") as out:
        try:
            for fragment in source.fragments(Pace(lambda: False)):
                out.write(fragment.data)
        except Exception as ended:
            assert "it ended" in str(ended)
    source.close()
    picture = next(decoded(tmp_path / "out.mp4", "video")).to_ndarray(format="gray")
    assert picture[-25:, :200].max() > 200 and picture[-25:, :200].min() < 40 and np.ptp(picture[:300]) < 20


class Capture:
    video, audio, profile, burn_in = "/dev/video0", "default", DEFAULT, False


def test_a_word_chooses_the_source(tmp_path):
    chosen = {
        name: type(source_of(name, Capture(), stamp()))
        for name in ("camera", "test", "rtsp://h/live", str(tmp_path / "a.mp4"))
    }
    assert list(chosen.values()) == [CameraSource, SceneSource, RtspSource, FileSource]
    assert source_of("camera", Capture(), stamp()).live and not source_of("test", Capture(), stamp()).live


def test_profiles_are_a_table():
    assert DEFAULT == "1080p25" and PROFILES[DEFAULT].bits == 5_800_000
    for name, profile in PROFILES.items():
        assert name == profile.name == f"{profile.height}p{profile.rate}"
        assert profile.width % 2 == profile.height % 2 == 0
    with pytest.raises(CallerError, match="9999p1"):
        profile_of("9999p1")
