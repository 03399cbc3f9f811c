"""One recording from the first picture to its end: order, full storage, write errors, sources that break."""

import errno
import os
import time

import pytest

import zhilu.durable as durable
from support.dock_world import Recorded
from support.lines import payloads
from support.recordings import MemoryMedia
from zhilu.devices.sources.base import Pace
from zhilu.devices.sources.file import FileSource
from zhilu.devices.sources.scene import SceneSource
from zhilu.errors import CallerError, WorldError
from zhilu.recorder import space
from zhilu.recorder.filming import Wishes
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import read_lines
from zhilu.sealed.envelopes import find_and_open_share
from zhilu.sealed.recording import verify_recording
from zhilu.sealed.segments import check_commitment, open_segment, recording_key


@pytest.fixture
def recorded(world):
    """Switched on; nothing recorded yet."""
    return Recorded(world, recordings=0)


def film(recorded, source=None, seconds=5.0):
    source = source or SceneSource()
    recorded.recorder.session.record(
        source, source.open(), Pace(lambda: False, seconds=seconds), realtime=False
    )


def logbook(world):
    return payloads(world.home.logbook)


def defects(home: Home, recording: str):
    folder = home.recordings / recording
    media = MemoryMedia((folder / "media.sealed").read_bytes())
    report = verify_recording(read_lines(folder / "journal.jws"), media, read_lines(home.logbook))
    return [finding.code for finding in report.defects]


def closed(world):
    return [line for line in logbook(world) if line["type"] in ("recording-closed", "recovered")]


def test_what_was_filmed_opens_with_the_bureaus_key_only(world, recorded, clips):
    film(recorded, FileSource(clips / "bikes.mp4"), None)
    (line,) = closed(world)
    folder = world.home.recordings / line["id"]
    journal = payloads(folder / "journal.jws")
    opened, segments = journal[0], [entry for entry in journal if entry["type"] == "segment"]
    life = recorded.lives[0]
    _j, share = find_and_open_share(opened["shares"], life.recording, world.bureau_key)
    key = recording_key([share], life.recording)
    check_commitment(key, life.recording, bytes.fromhex(opened["key_commitment"]))
    media = (folder / "media.sealed").read_bytes()
    plain = [
        open_segment(
            key, life.recording, entry["i"], media[entry["offset"] : entry["offset"] + entry["length"]]
        )
        for entry in segments
    ]
    source = FileSource(clips / "bikes.mp4")
    header = source.open()
    wanted = [fragment.data for fragment in source.fragments(Pace(lambda: False))]
    assert plain == [header.data, *wanted]
    assert (opened["origin"], opened["officer"], opened["policy"]) == ("file", world.officer, 1)


def test_times_of_a_film_come_from_the_film(world, recorded, clips):
    begun = time.monotonic()
    film(recorded, FileSource(clips / "bikes.mp4"), None)
    took_us = (time.monotonic() - begun) * 1e6
    from zhilu.encoding import parse_time

    journal = payloads(world.home.recordings / closed(world)[0]["id"] / "journal.jws")
    shot = parse_time(journal[-1]["at"]) - parse_time(journal[0]["at"])
    assert abs(shot.total_seconds() - 10.08) < 0.01
    assert journal[-1]["mono_us"] - journal[0]["mono_us"] <= took_us, "the monotonic clock is the machine's"
    assert journal[-1]["reason"] == "end-of-source"


def test_each_recording_has_a_key_of_its_own(world, recorded):
    film(recorded, seconds=1.0)
    film(recorded, seconds=1.0)
    journals = [payloads(world.home.recordings / line["id"] / "journal.jws") for line in closed(world)]
    assert len({journal[0]["key_commitment"] for journal in journals}) == 2


def test_too_little_space_before_the_first_segment(world, recorded):
    """No recording, but a signed fault and a signed reason."""
    recorded.recorder.space._usage = lambda folder: (space.LEAST_FREE - 1, 10**9)
    assert recorded.recorder.film(SceneSource(), Wishes(seconds=1.0)) == "not-recording"
    fault, reason = logbook(world)[-2:]
    assert (fault["type"], fault["code"]) == ("fault", "storage-full")
    assert (reason["type"], reason["reason"]) == ("not-recording", "storage-full")
    assert list(world.home.recordings.iterdir()) == []


def test_space_that_ends_while_recording(world, recorded):
    """Asked before the first segment and before each one after: the third answer is no."""
    answers = iter([(10**9, 10**9)] * 7)
    recorded.recorder.space._usage = lambda folder: next(answers, (0, 10**9))
    film(recorded, seconds=60)
    (line,) = closed(world)
    journal = payloads(world.home.recordings / line["id"] / "journal.jws")
    assert (line["type"], journal[-1]["reason"]) == ("recording-closed", "storage-full")
    assert logbook(world)[-1]["code"] == "storage-full"
    assert defects(world.home, line["id"]) == []


def test_a_write_that_finds_no_room_is_closed_out_of_the_reserve(world, recorded, monkeypatch):
    """The storage said there was room, and then there was none: half a segment had been written."""
    reserve = world.home.file("reserve")
    assert reserve.stat().st_blocks * 512 >= space.RESERVE
    _fail_media(monkeypatch, errno.ENOSPC, at=3)
    film(recorded, seconds=20)
    assert not reserve.exists()
    (line,) = closed(world)
    journal = payloads(world.home.recordings / line["id"] / "journal.jws")
    assert (line["segments"], journal[-1]["reason"]) == (3, "storage-full")
    assert defects(world.home, line["id"]) == []


def test_a_write_error_begins_a_new_recording(world, recorded, monkeypatch):
    _fail_media(monkeypatch, errno.EIO, at=3)
    film(recorded, seconds=20)
    first, second = closed(world)
    assert (first["type"], first["segments"]) == ("recovered", 3)
    assert (second["type"], second["segments"]) == ("recording-closed", 1 + 8)
    assert first["id"] != second["id"]
    assert [line["code"] for line in logbook(world) if line["type"] == "fault"] == ["write-error"]
    assert defects(world.home, first["id"]) == defects(world.home, second["id"]) == []


def test_write_errors_that_go_on_end_the_session(world, recorded, monkeypatch):
    _fail_media(monkeypatch, errno.EIO, at=3, times=99)
    film(recorded, seconds=20)
    assert all(line["type"] == "recovered" for line in closed(world))
    assert {line["code"] for line in logbook(world) if line["type"] == "fault"} == {"write-error"}
    assert len(closed(world)) == 2


def test_no_room_for_the_first_segment(world, recorded, monkeypatch):
    _fail_media(monkeypatch, errno.ENOSPC, at=0)
    film(recorded, seconds=20)
    assert [line["segments"] for line in closed(world)] == [0]
    assert logbook(world)[-1]["code"] == "storage-full"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_segment_whose_line_could_not_be_written_is_dropped(world, recorded, monkeypatch, number):
    """Its bytes are durable, its line is not: no line vouches for them. (The journal's first piece is
    `open`.)"""
    _fail_media(monkeypatch, number, at=4, file="journal.jws")
    film(recorded, seconds=20)
    first = closed(world)[0]
    media = world.home.recordings / first["id"] / "media.sealed"
    assert (first["segments"], first["length"]) == (3, media.stat().st_size)
    assert [defects(world.home, line["id"]) for line in closed(world)] == [[]] * (
        1 if number == errno.ENOSPC else 2
    )


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_close_that_cannot_be_written_is_recovered_at_once(world, recorded, monkeypatch, number):
    _fail_media(monkeypatch, number, at=5, file="journal.jws")
    film(recorded, seconds=5.0)
    (line,) = closed(world)
    assert (line["type"], line["segments"]) == ("recovered", 4)
    assert defects(world.home, line["id"]) == []


def _fail_media(monkeypatch, number, at, times=1, file="media.sealed"):
    """The write of the piece after the at-th fails half way, and so do `times - 1` after it."""
    real, count = durable.Appender.append, {file: 0}

    def append(self, data):
        if self.path.name == file:
            count[file] += 1
            if at < count[file] <= at + times:
                os.write(self._handle, data[: len(data) // 2])
                raise OSError(number, os.strerror(number))
        real(self, data)

    monkeypatch.setattr(durable.Appender, "append", append)


class Breaking(SceneSource):
    def fragments(self, going):
        for number, fragment in enumerate(super().fragments(going)):
            if number == 2:
                raise WorldError(
                    "source", "The source {path} cannot be read: {reason}", path="x", reason="gone"
                )
            yield fragment


def test_a_source_that_breaks_is_a_fault(world, recorded):
    film(recorded, Breaking(), seconds=60)
    (line,) = closed(world)
    journal = payloads(world.home.recordings / line["id"] / "journal.jws")
    assert (line["type"], journal[-1]["reason"]) == ("recording-closed", "fault")
    assert logbook(world)[-1]["code"] == "source"
    assert defects(world.home, line["id"]) == []


def test_cleared_recordings_are_erased_oldest_first_and_only_as_needed(world, recorded):
    for _ in range(3):
        film(recorded, seconds=1.0)
    ids = [line["id"] for line in closed(world)]
    for recording in ids[:2]:
        recorded.logbook.write("cleared", id=recording, receipt="00" * 32, index=1, checkpoint="00" * 32)
    free = [0]
    recorded.recorder.space._usage = lambda folder: (space.LEAST_FREE if free[0] else 0, 10**9)
    real = recorded.recorder.space.erase

    def erase(recording):
        real(recording)
        free[0] = 1

    recorded.recorder.space.erase = erase
    assert recorded.recorder.space.enough()
    assert sorted(path.name for path in world.home.recordings.iterdir()) == sorted(ids[1:])


def test_what_is_not_cleared_is_never_erased(world, recorded):
    film(recorded, seconds=1.0)
    recorded.recorder.space._usage = lambda folder: (0, 10**9)
    assert not recorded.recorder.space.enough()
    assert len(list(world.home.recordings.iterdir())) == 1
    with pytest.raises(CallerError):
        recorded.recorder.space.erase(recorded.lives[0].recording)


def test_half_a_line_of_the_logbook_is_dropped_or_nothing_follows_it(world, recorded, monkeypatch):
    from zhilu.sealed.keys import load_jwk
    from zhilu.sealed.logbook import read_logbook

    whole = world.home.logbook.read_bytes()

    def half(handle, data):
        real(handle, data[:50])
        raise OSError(errno.EIO, "gone")

    real = os.write
    with monkeypatch.context() as patched:
        patched.setattr(durable.os, "write", half)
        with pytest.raises(WorldError):
            recorded.logbook.write("battery", percent=1)
    assert world.home.logbook.read_bytes() == whole
    recorded.logbook.write("battery", percent=2)
    with monkeypatch.context() as patched:
        patched.setattr(durable.os, "write", half)
        patched.setattr(durable.os, "ftruncate", lambda *_: (_ for _ in ()).throw(OSError(errno.EIO, "gone")))
        with pytest.raises(WorldError):
            recorded.logbook.write("battery", percent=3)
    with pytest.raises(WorldError):
        recorded.logbook.write("battery", percent=4)
    reader = read_logbook(read_lines(world.home.logbook), load_jwk(world.signer.jwk), world.signer.kid)
    assert [finding.code for finding in reader.findings] == ["torn-tail"]
