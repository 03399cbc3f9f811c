"""Before the first recording: keys, certificates, homes, and the entries that found the bureau's ledger."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from zhilu.demo.people import DEPARTMENTS, Cast, Troupe, course_events, new_id
from zhilu.demo.place import DOMAIN, Place
from zhilu.demo.processes import run
from zhilu.encoding import b64u, format_time, sha256
from zhilu.softkey.ceremonies import registration_core


def make_authority(place: Place) -> None:
    run(
        *("pki", "init", "--dir", place.home("pki"), "--bureau", place.bureau, "--domain", DOMAIN),
        *("--name-zh", place.name_zh, "--name-en", place.name_en),
        log=place.logs / "pki.log",
    )


def make_homes(place: Place, cast: Cast) -> None:
    """`init` of every program: each makes its own keys in its own home."""
    init_server(place)
    init_keyholder(place, cast)
    init_station(place, (place.dock,))
    run(
        *("recorder", "init", "--home", place.home("recorder"), "--serial", "XT-0001"),
        log=place.logs / "recorder-init.log",
    )


def init_server(place: Place, start: Callable[..., Any] = run) -> Any:
    """What `start` gives: `run`, or `forked` to go on meanwhile."""
    return start(
        *("server", "init", "--home", place.home("server"), "--tier", place.tier),
        *("--bureau", place.bureau, "--domain", DOMAIN, "--root", place.home("pki") / "root.pem"),
        *("--name-zh", place.name_zh, "--name-en", place.name_en, "--crl", place.home("pki") / "crl.pem"),
        *("--tcp-port", str(place.server_tcp), "--keyholder-url", f"http://127.0.0.1:{place.keyholder_tcp}"),
        *("--keyholder-authority", place.room_authority, "--second-factor", "optional"),
        log=place.logs / "server-init.log",
    )


def init_keyholder(place: Place, cast: Troupe, start: Callable[..., Any] = run) -> Any:
    pin = place.work / "pin.json"
    pin.write_text(
        json.dumps({"ledger": enrolment(place, "server")["ledger"], "security_administrators": cast.pins()})
    )
    return start(
        *(
            "keyholder",
            "init",
            "--home",
            place.home("keyholder"),
            "--bureau",
            place.bureau,
            "--domain",
            DOMAIN,
        ),
        *("--tcp-port", str(place.keyholder_tcp), "--server-url", f"http://127.0.0.1:{place.server_tcp}"),
        *("--server-authority", place.server_authority, "--pin", pin),
        *(
            "--escrow-out",
            place.kept / "escrow-key.pem",
            "--name-zh",
            place.name_zh,
            "--name-en",
            place.name_en,
        ),
        log=place.logs / "keyholder-init.log",
    )


def init_station(place: Place, bays: Sequence[str], start: Callable[..., Any] = run) -> Any:
    return start(
        *(
            "station",
            "init",
            "--home",
            place.home("station"),
            "--bureau",
            place.bureau,
            "--name",
            "第一采集站",
        ),
        *("--tcp-port", str(place.kiosk_tcp), "--origin", place.kiosk_origin, "--rp-id", place.dock_rp),
        *("--server-url", f"http://127.0.0.1:{place.server_tcp}"),
        *("--server-authority", place.server_authority, *(word for bay in bays for word in ("--bay", bay))),
        log=place.logs / "station-init.log",
    )


def issue_certificates(place: Place) -> None:
    """Recorder and station ask; the authority signs; each gets root and revocations too."""
    for program in ("recorder", "station"):
        home = place.home(program)
        run(
            *("pki", "issue", "--dir", place.home("pki"), "--role", program),
            *("--csr", home / "tls.csr", "--out", home / "tls.crt"),
            log=place.logs / f"{program}-certificate.log",
        )
        shutil.copyfile(place.home("pki") / "root.pem", home / "roots.pem")
        shutil.copyfile(place.home("pki") / "crl.pem", home / "crl.pem")


def write_trust(place: Place) -> str:
    """The trust document; returns its SHA-256, which a bureau would publish outside."""
    keyholder, server = enrolment(place, "keyholder"), enrolment(place, "server")
    done = run(
        *("pki", "trust", "--dir", place.home("pki"), "--ledger", server["ledger"]),
        *("--cosigner", keyholder["cosigner"], "--quorum", "1", "--out", place.kept / "trust.json"),
        log=place.logs / "trust.log",
    )
    shutil.copyfile(place.kept / "trust.json", place.home("station") / "trust.json")
    return done.stdout.strip()


def found_the_ledger(place: Place, cast: Cast) -> None:
    """The founding entries, in the order in which each can be checked against those before it."""
    founding = place.work / "founding.json"
    founding.write_text(json.dumps(founding_events(place, cast), ensure_ascii=False))
    run("server", "import", "--home", place.home("server"), founding, log=place.logs / "import.log")


def founding_events(place: Place, cast: Cast) -> list[dict[str, Any]]:
    server, keyholder = enrolment(place, "server"), enrolment(place, "keyholder")
    root = x509.load_pem_x509_certificate((place.home("pki") / "root.pem").read_bytes())
    founded = {
        "bureau": place.bureau,
        "domain": DOMAIN,
        "root": sha256(root.public_bytes(Encoding.DER)).hex(),
        "text_key": server["text_key"],
    }
    peer = {
        "role": "keyholder",
        "name": keyholder["name"],
        "jwk": keyholder["request_jwk"],
        "cosigner": keyholder["cosigner"],
    }
    departments = [one.event(place.bureau, order) for order, one in enumerate(DEPARTMENTS.values())]
    people = [event for person in cast.everybody for event in person.events()]
    return [
        {"kind": "bureau-founded/1", "core": founded},
        {"kind": "peer-registered/1", "core": peer},
        {"kind": "policy-set/1", "core": policy(server, keyholder)},
        *departments,
        *people,
        *course_events(),
        *cast.officer.trained(),
        *cast.colleague.trained(),
        *device_events(place, cast),
        *(security_administrator(cast, number) for number in (0, 1)),
    ]


def policy(server: dict[str, Any], keyholder: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": 1,
        "sharing": "county",
        "shares": [{"keyholder": keyholder["jwk"], "escrow": keyholder["escrow_jwk"]}],
        "text_key": server["text_key"],
        "officer_check_least": "key",
        "quorum": 1,
        "copies": 1,
    }


def device_events(place: Place, cast: Cast) -> list[dict[str, Any]]:
    station, recorder = enrolment(place, "station"), enrolment(place, "recorder")
    credential = cast.officer.key.credential(place.dock_rp)
    dock_key = {
        "person": cast.officer.id,
        "credential": b64u(credential.id),
        "public_key": b64u(credential.public_key),
        "rp_id": place.dock_rp,
        "aaguid": "00" * 16,
    }
    bay = {"recorder": recorder["kid"], "station": station["kid"], "bay": 1}
    assigned = {
        **bay,
        "officer": cast.officer.id,
        "rp_id": place.dock_rp,
        "origin": place.kiosk_origin,
        "credentials": [{"id": b64u(credential.id), "public_key": b64u(credential.public_key)}],
        "officer_check_least": "key",
        "drill": False,
        "deputy": False,
        "reason_code": None,
    }
    where = DEPARTMENTS[cast.officer.department].id
    issued = {"issue": new_id(), "recorder": recorder["kid"], "department": where, "person": cast.officer.id}
    return [
        registered("station", place.station_serial, DEPARTMENTS["信息中心"].id),
        registered("recorder", recorder["serial"], where),
        {
            "kind": "station-enrolled/1",
            "core": {**station, "station": station["kid"], "serial": place.station_serial},
        },
        {"kind": "recorder-enrolled/1", "core": {**recorder, "recorder": recorder["kid"]}},
        _certificate(place, "station", station["kid"]),
        _certificate(place, "recorder", recorder["kid"]),
        {"kind": "recorder-bound/1", "core": bay},
        {"kind": "dock-credential-registered/1", "core": dock_key},
        {"kind": "recorder-issued/1", "core": issued},
        {"kind": "recorder-assigned/1", "core": assigned},
    ]


def _certificate(place: Place, role: str, kid: str) -> dict[str, Any]:
    return certificate_recorded(place.home(role), role, kid)


def certificate_recorded(home: Path, role: str, kid: str) -> dict[str, Any]:
    found = x509.load_pem_x509_certificate((home / "tls.crt").read_bytes())
    core = {
        "kid": kid,
        "role": role,
        "serial": f"{found.serial_number:040x}",
        "digest": sha256(found.public_bytes(Encoding.DER)).hex(),
        "not_before": format_time(found.not_valid_before_utc),
        "not_after": format_time(found.not_valid_after_utc),
    }
    return {"kind": "certificate-recorded/1", "core": core}


def registered(kind: str, serial: str, department: str) -> dict[str, Any]:
    more = {"model": "", "asset": "", "acquired": "2026-01-05"}
    core = {"kind": kind, "serial": serial, "department": department}
    return {"kind": "equipment-registered/1", "core": core | more}


def security_administrator(cast: Troupe, number: int) -> dict[str, Any]:
    """The first two are pinned at the keyholder and need no witnesses."""
    core = registration_core(cast.admins[number], ["security-administrator"])
    return {"kind": "credential-registered/1", "core": core}


def adopt(place: Place) -> None:
    """The recorder takes on its bureau: keys, policy and assignment, each with its proof."""
    home, entries = place.home("recorder"), place.work / "adopt.json"
    run(
        *("server", "export", "adopt", "--home", place.home("server")),
        # A thumbprint may begin with a hyphen.
        *(f"--recorder={enrolment(place, 'recorder')['kid']}", "--out", entries),
        log=place.logs / "export-adopt.log",
    )
    run(
        *("recorder", "adopt", "--home", home, "--trust", place.kept / "trust.json"),
        *("--cert", home / "tls.crt", "--roots", home / "roots.pem", "--entries", entries),
        log=place.logs / "adopt.log",
    )


def enrolment(place: Place, program: str) -> dict[str, Any]:
    """What a program's `init` says of itself: public keys and names."""
    found: dict[str, Any] = json.loads((place.home(program) / "enrol.json").read_text())
    return found


def give_home_to(folder: Path, uid: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, uid)
