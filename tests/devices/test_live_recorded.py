"""A live device through the recorder's own road: recordings that follow one another, each whole."""

import pytest

from support.cameras import camera, make_h264
from support.dock_world import Recorded
from support.lines import payloads
from support.recorder_world import World
from zhilu.devices.sources.base import Pace
from zhilu.recorder import filming
from zhilu.recorder.filming import Filming, Wishes
from zhilu.recorder.signals import Signals


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path / "world")
    world.adopt()
    return world


def test_long_groups_of_a_camera_make_two_recordings_that_follow_each_other(world, tmp_path, monkeypatch):
    make_h264(tmp_path / "film.mp4", "-g", "999", "-keyint_min", "999", size="160x120", seconds=14)
    recorder, signals = Recorded(world, recordings=0).recorder, Signals()
    monkeypatch.setattr(signals, "wait", lambda seconds: setattr(signals, "stopped", True))
    unpaced = lambda stopped, realtime, seconds: Pace(stopped, False, seconds)  # noqa: E731
    monkeypatch.setattr(filming, "Pace", unpaced)
    source = camera(["-i", str(tmp_path / "film.mp4")], [])
    Filming(recorder.session, recorder.logbook, recorder.screen, signals).run(source, Wishes())
    lines = payloads(world.home.logbook)
    first, second = [line for line in lines if line["type"] == "recording-opened"]
    assert second["follows"]["id"] == first["id"]
    spans = []
    for opened in (first, second):
        journal = payloads(world.home.recordings / opened["id"] / "journal.jws")
        segments = [line for line in journal if line["type"] == "segment"]
        spans.append(sum(line["duration_us"] for line in segments))
        assert journal[-1]["type"] == "close" and journal[0]["origin"] == "camera"
    assert sum(spans) == 14_000_000, "nothing is missing between them"
    assert all(
        (world.home.recordings / line["id"] / "media.sealed").stat().st_size for line in (first, second)
    )
