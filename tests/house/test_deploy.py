"""What deploy/ holds is understood by the programs that will read it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from zhilu.cli import build_parser
from zhilu.keyholder.guard import MAX_BODY
from zhilu.protocols.intake import JOURNAL_LIMIT, SEGMENT_LIMIT
from zhilu.server.pages.services.uploads import READ_PAST

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
STATION, COUNTY = DEPLOY / "station", DEPLOY / "county"
KEY = re.compile(
    r"(ACTION|SUBSYSTEM|KERNEL|ENV\{\w+\}|ATTR\{\w+\}|GROUP|MODE|GOTO|LABEL|RUN|IMPORT\{builtin\})"
    r'(==|!=|\+=|=)"([^"]*)"'
)


def files(pattern: str) -> list[Path]:
    found = sorted(DEPLOY.rglob(pattern))
    assert found
    return found


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_the_units_are_understood(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in [*files("*.service"), *files("*.timer")]:
        # The programs that they start are not on this machine: any will do.
        text = re.sub(r"(?m)^(Exec\w+=)\S+", rf"\1{program}", unit.read_text())
        (tmp_path / unit.name).write_text(text)
    for unit in [*files("*.service"), *files("*.timer")]:
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
            capture_output=True,
            text=True,
        )
        assert unit.name not in done.stderr, done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_the_station_has_few_rights() -> None:
    unit = STATION / "zhilu-station.service"
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)], capture_output=True
    )
    assert done.returncode == 0, done.stdout.decode()[-200:]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
@pytest.mark.parametrize("name", ["server", "work", "keyholder", "backup"])
def test_the_programs_of_a_county_have_few_rights(name: str) -> None:
    done = subprocess.run(
        [
            "systemd-analyze",
            "security",
            "--offline=true",
            "--threshold=20",
            str(COUNTY / f"zhilu-{name}.service"),
        ],
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout.decode()[-200:]


def test_the_units_of_a_county_start_commands_that_there_are() -> None:
    parser = build_parser()
    for unit in sorted(COUNTY.glob("*.service")):
        (command,) = re.findall(r"(?m)^ExecStart=/opt/zhilu/bin/zhilu (.+)$", unit.read_text())
        parser.parse_args(command.split())


def test_nginx_takes_bodies_as_long_as_the_server_does() -> None:
    text = (COUNTY / "nginx-server.conf").read_text()
    assert f"client_max_body_size {SEGMENT_LIMIT};" in text and JOURNAL_LIMIT == 256 << 20
    assert READ_PAST == 40 << 20 and "client_max_body_size 40m;" in text
    assert f"client_max_body_size {MAX_BODY >> 10}k;" in (COUNTY / "nginx-keyholder.conf").read_text()


@pytest.mark.skipif(shutil.which("nft") is None, reason="no nft (package nftables)")
def test_the_firewall_is_understood() -> None:
    rules = STATION / "nftables.conf"
    done = subprocess.run(
        ["unshare", "-n", "nft", "-c", "-f", str(rules)], capture_output=True, text=True, timeout=60
    )
    if "Operation not permitted" in done.stderr:
        pytest.skip("no network namespace can be made here")
    assert done.returncode == 0, done.stderr


def test_the_rules_of_udev_are_well_formed() -> None:
    for path in files("70-*.rules"):
        lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
        for line in lines:
            pairs = [KEY.fullmatch(part.strip()) for part in re.split(r",\s+(?=[A-Z])", line)]
            assert all(pairs), line
        labels = set(re.findall(r'LABEL="(\w+)"', "\n".join(lines)))
        assert set(re.findall(r'GOTO="(\w+)"', "\n".join(lines))) == labels


def test_the_kiosk_opens_the_address_of_its_station() -> None:
    (name, value) = re.findall(r"(?m)^(\w+)=(\S+)$", (STATION / "zhilu-kiosk.default").read_text())[0]
    unit = (STATION / "zhilu-kiosk.service").read_text()
    assert f"${{{name}}}/" in unit and "://" not in unit
    assert value.startswith("http") and not value.endswith("/")


def device(folder: Path, *classes: tuple[str, str]) -> Path:
    """As sysfs shows it: its interfaces with class and subclass, none authorised."""
    made = folder / "1-1.2"
    for number, (class_, subclass) in enumerate(classes):
        interface = made / f"1-1.2:1.{number}"
        interface.mkdir(parents=True)
        for name, text in (
            ("bInterfaceClass", class_),
            ("bInterfaceSubClass", subclass),
            ("authorized", "0"),
        ):
            (interface / name).write_text(f"{text}\n")
    return made


@pytest.mark.parametrize(
    ("where", "classes", "allowed"),
    [
        ("bay", [("02", "0d"), ("0a", "00")], [1, 1]),  # CDC NCM
        ("bay", [("02", "06"), ("0a", "00")], [1, 1]),  # CDC ECM
        ("bay", [("03", "01")], [0]),  # keyboard
        ("bay", [("08", "06")], [0]),  # disk
        ("bay", [("02", "02"), ("0a", "00")], [0, 1]),  # serial line: without its control no driver takes it
        ("bay", [("e0", "01")], [0]),  # RNDIS, Bluetooth
        ("bay", [("02", "0d"), ("0a", "00"), ("03", "01"), ("08", "06")], [1, 1, 0, 0]),  # both at once
        ("inside", [("03", "00"), ("ff", "00")], [1, 1]),
    ],
)
def test_only_network_functions_get_a_driver_in_a_bay(
    tmp_path: Path, where: str, classes: list[tuple[str, str]], allowed: list[int]
) -> None:
    made, probe = device(tmp_path, *classes), tmp_path / "drivers_probe"
    subprocess.run(
        ["sh", str(STATION / "usb-bay"), str(made), where],
        check=True,
        capture_output=True,
        env={"PATH": "/usr/bin:/bin", "USB_DRIVERS_PROBE": str(probe)},
    )
    assert [int((one / "authorized").read_text()) for one in sorted(made.iterdir())] == allowed
    assert probe.exists() == any(allowed)


def test_the_gadget_is_a_network_card_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "udc/fe980000.usb").mkdir(parents=True)
    environment = {"PATH": "/usr/bin:/bin", "CONFIGFS": str(tmp_path), "UDC_CLASS": str(tmp_path / "udc")}
    for _ in range(2):
        subprocess.run(["sh", str(DEPLOY / "recorder/zhilu-gadget")], check=True, env=environment)
    gadget = tmp_path / "usb_gadget/zhilu"
    assert [path.name for path in (gadget / "functions").iterdir()] == ["ncm.usb0"]
    assert (gadget / "UDC").read_text() == "fe980000.usb\n"
