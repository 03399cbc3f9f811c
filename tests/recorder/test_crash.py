"""Power cuts: at random moments of a real process, at each step of a write, at each byte of the last line.

The invariant, in one sentence: whatever happens, every segment whose line was durable is found sound, nothing
else is left, and the logbook says what was cut.
"""

import contextlib
import errno
import itertools
import os
import shutil
from pathlib import Path

import pytest

import zhilu.durable as durable
from support.dock_world import Recorded
from support.kills import kill_apart
from support.lines import payloads
from support.recorder_world import switch_on_and_off
from support.recordings import MemoryMedia
from zhilu.devices.clock import SystemClock
from zhilu.devices.counter import FileCounter
from zhilu.devices.sources.base import Pace
from zhilu.devices.sources.scene import SceneSource
from zhilu.errors import WorldError
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import Logbook, read_lines
from zhilu.recorder.recording import Recording, Scene
from zhilu.recorder.recovery import recover_all
from zhilu.recorder.run import Options, run
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.logbook import read_logbook
from zhilu.sealed.recording import verify_recording


def judge(home: Home, recording: str):
    """(codes of defects, segments found sound) by the verifier, which shares no code with recovery's
    decisions."""
    folder = home.recordings / recording
    media = folder / "media.sealed"
    report = verify_recording(
        read_lines(folder / "journal.jws"),
        MemoryMedia(media.read_bytes() if media.exists() else b""),
        read_lines(home.logbook),
    )
    return [finding.code for finding in report.defects], report.facts.get("segments_sound", 0)


def reopened(home: Home, world) -> Logbook:
    return Logbook(home.logbook, world.signer, FileCounter(home.file("counter")), SystemClock())


@pytest.fixture
def cut_short(world):
    """A recording whose process died after its third segment; (home, its id, its number of segments)."""
    recorded = Recorded(world, recordings=0)
    source = SceneSource()
    header = source.open()
    scene = Scene(header, "test", recorded.adopted.policy, recorded.adopted.duty)
    recording = Recording.begin(world.home, recorded.logbook, scene, recorded.clock)
    for fragment in source.fragments(Pace(lambda: False, seconds=5.0)):
        recording.append(fragment)
    recording.abandon()
    return world.home, recording.id, recording.segments


def test_recovery_closes_it_and_every_segment_is_sound(world, cut_short):
    home, recording, segments = cut_short
    logbook = reopened(home, world)
    (one,) = recover_all(home, logbook)
    assert (one.segments, one.cut, one.torn, one.fault) == (segments, 0, 0, None)
    assert judge(home, str(recording)) == ([], segments)
    assert payloads(home.logbook)[-1]["type"] == "recovered"
    assert recover_all(home, logbook) == []


def test_bytes_beyond_the_last_line_are_cut(world, cut_short):
    home, recording, segments = cut_short
    media = home.recording(recording) / "media.sealed"
    whole = media.read_bytes()
    media.write_bytes(whole + b"x" * 4321)
    (one,) = recover_all(home, reopened(home, world))
    assert one.cut == 4321 and media.read_bytes() == whole
    assert judge(home, str(recording)) == ([], segments)


def test_a_first_line_torn_leaves_a_recording_of_no_lines(world, cut_short):
    home, recording, _segments = cut_short
    journal = home.recording(recording) / "journal.jws"
    first = journal.read_bytes().split(b"\n")[0]
    journal.write_bytes(first[:100])
    (home.recording(recording) / "media.sealed").write_bytes(b"")
    (one,) = recover_all(home, reopened(home, world))
    assert (one.torn, one.segments) == (100, 0)
    assert payloads(home.logbook)[-1]["lines"] == 0


def test_a_torn_logbook_is_cut_and_says_so(world, cut_short):
    home, _recording, _segments = cut_short
    whole = home.logbook.read_bytes()
    for torn in (1, 2, 50, 300):
        home.logbook.write_bytes(whole + whole[-torn - 1 : -1])
        logbook = reopened(home, world)
        assert logbook.torn == torn and home.logbook.read_bytes() == whole


def test_media_that_are_missing_are_a_fault_not_a_silence(world, cut_short):
    home, recording, _segments = cut_short
    media = home.recording(recording) / "media.sealed"
    media.write_bytes(media.read_bytes()[:-10])
    (one,) = recover_all(home, reopened(home, world))
    assert one.fault == "media-short"
    assert payloads(home.logbook)[-1] | {"type": "fault", "code": "media-short"} == payloads(home.logbook)[-1]
    assert "media-short" in judge(home, str(recording))[0]


def test_a_journal_that_was_altered_is_a_fault_and_stays_as_it_is(world, cut_short):
    home, recording, _segments = cut_short
    journal = home.recording(recording) / "journal.jws"
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 1
    journal.write_bytes(data)
    (one,) = recover_all(home, reopened(home, world))
    assert one.fault == "journal-damaged" and journal.read_bytes() == data


def test_a_logbook_that_was_altered_is_not_continued(world, cut_short):
    home, _recording, _segments = cut_short
    data = bytearray(home.logbook.read_bytes())
    data[200] ^= 1
    home.logbook.write_bytes(data)
    from zhilu.errors import DataError

    with pytest.raises(DataError) as refused:
        reopened(home, world)
    assert refused.value.code == "logbook" and home.logbook.read_bytes() == data


class Cut(BaseException):
    """Power has gone: nothing after it happens."""


STEPS = 60


def test_a_cut_at_each_durable_step_of_a_recording(world, monkeypatch, tmp_path):
    """Every call that writes is made to be the first that takes no effect: all before it have, as if power
    had gone right after the one before."""
    seen = set()
    for step in range(STEPS):
        home = Home(tmp_path / "copy")
        shutil.copytree(world.home.folder, home.folder)
        died = _record_until(home, step, monkeypatch)
        seen.add(died)
        switch_on_and_off(home)
        lines = payloads(home.logbook)
        opened = [line["id"] for line in lines if line["type"] == "recording-opened"]
        closed = [line for line in lines if line["type"] in ("recording-closed", "recovered")]
        assert [line["id"] for line in closed] == opened
        reader = read_logbook(read_lines(home.logbook), load_jwk(world.signer.jwk), world.signer.kid)
        # A cut between the counter and its line is reported: nobody may hide a line behind it.
        assert {finding.code for finding in reader.findings if finding.defect} <= {"counter"}, step
        for line in closed:
            if line["lines"]:
                defects, sound = judge(home, line["id"])
                assert set(defects) <= {"counter"} and sound == line["segments"], (step, defects)
        shutil.rmtree(home.folder)
        if not died:
            break
    assert True in seen and False in seen, "every step was reached"


def _record_until(home: Home, step: int, monkeypatch) -> bool:
    """Run a short recording and cut the power before the step-th durable call. False: it came to its end."""
    calls = itertools.count()

    def cutting(real):
        def call(*arguments):
            if next(calls) < step:
                return real(*arguments)
            raise Cut

        return call

    with monkeypatch.context() as patched:
        for name in ("fdatasync", "fsync", "write", "mkdir", "rename", "replace", "unlink"):
            patched.setattr(durable.os, name, cutting(getattr(os, name)))
        try:
            run(home, Options("test", seconds=2.5))
        except Cut:
            return True
    return False


@pytest.mark.parametrize(("number", "stride"), [(errno.EIO, 1), (errno.ENOSPC, 4)])
def test_each_call_to_storage_fails_once(world, monkeypatch, tmp_path, number, stride):
    """It goes on or it ends with one error; the next start finds all that was durable, and nothing unsaid."""
    reached = False
    for step in range(0, 200, stride):
        home = Home(tmp_path / "copy")
        shutil.copytree(world.home.folder, home.folder)
        failed = _record_with_a_failure(home, step, number, monkeypatch)
        switch_on_and_off(home)
        lines = payloads(home.logbook)
        opened = [line["id"] for line in lines if line["type"] == "recording-opened"]
        closed = [line for line in lines if line["type"] in ("recording-closed", "recovered")]
        assert sorted(line["id"] for line in closed) == sorted(opened), step
        for line in closed:
            if line["lines"]:
                defects, sound = judge(home, line["id"])
                assert set(defects) <= {"counter"} and sound == line["segments"], (step, defects)
        shutil.rmtree(home.folder)
        reached |= failed
        if not failed:
            break
    assert reached and not failed


def _record_with_a_failure(home: Home, step: int, number: int, monkeypatch) -> bool:
    """False: there are not so many calls."""
    calls, failed = itertools.count(), []

    def failing(real):
        def call(*arguments):
            if next(calls) == step:
                failed.append(step)
                raise OSError(number, os.strerror(number))
            return real(*arguments)

        return call

    with monkeypatch.context() as patched:
        for name in ("fdatasync", "fsync", "write", "open", "ftruncate", "posix_fallocate"):
            patched.setattr(durable.os, name, failing(getattr(os, name)))
        with contextlib.suppress(WorldError):
            run(home, Options("test", seconds=1.0))
    return bool(failed)


def test_kills_at_random_moments(world):
    """SIGKILL of a real recorder while it starts, recovers, films; then it starts again, and again. `make
    soak` does so for as long as one likes."""
    outcome = kill_apart(world.home, 15, 20261124)
    assert (outcome.lost, outcome.defects, outcome.gaps_unsaid) == ([], [], [])
    assert outcome.recordings > 4 and outcome.segments > 4
    assert outcome.restart_s < 10


def test_a_folder_without_its_recording_is_recovered_as_nothing(world):
    """A crash right after the logbook's line: no folder yet."""
    recorded = Recorded(world, recordings=0)
    recorded.logbook.write("recording-opened", id="01a20d47-02d2-72d6-bcb7-aa8c0b352488")
    (one,) = recover_all(world.home, reopened(world.home, world))
    assert one.segments == 0
    assert Path(world.home.recordings).exists()
