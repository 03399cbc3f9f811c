"""Homes of a demonstration bureau's programs, made by their own `init`, and its founding entries. The city
has neither station nor recorders.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from zhilu.demo import founding
from zhilu.demo.bureau import days
from zhilu.demo.bureau.county import County, Member
from zhilu.demo.bureau.ground import COUNTIES
from zhilu.demo.bureau.hands import id_of
from zhilu.demo.bureau.people import CountyCast, person_id
from zhilu.demo.founding import certificate_recorded, enrolment, registered
from zhilu.demo.people import Person
from zhilu.demo.place import DOMAIN, Place
from zhilu.demo.processes import forked
from zhilu.encoding import b64u, sha256
from zhilu.pki.authority import Authority
from zhilu.pki.trust import compose
from zhilu.recorder import home as recorder_homes

SUPPORT = "信息中心"


@dataclass(frozen=True)
class Founding:
    """What the founding needs to know; ids by name, the same at every build."""

    place: Place
    county: County
    cast: CountyCast
    at: datetime

    def id(self, name: str) -> str:
        return str(id_of(self.county.seed, name, self.at))

    def unit(self, name: str) -> str:
        return self.id(f"unit {name}")

    def recorder_home(self, holder: Member) -> Path:
        """The first one is the recorder of the live demo: it lies where the demo looks for it."""
        place = self.county.holders.index(holder)
        others = self.place.work / "recorders"
        return self.place.home("recorder") if place == 0 else others / self.serial(place)

    def serial(self, place: int) -> str:
        return f"XT-{self.county.first + place:04}"


def make(founded: Founding) -> None:
    """Authority, server, keyholder, station with a bay for each recorder, recorders; certificates; trust."""
    place, cast = founded.place, founded.cast
    names = {"name_zh": place.name_zh, "name_en": place.name_en}
    authority = Authority.create(
        place.home("pki"), bureau=place.bureau, domain=DOMAIN, now=founded.at, **names
    )
    server_made = founding.init_server(place, forked)
    station_made = _devices(founded, authority)
    server_made()
    founding.init_keyholder(place, cast, forked)()
    server, keyholder = enrolment(place, "server"), enrolment(place, "keyholder")
    trust = compose(authority, server["ledger"], [keyholder["cosigner"]], 1, founded.at)
    (place.kept / "trust.json").write_bytes(trust)
    if founded.county.holders:
        station_made()
        certify(authority, place.home("station"), "station", founded.at)
        (place.home("station") / "trust.json").write_bytes(trust)


def _devices(founded: Founding, authority: Authority) -> Callable[[], Any]:
    """Recorders; what comes back waits for the station."""
    place, holders = founded.place, founded.county.holders
    if not holders:
        return lambda: None
    station_made: Callable[[], Any] = founding.init_station(place, bays(place, len(holders)), forked)
    (place.work / "recorders").mkdir()
    for number, holder in enumerate(holders):
        home = recorder_homes.create(founded.recorder_home(holder), founded.serial(number))
        certify(authority, home.folder, "recorder", founded.at)
    return station_made


def bays(place: Place, count: int) -> list[str]:
    """The first is the demo's own recorder; at the others nobody answers while the demo runs."""
    return [place.dock, *(f"127.0.0.1:{place.dock_tcp + number}" for number in range(1, count))]


def certify(authority: Authority, home: Path, role: str, at: datetime) -> None:
    (home / "tls.crt").write_bytes(authority.issue((home / "tls.csr").read_bytes(), role, at))
    for name, target in (("root.pem", "roots.pem"), ("crl.pem", "crl.pem")):
        shutil.copyfile(authority.folder / name, home / target)


def renew_revocations(founded: Founding, at: datetime) -> None:
    """The list as it is when the demo begins: an old one would be refused."""
    authority = Authority.open(founded.place.home("pki"))
    authority.renew_crl(at)
    holders = founded.county.holders
    homes = [founded.place.home(name) for name in ("server", *(("station",) if holders else ()))]
    for home in (*homes, *(founded.recorder_home(one) for one in holders)):
        shutil.copyfile(authority.folder / "crl.pem", home / "crl.pem")


def entries(founded: Founding) -> list[dict[str, Any]]:
    """The founding entries, in the order in which each can be checked against those before it."""
    place, county = founded.place, founded.county
    server, keyholder = enrolment(place, "server"), enrolment(place, "keyholder")
    root = x509.load_pem_x509_certificate((place.home("pki") / "root.pem").read_bytes())
    bureau = {
        "bureau": place.bureau,
        "domain": DOMAIN,
        "root": sha256(root.public_bytes(Encoding.DER)).hex(),
        "text_key": server["text_key"],
    }
    peer = {"role": "keyholder", "name": keyholder["name"], "jwk": keyholder["request_jwk"]}
    people = [event for one in founded.cast.everybody for event in _person(founded, one)]
    return [
        {"kind": "bureau-founded/1", "core": bureau},
        {"kind": "peer-registered/1", "core": peer | {"cosigner": keyholder["cosigner"]}},
        {"kind": "policy-set/1", "core": founding.policy(server, keyholder)},
        *_units(founded),
        *people,
        *(_of_counties(founded) if county.tier == "city" else ()),
        _calendar(founded.at.date()),
        *(_devices_of(founded) if county.holders else ()),
        *(founding.security_administrator(founded.cast, number) for number in (0, 1)),
    ]


def _devices_of(founded: Founding) -> list[dict[str, Any]]:
    """Station and recorders, and who is trained to carry them and signs with which key."""
    return [
        *_courses(founded),
        *_station(founded),
        *(event for one in founded.county.holders for event in _recorder(founded, one)),
        *_dock_keys(founded),
    ]


def _units(founded: Founding) -> list[dict[str, Any]]:
    return [
        {
            "kind": "department-set/1",
            "core": {
                "department": founded.unit(one.name),
                "bureau": founded.place.bureau,
                "parent": founded.unit(one.above) if one.above else None,
                "kind": one.kind,
                "name": one.name,
                "order": order,
                "closed": False,
            },
        }
        for order, one in enumerate(founded.county.units)
    ]


def _person(founded: Founding, one: Person) -> list[dict[str, Any]]:
    personal = {"name": one.name, "number": one.number}
    post = {"post": founded.id(f"post {one.login}"), "person": one.id, "rank": one.rank}
    where = {"department": founded.unit(one.department), "since": founded.at.date().isoformat()}
    scope = [founded.unit(name) for name in one.scope] or None
    scoped = ("unit-head", "viewer", "approver", "leader", "supervisor", "equipment-keeper")
    return [
        {"kind": "person-added/1", "core": {"person": one.id}, "personal": personal},
        {"kind": "post-taken/1", "core": post | where},
        *(
            {
                "kind": "role-granted/1",
                "core": {"person": one.id, "role": role, "scope": scope if role in scoped else None},
            }
            for role in one.roles
        ),
    ]


def _of_counties(founded: Founding) -> list[dict[str, Any]]:
    """Their names, and their people: a person belongs to the city, with the id that he has in his county."""
    rest = {"parent": founded.county.code, "closed": False}
    listed = [
        {"kind": "bureau-listed/1", "core": {"bureau": one.code, "name": one.name_zh} | rest}
        for one in COUNTIES
    ]
    return listed + [
        {
            "kind": "person-added/1",
            "core": {"person": str(person_id(one.seed, member.login, founded.at))},
            "personal": {"name": member.name, "number": member.number},
        }
        for one in COUNTIES
        for member in one.members
    ]


COURSES = {"conduct": "税务执法行为规范", "recorder": "执法记录仪使用与保管", "drill": "现场执法情景演练"}


def _courses(founded: Founding) -> list[dict[str, Any]]:
    rest = {"valid_days": 365, "pass_score": 60, "closed": False}
    return [
        {
            "kind": "course-set/1",
            "core": {"course": founded.id(f"course {kind}"), "kind": kind, "name": name}
            | rest
            | {"required": kind != "drill"},
        }
        for kind, name in COURSES.items()
    ]


def _calendar(day: date) -> dict[str, Any]:
    """The holidays of the plan's own calendar."""
    year = (date(day.year, 10, 1) + timedelta(days=n) for n in range(7))
    free = {one.isoformat(): "holiday" for one in year if one.weekday() < 5 and not days.is_workday(one)}
    return {"kind": "calendar-set/1", "core": {"year": day.year, "days": free}}


def _station(founded: Founding) -> list[dict[str, Any]]:
    station = enrolment(founded.place, "station")
    core = {**station, "station": station["kid"], "serial": founded.place.station_serial}
    home = founded.place.home("station")
    return [
        registered("station", founded.place.station_serial, founded.unit(SUPPORT)),
        {"kind": "station-enrolled/1", "core": core},
        certificate_recorded(home, "station", station["kid"]),
    ]


def _recorder(founded: Founding, holder: Member) -> list[dict[str, Any]]:
    home = founded.recorder_home(holder)
    said = json.loads((home / "enrol.json").read_bytes())
    bay = founded.county.holders.index(holder) + 1
    station = enrolment(founded.place, "station")["kid"]
    bound = {"recorder": said["kid"], "station": station, "bay": bay}
    return [
        registered("recorder", said["serial"], founded.unit(holder.unit)),
        {"kind": "recorder-enrolled/1", "core": {**said, "recorder": said["kid"]}},
        certificate_recorded(home, "recorder", said["kid"]),
        {"kind": "recorder-bound/1", "core": bound},
    ]


def _dock_keys(founded: Founding) -> list[dict[str, Any]]:
    rp_id = founded.place.dock_rp
    officers = [one for one in founded.cast.everybody if "officer" in one.roles]
    keys = [(one, one.key.credential(rp_id)) for one in officers]
    return [
        {
            "kind": "dock-credential-registered/1",
            "core": {
                "person": one.id,
                "credential": b64u(key.id),
                "public_key": b64u(key.public_key),
                "rp_id": rp_id,
                "aaguid": "00" * 16,
            },
        }
        for one, key in keys
    ]
