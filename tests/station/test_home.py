"""A station's folder and its start: whole or not at all, and one plain line where something is missing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from support import programs
from support.station_world import Bureau, eventually, random_media
from zhilu.cli import main
from zhilu.errors import CallerError, ZhiluError
from zhilu.station import config, home
from zhilu.station.daemon import only_one

OPTIONS: dict[str, Any] = {
    "--bureau": "julu",
    "--name": '第一 "采集站"',
    "--origin": "http://s1.dock.localhost:8620",
    "--rp-id": "dock.localhost",
    "--server-url": "http://127.0.0.1:8600",
    "--server-authority": "julu.localhost:8600",
    "--bay": "127.0.0.1:8631",
}


def init(folder: Path, **changed: str) -> int:
    options = OPTIONS | {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
    words = [word for pair in options.items() for word in pair]
    return main(["--lang", "en", "station", "init", "--home", str(folder), *words])


def test_what_init_makes_is_what_run_reads(tmp_path: Path) -> None:
    assert init(tmp_path / "s") == 0
    settings = config.load(tmp_path / "s")
    assert (settings.name, settings.bureau) == ('第一 "采集站"', "julu")
    assert settings.bays == (config.Bay(1, "127.0.0.1", 8631),)
    assert settings.kiosk.authority == "s1.dock.localhost:8620"
    for name in ("station.key", "tls.key"):
        assert (tmp_path / "s" / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "http://s1.dock.localhost:8620/"},
        {"origin": "http://elsewhere.localhost:8620"},
        {"origin": "http://evildock.localhost"},
        {"bay": "8631"},
        {"bay": "127.0.0.1:0"},
        {"bay": "127.0.0.1:99999"},
        {"bay": "127.0.0.1:8631@"},
        {"bay": '127.0.0.1:8631@a"b'},
    ],
)
def test_bad_wishes_make_nothing(tmp_path: Path, changed: dict[str, str], capsys: Any) -> None:
    assert init(tmp_path / "s", **changed) == 2
    assert list(tmp_path.iterdir()) == []
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_bay_may_be_behind_an_interface(tmp_path: Path) -> None:
    assert init(tmp_path / "s", bay="[fe80::2]:8631@bay1") == 0
    assert config.load(tmp_path / "s").bays == (config.Bay(1, "fe80::2", 8631, "bay1"),)


def changed(tmp_path: Path, old: str, new: str) -> config.Settings:
    """The settings that init makes, with one line another."""
    assert init(tmp_path / "s") == 0
    path = tmp_path / "s" / "station.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    return config.load(tmp_path / "s")


def test_without_more_the_spool_is_the_disk_and_media_are_sent_at_once(tmp_path: Path) -> None:
    settings = changed(tmp_path, "", "")
    assert settings.spool == config.SpoolLimits(None, 10)
    assert settings.upload == config.Upload(None, None)
    assert not settings.fingerprint


def test_spool_and_upload_have_their_limits(tmp_path: Path) -> None:
    settings = changed(tmp_path, "# limit_gb = 200", "limit_gb = 1.5")
    assert settings.spool.limit_bytes == 1_500_000_000
    text = (tmp_path / "s" / "station.toml").read_text()
    for line in ("from", "until", "mb_per_s"):
        text = text.replace(f"# {line} =", f"{line} =")
    (tmp_path / "s" / "station.toml").write_text(text)
    upload = config.load(tmp_path / "s").upload
    assert upload == config.Upload((time(18), time(8)), 20_000_000)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("# limit_gb = 200", "limit_gb = 0", "spool"),
        ("# limit_gb = 200", "limit_gb = nan", "spool"),
        ("# limit_gb = 200", 'limit_gb = "200"', "settings"),
        ("low_percent = 10", "low_percent = 100", "spool"),
        ('# from = "18:00"', 'from = "18:00"', "upload"),
        ('# from = "18:00"', 'from = "24:00"\nuntil = "08:00"', "upload"),
        ("# mb_per_s = 20", "mb_per_s = -1", "upload"),
        ("use = false", "use = 1", "settings"),
        (":8631", ':8631"\ninterface = "a/b', "interface"),
    ],
)
def test_limits_that_are_none_are_named(tmp_path: Path, old: str, new: str, code: str) -> None:
    with pytest.raises(CallerError) as caught:
        changed(tmp_path, old, new)
    assert caught.value.code == code


def test_two_bays_may_have_one_address_only_behind_two_interfaces(bureau: Bureau) -> None:
    path, two = bureau.station_path / "station.toml", f'127.0.0.1:{bureau.ports[0]}"\n'
    plain = path.read_text()
    path.write_text(f'{plain}\n[[bays]]\nnumber = 2\naddress = "{two}interface = "bay2"\n')
    assert len(config.load(bureau.station_path).bays) == 2
    path.write_text(f'{plain}\n[[bays]]\nnumber = 2\naddress = "{two}')
    with pytest.raises(CallerError) as caught:
        config.load(bureau.station_path)
    assert caught.value.code == "bays"


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "mine").write_text("mine")
    assert init(tmp_path / "s") == 2
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["mine"]


def run(folder: Path, capsys: Any) -> str:
    """The one line with which `run` ends."""
    assert main(["--lang", "en", "station", "run", "--home", str(folder)]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    return str(line)


def test_run_says_in_one_line_what_is_missing(bureau: Bureau, capsys: Any) -> None:
    folder = bureau.station_path
    assert "[no-station]" in run(bureau.folder / "nowhere", capsys)
    for name in ("tls.crt", "roots.pem", "trust.json", "station.key"):
        (folder / name).rename(folder / "away")
        assert "[not-enrolled]" in run(folder, capsys) and not (folder / "snapshot.json").exists()
        (folder / "away").rename(folder / name)
    (folder / "tls.crt").write_text("no certificate")
    assert "[tls-files]" in run(folder, capsys)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[kiosk]", "[kiosk"),
        ("tcp_port = ", 'tcp_port = "x" #'),
        ("[[bays]]", "[[baies]]"),
        ('authority = "', 'authorities = "'),
        ("number = 1", "number = true"),
    ],
)
def test_settings_that_are_wrong_are_named(bureau: Bureau, capsys: Any, old: str, new: str) -> None:
    path = bureau.station_path / "station.toml"
    path.write_text(path.read_text().replace(old, new))
    assert "station.toml" in run(bureau.station_path, capsys)


def test_the_trust_document_must_be_this_bureaus(bureau: Bureau, capsys: Any) -> None:
    path = bureau.station_path / "trust.json"
    path.write_bytes(path.read_bytes().replace(b'"bureau":"julu"', b'"bureau":"other"'))
    assert "[trust]" in run(bureau.station_path, capsys)


def test_a_tcp_port_in_use_is_said(bureau: Bureau, capsys: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", bureau.kiosk_port))
        taken.listen()
        assert "[tcp-port]" in run(bureau.station_path, capsys)


def test_two_stations_on_one_folder_are_refused(bureau: Bureau, capsys: Any) -> None:
    with only_one(bureau.station_path):
        assert "[running]" in run(bureau.station_path, capsys)


def test_bays_have_numbers_of_their_own(bureau: Bureau) -> None:
    path = bureau.station_path / "station.toml"
    path.write_text(path.read_text() + '\n[[bays]]\nnumber = 1\naddress = "127.0.0.1:1"\n')
    with pytest.raises(CallerError) as caught:
        config.load(bureau.station_path)
    assert caught.value.code == "bays"


def test_errors_of_home_are_ours(bureau: Bureau) -> None:
    (bureau.station_path / "station.key").write_text("no key")
    with pytest.raises(ZhiluError):
        home.load(bureau.station_path)


async def test_killed_in_the_middle_it_goes_on_where_it_stopped(bureau: Bureau) -> None:
    """A real process, a real SIGKILL; the recorder, still open for it, needs no second handover."""
    device = bureau.recorder()
    recording = device.record(*random_media(40, 100_000))
    bureau.county.snapshot = bureau.snapshot
    media = bureau.station_path / "spool" / str(recording) / "media.sealed"
    async with bureau.county.served(), device.docked() as docked, bureau.kiosk_client() as kiosk:
        docked.cable.bytes_per_s = 2e6
        first = start(bureau)
        await kiosk.until("waiting-officer")
        await kiosk.hand_over(device.officer)
        await eventually(lambda: media.exists() and media.stat().st_size > 1_000_000)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        held = media.stat().st_size
        second = start(bureau)
        try:
            await eventually(lambda: media.exists() and media.stat().st_size > held)
            await docked.undocked()
        finally:
            second.terminate()
            assert second.wait(60) == 0
    assert device.types().count("docked") == 1
    assert bureau.county.recordings[str(recording)].index is not None


def start(bureau: Bureau) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "zhilu.cli", "station", "run", "--home", str(bureau.station_path)]
    return programs.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
