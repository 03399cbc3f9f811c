"""A start over a long life: what is remembered is used, and believed only where nothing can be won by it."""

import json

import pytest

from support.lines import payloads
from support.old_age import a_life, left_open, restart_seconds
from support.recorder_world import World, switch_on_and_off
from zhilu.errors import DataError
from zhilu.recorder.logbook import MUCH, STATE
from zhilu.recorder.run import open_logbook
from zhilu.sealed.logbook import LogbookReader

LINES = 800


@pytest.fixture
def old(world):
    a_life(world.home, LINES)
    assert world.home.logbook.stat().st_size > MUCH
    open_logbook(world.home)
    return world


@pytest.fixture
def fed(monkeypatch):
    """How many lines were read."""
    count, feed = [0], LogbookReader.feed

    def counting(self, line):
        count[0] += 1
        return feed(self, line)

    monkeypatch.setattr(LogbookReader, "feed", counting)
    return count


def test_a_second_start_reads_only_what_is_new_and_knows_the_same(old, fed):
    open_logbook(old.home).write("battery", percent=7)
    fed[0] = 0
    again = open_logbook(old.home)
    assert fed[0] == 1
    old.home.file(STATE).unlink()
    whole = open_logbook(old.home)
    assert fed[0] > LINES
    for name in ("recordings", "enrolled", "lines", "head", "last_at", "_now"):
        assert getattr(again.reader, name) == getattr(whole.reader, name), name
    assert again.newest == whole.newest


def test_a_line_written_after_it_follows_for_every_reader(old):
    switch_on_and_off(old.home)
    old.home.file(STATE).unlink()
    assert open_logbook(old.home).newest["shutdown"]["n"] == len(payloads(old.home.logbook)) - 1


def _another_body(old, data):
    head, _lf, body = data.partition(b"\n")
    state = json.loads(body)
    state["reader"]["recordings"] = []
    return head + b"\n" + json.dumps(state).encode()


def _of_another_recorder(old, data):
    other = World(old.folder / "other")
    other.adopt()
    a_life(other.home, LINES)
    open_logbook(other.home)
    return other.home.file(STATE).read_bytes()


SPOILED = {
    "another body": _another_body,
    "another recorder's": _of_another_recorder,
    "half of it": lambda old, data: data[: len(data) // 2],
    "nothing": lambda old, data: b"",
    "noise": lambda old, data: bytes(range(256)) * 40,
    "another signature": lambda old, data: data.replace(b"\n", b"A\n", 1),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_state_that_was_spoiled_is_not_believed(old, fed, name):
    path = old.home.file(STATE)
    path.write_bytes(SPOILED[name](old, path.read_bytes()))
    assert len(open_logbook(old.home).reader.recordings) == LINES // 8
    assert fed[0] > LINES


@pytest.mark.parametrize("place", [0.1, 0.5, 0.99])
def test_a_logbook_altered_behind_it_is_refused(old, place):
    data = bytearray(old.home.logbook.read_bytes())
    data[int(len(data) * place)] ^= 1
    old.home.logbook.write_bytes(data)
    with pytest.raises(DataError):
        open_logbook(old.home)


def test_a_logbook_cut_behind_it_is_read_anew(old, fed):
    lines = old.home.logbook.read_bytes().splitlines(keepends=True)
    old.home.logbook.write_bytes(b"".join(lines[:-3]))
    assert open_logbook(old.home).reader.lines == len(lines) - 3 == fed[0]


def test_a_start_over_an_open_journal_and_a_large_store(old):
    """The media are a hole of 32 GB, of which no line vouches for anything but the header."""
    left_open(old.home, 500, 2**35)
    assert restart_seconds(old.home) < 10, "of which the interpreter takes most, on a machine that is busy"
    recovered = [line for line in payloads(old.home.logbook) if line["type"] == "recovered"]
    assert len(recovered) == 1 and recovered[0]["cut"] > 2**34
    assert payloads(old.home.logbook)[-1]["type"] == "shutdown"
