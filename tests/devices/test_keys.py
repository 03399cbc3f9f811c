"""Presses are counted: the same bytes as from an input device, through a FIFO; and a real terminal's."""

import os
import pty
import termios

import pytest

from zhilu.devices.keys import EVENT, EvdevKeys, TerminalKeys
from zhilu.errors import WorldError

SYN, KEY, RELATIVE = 0, 1, 2


def event(kind, value, code=0x1D4):
    return EVENT.pack(1_795_000_000, 123, kind, code, value)


@pytest.fixture
def button(tmp_path):
    """(keys, what writes events)"""
    path = tmp_path / "event0"
    os.mkfifo(path)
    keys = EvdevKeys(path)
    writer = os.open(path, os.O_WRONLY)
    yield keys, writer
    keys.close()
    os.close(writer)


def test_only_presses_count_not_releases_nor_repetitions(button):
    keys, writer = button
    assert keys.presses() == 0
    os.write(writer, event(KEY, 1) + event(SYN, 0) + event(KEY, 2) * 5 + event(KEY, 0) + event(SYN, 0))
    assert keys.presses() == 1
    assert keys.presses() == 0, "counted once"
    os.write(writer, event(KEY, 1) + event(KEY, 0) + event(KEY, 1) + event(RELATIVE, 1))
    assert keys.presses() == 2


def test_an_event_in_two_halves_is_one(button):
    keys, writer = button
    press = event(KEY, 1)
    os.write(writer, press[:7])
    assert keys.presses() == 0
    os.write(writer, press[7:])
    assert keys.presses() == 1


def test_a_flood_is_taken_in_bounded_pieces_and_none_is_lost(button):
    keys, writer = button
    os.write(writer, event(KEY, 1) * 200)
    assert sum(keys.presses() for _ in range(4)) == 200


def test_any_bytes_are_some_number(button):
    keys, writer = button
    os.write(writer, os.urandom(EVENT.size * 10 + 3))
    assert 0 <= keys.presses() <= 10


def test_a_button_pulled_out_is_not_pressed(tmp_path):
    os.mkfifo(tmp_path / "event0")
    keys = EvdevKeys(tmp_path / "event0")
    writer = os.open(tmp_path / "event0", os.O_WRONLY)
    os.close(writer)
    assert keys.presses() == 0
    keys.close()
    assert keys.presses() == 0


def test_a_missing_button_is_said(tmp_path):
    with pytest.raises(WorldError) as refused:
        EvdevKeys(tmp_path / "event9")
    assert refused.value.code == "keys"


def test_the_terminals_m_marks_and_the_terminal_is_left_as_it_was():
    outer, inner = pty.openpty()
    before = termios.tcgetattr(inner)
    with open(inner, closefd=False) as terminal:
        keys = TerminalKeys(terminal)
        assert keys.presses() == 0
        os.write(outer, b"mxM\n")
        assert _soon(keys) == 2
        keys.close()
        assert keys.presses() == 0
    assert termios.tcgetattr(inner) == before
    os.close(outer)
    os.close(inner)


def test_without_a_terminal_nothing_is_pressed(tmp_path):
    (tmp_path / "in").write_text("mmm")
    with (tmp_path / "in").open() as stream:
        keys = TerminalKeys(stream)
        assert keys.presses() == 0
        keys.close()


def _soon(keys):
    import time

    end, count = time.monotonic() + 60, 0
    while not count and time.monotonic() < end:
        count += keys.presses()
        time.sleep(0.01)
    return count
