"""Power-on is recording: from `boot` on, a recording or a signed reason why not, and what broke off."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from support.dock_world import Recorded
from support.lines import payloads
from support.recorder_world import World, switch_on_and_off
from zhilu.cli import main
from zhilu.devices.gnss import Position
from zhilu.devices.sources.scene import SceneSource
from zhilu.encoding import parse_time
from zhilu.errors import WorldError
from zhilu.recorder import filming, space
from zhilu.recorder.filming import Filming, Wishes
from zhilu.recorder.recording import Recording
from zhilu.recorder.senses import sealed_form
from zhilu.recorder.signals import Signals
from zhilu.sealed.envelopes import open_text_key
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.logbook import read_logbook
from zhilu.sealed.segments import open_private

MOST_WAITS = 12


class Camera(SceneSource):
    """A live source as planned: at each opening None (no picture), or how many fragments come before it
    breaks. After the plan the recorder is switched off."""

    origin, live = "camera", True

    def __init__(self, plan, off):
        super().__init__()
        self.plan, self.off, self.opened = iter(plan), off, 0
        self.left = self.change = None

    def open(self):
        self.opened += 1
        self.left = next(self.plan, "off")
        if self.left in (None, "off"):
            self.off.stopped = self.left == "off"
            raise WorldError("source", "gone: {where}", where="rtsp://user:secret@camera/1")
        SceneSource.__init__(self)
        return super().open()

    def fragments(self, going):
        for number, fragment in enumerate(super().fragments(going)):
            if number == self.left:
                more = {"change": self.change} if self.change else {}
                raise WorldError("source", "gone", **more)
            yield fragment


@pytest.fixture
def recorded(world):
    return Recorded(world, recordings=0)


@pytest.fixture
def filmed_as(recorded, monkeypatch):
    """Films a camera with a plan, at once; returns the reason of the shutdown."""
    waits = []

    def film(plan, change=None):
        signals = Signals()

        def wait(seconds):
            waits.append(seconds)
            signals.stopped = len(waits) >= MOST_WAITS

        monkeypatch.setattr(signals, "wait", wait)
        recorder = recorded.recorder
        one = Filming(recorder.session, recorder.logbook, recorder.screen, signals)
        camera = Camera(plan, signals)
        camera.change = change
        with monkeypatch.context() as patched:
            patched.setattr(filming, "Pace", lambda stopped, realtime, seconds: _Unpaced(stopped))
            return one.run(camera, Wishes())

    film.waits = waits
    return film


class _Unpaced:
    def __init__(self, stopped):
        self._stopped, self.ended = stopped, False

    def __call__(self, at_s):
        self.ended = self._stopped()
        return not self.ended


def since_boot(world):
    lines = payloads(world.home.logbook)
    boot = max(line["n"] for line in lines if line["type"] == "boot")
    return [line for line in lines if line["n"] > boot and line["type"] != "storage"]


def kinds(world):
    return [line["type"] for line in since_boot(world)]


def sound(world):
    """Nothing is found in the logbook, not even a note."""
    lines = world.home.logbook.read_bytes().splitlines(keepends=True)
    return read_logbook(lines, load_jwk(world.signer.jwk), world.signer.kid).findings == []


def test_a_camera_that_comes_late_is_recorded_and_the_reason_is_said_once(world, filmed_as):
    assert filmed_as([None, None, None, 1]) == "power-off"
    assert kinds(world) == ["not-recording", "recording-opened", "recording-closed", "fault"]
    reason = since_boot(world)[0]
    assert reason["reason"] == "camera" and "secret" not in reason["detail"]
    assert filmed_as.waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert "follows" not in since_boot(world)[1] and sound(world)


def test_waiting_grows_to_half_a_minute_and_no_more(filmed_as):
    filmed_as([None] * 9)
    assert max(filmed_as.waits) == filmed_as.waits[-1] == 30.0


def test_a_camera_that_breaks_is_gone_on_from_in_a_new_recording(world, filmed_as):
    filmed_as([2, None, None, 1])
    assert kinds(world) == ["recording-opened", "recording-closed", "fault"] * 2
    first, _closed, fault, second = since_boot(world)[:4]
    journal = payloads(world.home.recordings / first["id"] / "journal.jws")
    assert journal[-1]["reason"] == "fault" and fault["code"] == "source"
    assert second["follows"] == {"id": first["id"], "until": journal[-1]["at"]}
    assert sound(world)


def test_a_change_of_codec_goes_on_at_once_in_a_new_recording(world, filmed_as):
    filmed_as([2, 2], change="codec")
    assert kinds(world)[:6] == ["recording-opened", "recording-closed", "fault"] * 2
    faults = [line["code"] for line in since_boot(world) if line["type"] == "fault"]
    assert faults == ["codec", "codec", "source"] and filmed_as.waits == []
    assert since_boot(world)[3]["follows"]["id"] == since_boot(world)[0]["id"] and sound(world)


def test_storage_that_fills_while_a_camera_runs_is_said_once(world, recorded, filmed_as):
    recorded.recorder.space._usage = lambda folder: (space.LEAST_FREE - 1, space.LEAST_FREE)
    filmed_as([5])
    recorded.recorder.space._usage = lambda folder: (0, 10**9)
    lines = since_boot(world)
    assert [line["type"] for line in lines][:2] == ["fault", "not-recording"]
    assert lines[1]["reason"] == "storage-full" and list(world.home.recordings.iterdir()) == []


def test_in_the_dock_is_a_reason(world):
    switch_on_and_off(world.home)
    assert kinds(world) == ["not-recording", "shutdown"]
    assert since_boot(world)[0]["reason"] == "in-dock" and sound(world)


def test_without_a_policy_nothing_is_recorded_and_it_is_on_record(world, recorded, filmed_as, monkeypatch):
    del recorded.adopted._held["policy-set/1"]
    assert filmed_as([5, 5]) == "not-recording"
    assert kinds(world) == ["not-recording"] and since_boot(world)[0]["reason"] == "no-policy"
    assert list(world.home.recordings.iterdir()) == []


def test_a_source_that_cannot_be_opened_is_docked_all_the_same(world, capsys, monkeypatch):
    served = []
    monkeypatch.setattr("zhilu.recorder.run.serve", lambda *_: served.append(1) or "undocked")
    words = ["--lang", "en", "recorder", "run", "--home", str(world.home.folder), "--source", "/no/such"]
    assert main([*words, "--dock", "127.0.0.1:0"]) == 0
    assert served and kinds(world) == ["not-recording", "shutdown"]
    assert "no picture comes from the camera" in capsys.readouterr().out


# -- what a crash left


def crashed(recorded):
    """A recording whose process died."""
    append, calls = Recording.append, []

    def dying(self, *arguments):
        append(self, *arguments)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    Recording.append = dying
    try:
        with pytest.raises(KeyboardInterrupt):
            recorded.recorder.film(SceneSource(), Wishes(seconds=20.0))
    finally:
        Recording.append = append


def test_after_a_crash_the_next_recording_says_since_when_nothing_was_recorded(world, recorded):
    crashed(recorded)
    last = payloads(next(world.home.recordings.iterdir()) / "journal.jws")[-1]
    again = Recorded(world, recordings=0)
    again.recorder.film(SceneSource(), Wishes(seconds=1.0))
    lines = payloads(world.home.logbook)
    (recovered,) = [line for line in lines if line["type"] == "recovered"]
    opened = [line for line in lines if line["type"] == "recording-opened"]
    assert recovered["until"] == last["at"] and recovered["minutes"] == 0
    assert opened[1]["follows"] == {"id": opened[0]["id"], "until": last["at"]}


def test_a_second_crash_before_the_next_recording_does_not_hide_the_hole(world, recorded):
    crashed(recorded)
    for _ in range(2):
        again = Recorded(world, recordings=0)  # power goes right after `boot`
    again.recorder.film(SceneSource(), Wishes(seconds=1.0))
    opened = [line for line in payloads(world.home.logbook) if line["type"] == "recording-opened"]
    assert opened[1]["follows"]["id"] == opened[0]["id"]


def test_switched_off_in_order_there_is_nothing_to_go_on_from(world, recorded):
    crashed(recorded)
    switch_on_and_off(world.home)
    Recorded(world, recordings=0).recorder.film(SceneSource(), Wishes(seconds=1.0))
    opened = [line for line in payloads(world.home.logbook) if line["type"] == "recording-opened"]
    assert len(opened) == 2 and "follows" not in opened[1]


def test_a_clock_that_was_set_back_leaves_everything_sound(world, recorded):
    crashed(recorded)
    again = Recorded(world, recordings=0)
    again.clock.offset_us = -int(timedelta(days=3) / timedelta(microseconds=1))
    again.recorder.film(SceneSource(), Wishes(seconds=1.0))
    opened = [line for line in payloads(world.home.logbook) if line["type"] == "recording-opened"]
    assert parse_time(opened[1]["at"]) < parse_time(opened[1]["follows"]["until"])
    assert switch_on_and_off(world.home)


# -- positions


def test_a_position_is_sealed_with_a_segment_of_a_camera_and_of_nothing_else(world, recorded, filmed_as):
    fix = Position(datetime(2026, 11, 24, 10, 0, tzinfo=UTC), 371_840_000, -1_150_300_000, 2500)
    recorded.recorder.session.where = lambda: sealed_form(fix)
    filmed_as([1])
    recorded.recorder.film(SceneSource(), Wishes(seconds=1.0))
    opened = [line["id"] for line in since_boot(world) if line["type"] == "recording-opened"]
    journals = [payloads(world.home.recordings / one / "journal.jws") for one in opened]
    (segment,) = [line for line in journals[0] if "private" in line]
    assert segment["i"] == 1 and not any("private" in line for line in journals[1])
    assert secret(world, journals[0], segment) == {
        "position": {
            "at": "2026-11-24T10:00:00.000Z",
            "lat": 371_840_000,
            "lon": -1_150_300_000,
            "error_mm": 2500,
        }
    }


def secret(world: World, journal, line):
    from uuid import UUID

    recording = UUID(journal[0]["id"])
    from zhilu.encoding import unb64u

    key = open_text_key(unb64u(journal[0]["text"]["sealed"]), recording, world.text_key)
    return open_private(key, recording, line["n"], line["private"])


def test_the_screen_tells_of_levels_and_reasons(recorded):
    out = io.StringIO()
    recorded.recorder.screen._out = out
    recorded.recorder.screen.storage(9)
    recorded.recorder.screen.fault("write-error", "EIO")
    assert "9 %" in out.getvalue() and "EIO" in out.getvalue()
