"""Clock, counter, key, durable files."""

import os
from datetime import UTC, datetime

import pytest

from zhilu import durable
from zhilu.devices.clock import MediaClock, SystemClock
from zhilu.devices.counter import FileCounter
from zhilu.devices.signer import create_key, load_key
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.sealed.keys import load_jwk, verify_es256


def test_the_counter_goes_up_by_one_and_survives(tmp_path):
    counter = FileCounter.create(tmp_path / "counter")
    assert [counter.increase() for _ in range(3)] == [1, 2, 3]
    assert FileCounter(tmp_path / "counter").value() == 3


@pytest.mark.parametrize("content", [b"", b"3", b"-1\n", b"x\n", "３\n".encode(), b"1\n2\n", None])
def test_a_counter_that_cannot_be_read_is_never_taken_for_zero(tmp_path, content):
    if content is not None:
        (tmp_path / "counter").write_bytes(content)
    with pytest.raises(DataError) as refused:
        FileCounter(tmp_path / "counter").increase()
    assert refused.value.code == "counter-file"


def test_a_cut_while_the_counter_is_written_leaves_the_old_or_the_new(tmp_path, monkeypatch):
    counter = FileCounter.create(tmp_path / "counter")
    monkeypatch.setattr(durable.os, "fsync", lambda handle: (_ for _ in ()).throw(OSError("cut")))
    with pytest.raises(OSError):
        counter.increase()
    assert counter.value() == 0


def test_a_key_is_the_owners_alone(tmp_path):
    signer = create_key(tmp_path / "key")
    again = load_key(tmp_path / "key")
    assert again.kid == signer.kid
    verify_es256(load_jwk(again.jwk), b"data", again.sign(b"data"))
    with pytest.raises(CallerError):
        create_key(tmp_path / "key")
    for mode in (0o604, 0o640, 0o660):
        (tmp_path / "key").chmod(mode)
        with pytest.raises(CallerError) as refused:
            load_key(tmp_path / "key")
        assert refused.value.code == "key-mode"


def test_a_key_that_is_missing_or_none(tmp_path):
    with pytest.raises(WorldError):
        load_key(tmp_path / "key")
    (tmp_path / "key").write_bytes(b"x")
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(DataError) as refused:
        load_key(tmp_path / "key")
    assert refused.value.code == "private-key"


def test_the_clock_takes_a_correction():
    clock = SystemClock(offset_us=3_600_000_000)
    assert 3599 < (clock.now() - datetime.now(UTC)).total_seconds() < 3601
    assert 0 <= clock.mono_us() <= clock.mono_us() < 1_000_000


def test_a_films_time_goes_on_by_its_pts_and_never_back():
    base = SystemClock()
    clock = MediaClock(base)
    began = clock.now()
    clock.reach(90_000_000)
    clock.reach(80_000_000)
    assert (clock.now() - began).total_seconds() == 90


def test_an_appended_file_can_drop_what_half_arrived(tmp_path):
    file = durable.Appender(tmp_path / "f")
    file.append(b"whole\n")
    os.write(file._handle, b"half")
    file.rewind()
    file.append(b"next\n")
    assert (tmp_path / "f").read_bytes() == b"whole\nnext\n" and file.size == 11
    assert durable.cut(tmp_path / "f", 6) == 5 and durable.cut(tmp_path / "f", 6) == 0


def test_a_replaced_file_is_old_or_new(tmp_path, monkeypatch):
    durable.replace(tmp_path / "f", b"old")
    monkeypatch.setattr(durable.os, "write", lambda handle, data: (_ for _ in ()).throw(OSError("cut")))
    with pytest.raises(OSError):
        durable.replace(tmp_path / "f", b"new")
    assert (tmp_path / "f").read_bytes() == b"old"
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600
