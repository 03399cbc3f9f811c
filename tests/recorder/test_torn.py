"""Writes that power cut short: a line of the journal and of the logbook at every few offsets, a block of
media at each.
"""

import os
import secrets

import pytest

from support.dock_world import Recorded
from support.lines import payloads
from support.recordings import MemoryMedia
from zhilu.devices.clock import SystemClock
from zhilu.devices.counter import FileCounter
from zhilu.devices.sources.base import Pace
from zhilu.devices.sources.scene import SceneSource
from zhilu.recorder.logbook import Logbook, read_lines
from zhilu.recorder.recording import Recording, Scene
from zhilu.recorder.recovery import cut_media, read_journal, recover_all
from zhilu.sealed.recording import verify_recording

BLOCK = 4096
JUDGED = 97
"""About every so many offsets the verifier is asked too; the bytes are compared at each."""


def offsets(start, end):
    """At both ends of a line each, between them each fifth: 5 has no factor of base64's 4."""
    return [at for at in range(start, end) if at % 5 == 0 or at < start + 8 or at >= end - 8]


class Torn:
    """A recorder that died while it recorded; `as_left` puts its files back, with some of them changed."""

    def __init__(self, world):
        recorded = Recorded(world, recordings=0)
        source = SceneSource()
        scene = Scene(source.open(), "test", recorded.adopted.policy, recorded.adopted.duty)
        recording = Recording.begin(world.home, recorded.logbook, scene, recorded.clock)
        for fragment in source.fragments(Pace(lambda: False, seconds=5.0)):
            recording.append(fragment)
        recording.abandon()
        self.world, self.home, self.segments = world, world.home, recording.segments
        folder = self.home.recording(recording.id)
        self.journal, self.media = folder / "journal.jws", folder / "media.sealed"
        self.files = (self.journal, self.media, self.home.logbook, self.home.file("counter"))
        self.left = {path: path.read_bytes() for path in self.files}

    def as_left(self, **changed):
        for name, path in zip(("journal", "media", "logbook", "counter"), self.files, strict=True):
            data = changed.get(name, self.left[path])
            if path.read_bytes() != data:
                path.write_bytes(data)
        clock, counter = SystemClock(), FileCounter(self.home.file("counter"))
        return Logbook(self.home.logbook, self.world.signer, counter, clock)

    def judged(self):
        """(codes of defects, segments found sound)"""
        report = verify_recording(
            read_lines(self.journal), MemoryMedia(self.media.read_bytes()), read_lines(self.home.logbook)
        )
        return [finding.code for finding in report.defects], report.facts["segments_sound"]


@pytest.fixture
def torn(world, monkeypatch):
    torn = Torn(world)
    for name in ("fsync", "fdatasync"):  # what is durable is decided here, not by the disk
        monkeypatch.setattr(os, name, lambda handle: None)
    return torn


def test_the_last_line_of_a_journal(torn):
    whole, media = torn.left[torn.journal], torn.left[torn.media]
    start = whole[:-1].rfind(b"\n") + 1
    last = payloads(torn.journal)[-1]
    assert last["type"] == "segment"
    for number, end in enumerate(offsets(start, len(whole))):
        (one,) = recover_all(torn.home, torn.as_left(journal=whole[:end]))
        assert (one.torn, one.cut, one.segments) == (end - start, last["length"], torn.segments - 1), end
        assert torn.journal.read_bytes() == whole[:start]
        assert torn.media.read_bytes() == media[: last["offset"]]
        if number * 5 % JUDGED < 5:
            assert torn.judged() == ([], torn.segments - 1)


def test_the_last_block_of_media_at_each_byte(torn):
    """Of a segment that was being written: no line vouches for it yet."""
    media, more = torn.left[torn.media], secrets.token_bytes(BLOCK)
    logbook = torn.as_left()
    reader = read_journal(torn.journal, logbook, next(iter(logbook.reader.recordings.values())))
    torn.media.write_bytes(media + more)
    for size in range(BLOCK, 0, -1):
        os.truncate(torn.media, len(media) + size)
        if size % JUDGED == 0:
            (one,) = recover_all(torn.home, torn.as_left(media=media + more[:size]))
            assert (one.cut, one.segments) == (size, torn.segments)
            assert torn.judged() == ([], torn.segments)
        else:
            assert cut_media(torn.media, reader) == (size, None)
        with torn.media.open("r+b") as file:
            assert file.seek(0, os.SEEK_END) == len(media)
            file.write(more[: size - 1])


def test_media_that_a_line_vouches_for_are_missed_at_each_byte(torn):
    """No power cut explains it: storage lied. It is left as it is, signed as a fault, and found."""
    media = torn.left[torn.media]
    for size in range(len(media) - 1, len(media) - BLOCK, -61):
        (one,) = recover_all(torn.home, torn.as_left(media=media[:size]))
        assert (one.fault, one.segments) == ("media-short", torn.segments)
        assert torn.media.read_bytes() == media[:size]
    assert "media-short" in torn.judged()[0]


def test_the_last_line_of_a_logbook(torn):
    """It was `recovered`, so this is a power cut during a recovery: it is done once more."""
    whole = torn.left[torn.home.logbook]
    recover_all(torn.home, torn.as_left())
    line, counter = torn.home.logbook.read_bytes()[len(whole) :], torn.home.file("counter").read_bytes()
    assert line.count(b"\n") == 1
    for number, size in enumerate(offsets(0, len(line))):
        logbook = torn.as_left(logbook=whole + line[:size], counter=counter)
        assert logbook.torn == size and torn.home.logbook.read_bytes() == whole
        (one,) = recover_all(torn.home, logbook)
        assert (one.segments, one.cut, one.torn) == (torn.segments, 0, 0)
        if number * 5 % JUDGED < 5:
            # The number of the line that was cut short is gone, and that is said.
            assert torn.judged() == (["counter"], torn.segments)
