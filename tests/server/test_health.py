"""A station's health at the county, and the health page (spec/registers.md §5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from support.county_world import CountyWorld, named_id
from support.queries import queries
from support.recordings import test_key as soft_key
from zhilu import strictjson
from zhilu.encoding import format_time
from zhilu.pki import certificates as pki
from zhilu.protocols.health import HEALTH_LIMIT
from zhilu.sealed.keys import SoftSigner
from zhilu.server.backup import noted
from zhilu.server.equipment.events import DeviceRevoked
from zhilu.server.equipment.models import StationHealth
from zhilu.server.ledger import clock
from zhilu.server.ledger.services import publish
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.organisation.events import PersonAdded
from zhilu.server.pages.services.health import (
    CHECKS,
    backup,
    certificates,
    cosignature,
    disk,
    keys,
    root,
    stations,
    transport,
    worker,
)

NOW = datetime.now(UTC)


def report(**changed: Any) -> dict[str, Any]:
    told = {
        "at": format_time(NOW),
        "spool_bytes": 0,
        "spool_limit_bytes": 100 * 2**30,
        "disk_free_bytes": 100 * 2**30,
        "clock_offset_us": 100_000,
        "snapshot_at": format_time(NOW),
        "certificate_until": format_time(NOW + timedelta(days=300)),
        "release": "0.1.0",
        "bays": [{"number": 1, "phase": "empty", "recorder": None}],
    }
    return told | changed


@pytest.fixture
def bureau(world: CountyWorld) -> CountyWorld:
    world.found(with_catalogue=False)
    return world


@pytest.fixture
def later() -> Iterator[SimpleNamespace]:
    """The server's clock, to be moved; requests are signed as of then."""
    moved = SimpleNamespace(at=datetime.now(UTC))
    with clock.set_to(lambda: moved.at):
        yield moved


def tell(county: CountyWorld, body: bytes | None = None, **signing: Any) -> Any:
    sent = strictjson.dumps(report()) if body is None else body
    return county.request("POST", "/intake/health", body=sent, **signing)


def revoke(county: CountyWorld) -> None:
    since = format_time(datetime.now(UTC) - timedelta(hours=1))
    commit(DeviceRevoked(county.station.kid, since, "丢失"), "julu")


# The intake.


def test_the_newest_report_of_each_station_is_kept_and_proves_nothing(
    bureau: CountyWorld, later: SimpleNamespace
) -> None:
    before = size()
    assert tell(bureau).status_code == 200
    later.at += timedelta(seconds=31)
    body = strictjson.dumps(report(release="0.2.0"))
    assert tell(bureau, body, created=int(later.at.timestamp())).status_code == 200
    row = StationHealth.objects.get()
    assert (row.station, row.report["release"], row.received_at) == (bureau.station.kid, "0.2.0", later.at)
    assert size() == before


def test_twice_in_thirty_seconds_is_refused(bureau: CountyWorld, later: SimpleNamespace) -> None:
    assert tell(bureau).status_code == 200
    later.at += timedelta(seconds=29)
    answer = tell(bureau, strictjson.dumps(report(release="0.2.0")), created=int(later.at.timestamp()))
    assert (answer.status_code, strictjson.loads_object(answer.content)["error"]) == (429, "too-soon")
    assert StationHealth.objects.get().report["release"] == "0.1.0"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{}", 422),
        (b"no json", 422),
        (strictjson.dumps(report(bays=[{"number": 1, "phase": "<script>", "recorder": None}])), 422),
        (strictjson.dumps(report(spool_bytes=-1)), 422),
        (b" " * (HEALTH_LIMIT + 1), 413),
    ],
)
def test_a_report_of_another_form_is_refused(bureau: CountyWorld, body: bytes, status: int) -> None:
    assert tell(bureau, body).status_code == status
    assert not StationHealth.objects.exists()


def test_only_an_enrolled_station_tells(bureau: CountyWorld) -> None:
    assert tell(bureau, signer=SoftSigner(soft_key("stranger"))).status_code == 401
    assert tell(bureau, signer=bureau.keyholder).status_code == 401
    assert bureau.request("GET", "/intake/health").status_code == 405

    def spoil(headers: dict[str, str]) -> None:
        headers["signature"] = "zhilu=:" + "A" * 86 + "==:"

    assert tell(bureau, change=spoil).status_code == 401
    commit(
        DeviceRevoked(bureau.station.kid, format_time(datetime.now(UTC) - timedelta(hours=1)), "x"), "julu"
    )
    assert tell(bureau).status_code == 401
    assert not StationHealth.objects.exists()


# Stations.


def station(county: CountyWorld, at: datetime = NOW, **changed: Any) -> tuple[str, str]:
    """State and all that is said of what is not good, of a station that told this."""
    StationHealth.objects.update_or_create(
        station=county.station.kid, defaults={"received_at": NOW, "report": report(**changed)}
    )
    (row,) = stations.rows(at)
    return row.state, " ".join(says for state, says in row.lines if state != "good")


def test_each_thing_of_a_station_is_judged(bureau: CountyWorld) -> None:
    assert stations.rows(NOW)[0].state == "attention"  # never heard
    assert station(bureau) == ("good", "")
    assert stations.check(NOW).state == "good"
    for state, changed in (
        ("attention", {"spool_bytes": 51 * 2**30}),
        ("bad", {"spool_bytes": 81 * 2**30}),
        ("attention", {"disk_free_bytes": 19 * 2**30}),
        ("bad", {"disk_free_bytes": 2**30}),
        ("attention", {"clock_offset_us": None}),
        ("attention", {"clock_offset_us": -4_000_000}),
        ("bad", {"clock_offset_us": 31_000_000}),
        ("attention", {"snapshot_at": format_time(NOW - timedelta(hours=2))}),
        ("bad", {"snapshot_at": format_time(NOW - timedelta(hours=49))}),
        ("bad", {"snapshot_at": None}),
        ("attention", {"certificate_until": format_time(NOW + timedelta(days=29))}),
        ("bad", {"certificate_until": format_time(NOW - timedelta(days=1))}),
        ("bad", {"certificate_until": None}),
    ):
        found = station(bureau, **changed)
        assert found[0] == state and found[1], changed
    assert station(bureau, NOW + timedelta(minutes=4))[0] == "attention"
    assert station(bureau, NOW + timedelta(hours=25))[0] == "bad"
    assert station(bureau, release=7)[0] == "attention"  # a form that is not read
    assert stations.check(NOW).state == "attention"


def test_a_revoked_station_is_not_looked_at(bureau: CountyWorld) -> None:
    commit(
        DeviceRevoked(bureau.station.kid, format_time(datetime.now(UTC) - timedelta(hours=1)), "x"), "julu"
    )
    assert stations.rows(NOW) == []


# The server.


def test_the_worker_is_alive_while_it_holds_its_lock(bureau: CountyWorld) -> None:
    home = bureau.config.home
    assert worker.check(NOW).state == "bad"
    with publish.only_one(home):
        assert worker.check(NOW).state == "good"
    assert worker.check(NOW).state == "bad"


def test_what_waits_for_a_cosignature(bureau: CountyWorld) -> None:
    assert cosignature.check(clock.now()).state == "attention"
    bureau.publish()
    assert cosignature.check(clock.now() + timedelta(days=9)).state == "good"
    commit(PersonAdded(str(named_id("somebody"))), "julu")
    found = cosignature.check(clock.now())
    assert (found.state, found.todo) == ("good", "")
    assert cosignature.check(clock.now() + timedelta(minutes=6)).state == "attention"
    assert cosignature.check(clock.now() + timedelta(minutes=61)).state == "bad"


def test_the_disk_by_share_and_by_what_is_left(bureau: CountyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, total, state in (
        (400, 1000, "good"),
        (90, 1000, "attention"),
        (40, 100, "attention"),
        (4, 100, "bad"),
        (19, 1000, "bad"),
    ):
        usage = SimpleNamespace(free=free * 2**30, total=total * 2**30)
        monkeypatch.setattr(disk.shutil, "disk_usage", lambda folder, usage=usage: usage)
        found = disk.check(NOW)
        assert (found.state, bool(found.todo)) == (state, state != "good"), (free, total)
    monkeypatch.undo()
    (bureau.config.home / "store").rename(bureau.config.home / "gone")
    assert disk.check(NOW).state == "bad"


def test_the_servers_keys_are_there_and_its_own(bureau: CountyWorld) -> None:
    home = bureau.config.home
    assert "text.key" in keys.check(NOW).says
    for name in keys.NAMES:
        (home / name).write_text("key")
        (home / name).chmod(0o600)
    assert keys.check(NOW).state == "good"
    (home / "text.key").chmod(0o640)
    assert (keys.check(NOW).state, "text.key" in keys.check(NOW).says) == ("bad", True)
    (home / "ledger.key").write_text("")
    assert "ledger.key" in keys.check(NOW).says


def test_root_and_revocation_list(bureau: CountyWorld) -> None:
    assert root.check(NOW).state == "attention"
    key = pki.new_key()
    made = pki.make_root(key, "root", NOW)
    bureau.config.root.write_bytes(pki.pem(made))
    assert root.check(NOW).state == "attention"
    bureau.config.crl.write_bytes(pki.pem(pki.make_crl(made, key, {}, NOW)))
    assert root.check(NOW).state == "good"
    assert root.check(made.not_valid_after_utc + timedelta(days=1)).state == "bad"
    bureau.config.root.write_bytes(b"no certificate")
    assert root.check(NOW).state == "attention"


def test_a_device_without_a_certificate_and_one_whose_ends(bureau: CountyWorld) -> None:
    from zhilu.server.equipment.events import CertificateRecorded

    found = certificates.check(NOW)
    assert found.state == "attention" and "XT-0001" in found.says and "第一采集站" in found.says
    assert found.todo == "已签发的证书请在“证书”页面登记。"
    for kid, role, days in ((bureau.station.kid, "station", 300), (bureau.recorder.kid, "recorder", 20)):
        period = format_time(NOW - timedelta(days=1)), format_time(NOW + timedelta(days=days))
        digest = (kid.encode().hex() * 2)[:64]
        commit(CertificateRecorded(kid, role, "01", digest, *period), "julu")
    found = certificates.check(NOW)
    assert found.state == "attention" and "XT-0001" in found.says and "第一采集站" not in found.says
    assert found.todo.startswith("请用 zhilu pki issue 签发新证书")
    assert certificates.check(NOW + timedelta(days=21)).state == "bad"


def test_what_cannot_be_seen_is_said(bureau: CountyWorld, settings: Any) -> None:
    assert backup.check(NOW).state == "attention" and "从未" in backup.check(NOW).says
    for hours, state in ((1, "good"), (27, "attention"), (24 * 8, "bad")):
        noted.note(bureau.config.home, format_time(NOW - timedelta(hours=hours)))
        assert backup.check(NOW).state == state
    assert transport.check(NOW).state == "attention"
    settings.ZHILU = SimpleNamespace(secure_cookies=True)
    assert transport.check(NOW).state == "good"


def test_every_check_stands_on_the_page() -> None:
    folder = Path(worker.__file__).parent
    files = {path.stem for path in folder.glob("*.py")}
    listed = {check.__module__.rpartition(".")[2] for check in CHECKS}
    assert files - {"__init__", "finding"} == listed | {"stations"}


# The page.


def test_the_page_says_the_worst_first(bureau: CountyWorld) -> None:
    station(bureau, certificate_until=None)
    system: Client = bureau.sign_in(str(named_id("system")), "system")
    assert queries(system, "/health") <= 15
    answer = system.get("/health")
    text = answer.content.decode()
    assert answer.status_code == 200
    states = [one.state for one in answer.context["findings"]]
    assert states == sorted(states, key=["bad", "attention", "good"].index) and len(states) == 10
    assert "第一采集站" in text and "从未" in text and "空闲" in text
    assert all(one.todo for one in answer.context["findings"] if one.state != "good")
    assert not any(one.todo for one in answer.context["findings"] if one.state == "good")
    assert system.get("/health?page=x").status_code == 200
    assert bureau.sign_in(bureau.viewer.person, "viewer").get("/health").status_code == 403
