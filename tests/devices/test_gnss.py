"""Positions from the real gpsd, fed with recorded sentences; and a gpsd that lies."""

import json
import os
import pty
import shutil
import socket
import subprocess
import threading
import time
import tty
from datetime import UTC, datetime

import pytest

from support.patience import until
from zhilu.devices import gnss
from zhilu.devices.gnss import MAX_LINE, GpsdGnss, gpsd_at, parse
from zhilu.errors import CallerError

TPV = {"class": "TPV", "mode": 3, "time": "2026-11-24T02:40:03.000Z", "lat": 37.2167, "lon": 115.0333}


def line(**changes):
    return json.dumps({name: v for name, v in (TPV | changes).items() if v is not ...}).encode()


def test_a_fix_is_integers():
    position = parse(line(eph=4.5))
    assert position.at == datetime(2026, 11, 24, 2, 40, 3, tzinfo=UTC)
    assert (position.lat, position.lon, position.error_mm) == (372_167_000, 1_150_333_000, 4500)
    assert parse(line(mode=2, epx=3, epy=4)).error_mm == 5000
    assert parse(line()).error_mm is None
    assert parse(line(eph=-1)).error_mm is None
    assert parse(line(lat=-90, lon=180)) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"class": "SKY"},
        {"class": ...},
        {"mode": 0},
        {"mode": 1},
        {"mode": "3"},
        {"mode": [3]},
        {"lat": 90.001},
        {"lon": -180.001},
        {"lat": "37"},
        {"lat": True},
        {"lat": None},
        {"lat": ...},
        {"lon": float("nan")},
        {"lon": float("inf")},
        {"lat": 10**400},
        {"time": ...},
        {"time": 17},
        {"time": "yesterday"},
        {"time": "2026-11-24T02:40:03"},
        {"time": "0001-01-01T00:00:00+14:00"},
        {"time": "2026-11-24T02:40:03.000Z" + " " * 100},
    ],
)
def test_what_is_no_fix_gives_no_position(changes):
    assert parse(line(**changes)) is None


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"17", b"\xff\xfe", b"[" * 16_000, b'{"class":"TPV",' * 900, b"1" * 16_000]
)
def test_any_bytes_give_no_position_and_no_error(data):
    assert parse(data) is None
    assert parse(line() + b" " * MAX_LINE) is None, "longer than a line may be"


class Liar:
    """Accepts connections and sends each of them what it was given."""

    def __init__(self, *answers):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.answers, self.asked, self.ended = list(answers), [], []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        for answer in self.answers:
            link, _peer = self.listener.accept()
            self.asked.append(link.recv(100))
            try:
                link.sendall(answer)
                if len(answer) > MAX_LINE:
                    link.settimeout(5)
                    self.ended.append(link.recv(1))
            except OSError:
                self.ended.append(b"")
            link.close()


def test_it_connects_again_and_again_whatever_gpsd_says(monkeypatch):
    monkeypatch.setattr(gnss, "FIRST_WAIT_S", 0.01)
    liar = Liar(b"", b"x" * 10 * MAX_LINE, b'{"class":"TPV","mode":3}\n\n', line() + b"\n")
    receiver = GpsdGnss("127.0.0.1", liar.port)
    try:
        assert until(receiver.position).lat == 372_167_000
        assert liar.asked == [gnss.WATCH] * 4
        assert liar.ended == [b""], "a line without an end ends the connection"
    finally:
        receiver.close()
        liar.listener.close()


def test_a_fix_is_forgotten_after_ten_seconds():
    now = [100.0]
    liar = Liar(line() + b"\n")
    receiver = GpsdGnss("127.0.0.1", liar.port, lambda: now[0])
    try:
        until(receiver.position)
        now[0] = 110.0
        assert receiver.position() is not None
        now[0] = 110.1
        assert receiver.position() is None
    finally:
        receiver.close()
        liar.listener.close()


def test_closing_does_not_wait_for_a_silent_gpsd():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        receiver = GpsdGnss("127.0.0.1", silent.getsockname()[1])
        until(lambda: receiver.connected)
        began = time.monotonic()
        receiver.close()
        assert time.monotonic() - began < gnss.SILENCE_S / 2 and not receiver.connected


def test_closing_while_it_connects_ends_the_connection(monkeypatch):
    connect, connecting, closed = socket.create_connection, threading.Event(), threading.Event()

    def slowly(*words):
        connecting.set()
        assert closed.wait(60)
        return connect(*words)

    monkeypatch.setattr(gnss.socket, "create_connection", slowly)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        receiver = GpsdGnss("127.0.0.1", silent.getsockname()[1])
        assert connecting.wait(60)
        monkeypatch.setattr(receiver._thread, "join", lambda _seconds: closed.set())
        receiver.close()
        with silent.accept()[0] as link:
            link.settimeout(gnss.SILENCE_S / 2)
            assert link.recv(100) == b"", "hung up, and nothing asked"


@pytest.mark.parametrize("address", ["", "localhost", ":2947", "localhost:", "localhost:x"])
def test_an_address_without_host_or_port_is_refused(address):
    with pytest.raises(CallerError):
        gpsd_at(address)


def sentence(body):
    check = 0
    for letter in body.encode():
        check ^= letter
    return f"${body}*{check:02X}\r\n".encode()


def recorded(second):
    """One second of a receiver's NMEA in Julu county."""
    clock = f"0240{second % 60:02d}.00"
    place = "3713.0020,N,11501.9980,E"
    return sentence(f"GPRMC,{clock},A,{place},0.0,0.0,241126,,,A") + sentence(
        f"GPGGA,{clock},{place},1,08,1.0,30.0,M,0.0,M,,"
    )


def test_the_real_gpsd_gives_the_recorded_place(free_tcp_port):
    gpsd = shutil.which("gpsd") or "/usr/sbin/gpsd"
    outer, inner = pty.openpty()
    tty.setraw(inner)
    over = threading.Event()
    second = iter(range(10_000))

    def receiver_talks():
        while not over.wait(0.1):
            os.write(outer, recorded(next(second)))

    talking = threading.Thread(target=receiver_talks, daemon=True)
    daemon = subprocess.Popen(
        [gpsd, "-N", "-n", "-b", "-S", str(free_tcp_port), os.ttyname(inner)],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    receiver = GpsdGnss("127.0.0.1", free_tcp_port)
    try:
        talking.start()
        position = until(receiver.position, why=lambda: f"gpsd: {daemon.poll()}")
        assert abs(position.lat - 372_167_000) < 1000 and abs(position.lon - 1_150_333_000) < 1000
        assert (position.at.hour, position.at.minute) == (2, 40)
    finally:
        receiver.close()
        over.set()
        talking.join()
        daemon.terminate()
        daemon.wait(60)
        os.close(outer)
        os.close(inner)
