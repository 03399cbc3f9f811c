"""Registering, enrolling, certificates, bays, revocation: by the pages, and by who forges what they send."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from support.county_world import DEPARTMENT, OFFICER, make_home
from support.equipment_world import (
    FOREIGN_DEPARTMENT,
    KEEPER,
    OTHER_DEPARTMENT,
    OTHER_KEEPER,
    SYSTEM,
    WHOLE_KEEPER,
    YEAR,
    Authority,
    EquipmentWorld,
    enrol_json,
    private_jwk,
    signer_of,
    station_json,
)
from zhilu.errors import DataError
from zhilu.pki.certificates import key_pem, new_key, pem
from zhilu.server.equipment.models import Certificate, Equipment, Recorder, Revocation, Station
from zhilu.server.equipment.services import documents
from zhilu.server.ledger.models import Entry

ENROL, CERTIFICATES = "/equipment/enrol", "/equipment/certificates"


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Any) -> EquipmentWorld:
    settings.ZHILU = make_home(tmp_path / "county")
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    world = EquipmentWorld(settings.ZHILU)
    world.found()
    return world


@pytest.fixture
def system(world: EquipmentWorld) -> Client:
    return world.as_(SYSTEM)


def upload(client: Client, path: str, data: bytes, **more: str) -> HttpResponse:
    return client.post(path, {"file": SimpleUploadedFile("a", data), **more})


def said(answer: HttpResponse) -> str:
    return answer.content.decode()


# Registering.


def test_a_keeper_registers_and_corrects_in_his_departments(world: EquipmentWorld) -> None:
    client = world.as_(KEEPER)
    fields = {"serial": "XT-0100", "model": "DSJ-Z9", "asset": "ZC-1", "department": DEPARTMENT}
    assert client.post("/equipment/register/recorder", fields | {"acquired": "2026-02-01"}).status_code == 302
    assert "XT-0100" in said(client.get("/recorders")) and "未登记密钥" in said(client.get("/recorders"))
    page = "/equipment/register/recorder?serial=XT-0100"
    assert "DSJ-Z9" in said(client.get(page))
    assert client.post(page, fields | {"model": "DSJ-Z10"}).status_code == 302
    row = Equipment.objects.get(serial="XT-0100")
    assert (row.model, str(row.department), row.acquired) == ("DSJ-Z10", DEPARTMENT, None)


WRONG = [
    ({"department": OTHER_DEPARTMENT}, "department"),
    ({"department": FOREIGN_DEPARTMENT}, "department"),
    ({"department": "'; DROP TABLE"}, "department"),
    ({"department": ""}, "department"),
    ({"serial": ""}, "serial"),
    ({"serial": "x" * 65}, "serial"),
    ({"serial": 'a"b'}, "serial"),
    ({"serial": "a\x00b"}, "serial"),
    ({"model": "x" * 201}, "model"),
    ({"acquired": "2999-01-01"}, "acquired"),
    ({"acquired": "0001-01-01"}, "acquired"),
    ({"serial": "XT-0500"}, "serial"),  # another department's
]


def test_what_cannot_be_registered_is_said_beside_its_field(world: EquipmentWorld) -> None:
    world.register("XT-0500", OTHER_DEPARTMENT)
    client, before = world.as_(KEEPER), Entry.objects.count()
    fields = {"serial": "XT-0100", "model": "", "department": DEPARTMENT, "acquired": ""}
    for changed, beside in WRONG:
        answer = client.post("/equipment/register/recorder", fields | changed)
        assert answer.status_code == 400 and f'id="id_{beside}_error"' in said(answer), changed
    assert Entry.objects.count() == before


def test_ten_megabytes_in_a_field_end_early(world: EquipmentWorld) -> None:
    fields = {"serial": "XT-0100", "model": "x" * 10_000_000, "department": DEPARTMENT}
    assert world.as_(KEEPER).post("/equipment/register/recorder", fields).status_code in (400, 413)
    assert not Equipment.objects.filter(serial="XT-0100").exists()


def test_markup_in_what_is_registered_is_text(world: EquipmentWorld) -> None:
    client = world.as_(KEEPER)
    evil = "<script>alert(1)</script>"
    client.post("/equipment/register/recorder", {"serial": evil, "model": evil, "department": DEPARTMENT})
    page = said(client.get("/recorders"))
    assert "&lt;script&gt;" in page and evil not in page


def test_another_keepers_registration_is_not_there(world: EquipmentWorld) -> None:
    assert world.as_(OTHER_KEEPER).get("/equipment/register/recorder?serial=XT-0001").status_code == 404
    assert world.as_(WHOLE_KEEPER).get("/equipment/register/recorder?serial=XT-0001").status_code == 200


# Enrolling.


def test_a_recorder_is_enrolled_from_its_own_file(world: EquipmentWorld, system: Client) -> None:
    world.register("XT-0200", DEPARTMENT)
    kid = signer_of("XT-0200").kid
    assert upload(system, ENROL, enrol_json("XT-0200"))["Location"] == f"/recorders/{kid}"
    assert Recorder.objects.get(kid=kid).counter_kind == "tpm"
    owned = Equipment.objects.get(serial="XT-0200")
    assert (owned.kid, str(owned.department), owned.model) == (kid, DEPARTMENT, "DSJ-Z9")
    assert kid in said(system.get(f"/recorders/{kid}"))


def test_a_station_is_enrolled_under_its_registered_number(world: EquipmentWorld, system: Client) -> None:
    world.register("CZ-1", OTHER_DEPARTMENT, "station")
    kid = signer_of("第二采集站").kid
    assert "CZ-1" in said(system.get("/stations"))
    answer = upload(system, ENROL, station_json("第二采集站"), station="CZ-1")
    assert answer["Location"] == f"/stations/{kid}"
    page = said(system.get(f"/stations/{kid}"))
    assert "征收科" in page and "CZ-1" in page and Station.objects.get(kid=kid).bays == 8
    listed = said(system.get("/stations"))
    assert "第二采集站" in listed and world.station.kid in listed and "还没有采集站" not in listed


NO_ENROLMENTS = [
    b"",
    b"\xff\xfe",
    b"[]",
    b"{}",
    enrol_json("XT-0200")[:-3],
    enrol_json("XT-0200", more=1),
    enrol_json("XT-0200", serial=7),
    enrol_json("XT-0200", serial=""),
    enrol_json("XT-0200", serial="x" * 65),
    enrol_json("XT-0200", counter_kind="abacus"),
    enrol_json("XT-0200", kid=signer_of("another").kid),
    enrol_json("XT-0200", kid="no kid"),
    enrol_json("XT-0200", jwk={"kty": "RSA", "crv": "P-256", "x": "AA", "y": "AA"}),
    enrol_json("XT-0200", jwk=7),
    enrol_json("XT-0200", jwk=private_jwk("XT-0200")),
    enrol_json("XT-0200") + b" " * 20_000,
    b'{"kid":1,"kid":2}',
    station_json("站", bays=0),
    station_json("站", bays=10**12),
    b'{"bays":1.5}',
    station_json("站", origin="x" * 300),
]


def test_a_file_that_is_no_enrolment_changes_nothing(world: EquipmentWorld, system: Client) -> None:
    before = Entry.objects.count()
    for data in NO_ENROLMENTS:
        answer = upload(system, ENROL, data)
        assert answer.status_code == 400 and 'id="id_file_error"' in said(answer), data
    assert Entry.objects.count() == before


def test_a_private_key_in_the_file_is_named_as_such(world: EquipmentWorld, system: Client) -> None:
    answer = upload(system, ENROL, enrol_json("XT-0200", jwk=private_jwk("XT-0200")))
    assert "私钥" in said(answer)
    assert private_jwk("XT-0200")["d"] not in said(answer)


def test_a_key_is_enrolled_once_and_a_serial_has_one_key(world: EquipmentWorld, system: Client) -> None:
    kid = world.enrol("XT-0200")
    assert "已登记" in said(upload(system, ENROL, enrol_json("XT-0200")))
    other = signer_of("new key")
    again = enrol_json("XT-0200", kid=other.kid, jwk=other.jwk)
    assert "先吊销" in said(upload(system, ENROL, again))
    # Revoked, the device comes back under a new key: the register follows, the old key's page says so.
    world.say("device-revoked/1", kid=kid, since="2026-11-24T00:00:00.000Z", reason="superseded")
    assert upload(system, ENROL, again).status_code == 302
    assert Equipment.objects.get(serial="XT-0200").kid == other.kid
    assert f"/recorders/{other.kid}" in said(system.get(f"/recorders/{kid}"))


def test_no_page_takes_a_file_without_the_right_or_the_token(world: EquipmentWorld, system: Client) -> None:
    assert upload(world.as_(KEEPER), ENROL, enrol_json("XT-0200")).status_code == 403
    strict = Client(HTTP_HOST="127.0.0.1", enforce_csrf_checks=True)
    strict.cookies = system.cookies
    assert upload(strict, ENROL, enrol_json("XT-0200")).status_code == 403
    assert not Recorder.objects.filter(serial="XT-0200").exists()


# Certificates.


def test_a_certificate_of_the_bureau_is_recorded_with_its_end(world: EquipmentWorld, system: Client) -> None:
    certificate = world.authority.issue(world.recorder.kid, "recorder")
    assert upload(system, CERTIFICATES, pem(certificate)).status_code == 302
    row = Certificate.objects.get()
    assert (row.kid, row.role, row.not_after) == (
        world.recorder.kid,
        "recorder",
        certificate.not_valid_after_utc,
    )
    page = said(system.get(CERTIFICATES))
    assert "XT-0001" in page and f"{certificate.serial_number:040x}" in page and "有效" in page
    assert "已有记录" in said(upload(system, CERTIFICATES, pem(certificate)))


def bad_certificates(world: EquipmentWorld) -> dict[str, bytes]:
    root, at, recorder = world.authority, world.at, world.recorder.kid
    good = root.issue(recorder, "recorder")
    same_name = Authority("julu.example", at)
    same_name.key = new_key()
    return {
        "another root": pem(Authority("qinghe.example", at).issue(recorder, "recorder")),
        "another root of the same name": pem(same_name.issue(recorder, "recorder")),
        "the root itself": pem(root.root),
        "the wrong role": pem(root.issue(recorder, "station")),
        "a server's": pem(root.issue(recorder, "server")),
        "another kid": pem(root.issue(signer_of("nobody").kid, "recorder")),
        "a station's kid as recorder": pem(root.issue(world.station.kid, "recorder")),
        "expired": pem(root.issue(recorder, "recorder", at - 4 * YEAR)),
        "two": pem(good) + pem(good),
        "key beside it": pem(good) + key_pem(new_key()),
        "no PEM": b"x" * 100,
        "empty": b"",
        "too large": pem(good) + b" " * 20_000,
        "cut": pem(good)[:-60],
    }


def test_no_other_certificate_is_recorded(world: EquipmentWorld, system: Client) -> None:
    before = Entry.objects.count()
    for name, data in bad_certificates(world).items():
        answer = upload(system, CERTIFICATES, data)
        assert answer.status_code == 400 and 'id="id_file_error"' in said(answer), name
    assert Entry.objects.count() == before and not Certificate.objects.exists()


def test_a_root_that_was_not_founded_vouches_for_nothing(world: EquipmentWorld, system: Client) -> None:
    other = Authority("qinghe.example", world.at)
    world.config.root.write_bytes(pem(other.root))
    answer = upload(system, CERTIFICATES, pem(other.issue(world.recorder.kid, "recorder")))
    assert answer.status_code == 400 and "root.pem" in said(answer)


# Bays.


def test_binding_offers_only_free_bays_and_unbinding_asks_first(
    world: EquipmentWorld, system: Client
) -> None:
    kid = world.enrol("XT-0200")
    page = said(system.get(f"/recorders/{kid}/bind"))
    assert f"{world.station.kid}:2" in page and f"{world.station.kid}:1" not in page
    for place in (f"{world.station.kid}:1", f"{world.station.kid}:9", "x:1", ""):
        assert system.post(f"/recorders/{kid}/bind", {"place": place}).status_code == 400
    assert system.post(f"/recorders/{kid}/bind", {"place": f"{world.station.kid}:2"}).status_code == 302
    assert Recorder.objects.get(kid=kid).bay == 2
    assert "XT-0200" in said(system.get(f"/stations/{world.station.kid}"))
    assert system.post(f"/recorders/{kid}/unbind").status_code == 200
    assert Recorder.objects.get(kid=kid).bay == 2
    assert system.post(f"/recorders/{kid}/unbind", {"confirmed": "yes"}).status_code == 302
    assert Recorder.objects.get(kid=kid).bay is None
    with pytest.raises(DataError) as caught:
        world.say("recorder-unbound/1", recorder=kid)
    assert caught.value.code == "not-bound"


def test_a_binding_that_ended_is_in_no_snapshot(world: EquipmentWorld) -> None:
    def bound() -> int:
        world.publish()
        entries = documents.snapshot()["entries"]
        return sum(b"recorder-bound/1" in unpacked(entry["leaf"]) for entry in entries)

    kid = world.enrol("XT-0200", bay=2)
    assert bound() == 2
    world.say("recorder-unbound/1", recorder=kid)
    assert bound() == 1
    # Back from the lost: in service again, and in no bay.
    world.say("recorder-state-set/1", recorder=world.recorder.kid, state="lost", reason="")
    world.say("recorder-state-set/1", recorder=world.recorder.kid, state="in-service", reason="")
    assert bound() == 0


def unpacked(leaf: str) -> bytes:
    from zhilu.encoding import unb64u

    return unb64u(leaf)


# Revocation.


def test_revoking_asks_says_what_will_happen_and_what_is_left_to_do(
    world: EquipmentWorld, system: Client
) -> None:
    certificate = world.authority.issue(world.recorder.kid, "recorder")
    upload(system, CERTIFICATES, pem(certificate))
    path = f"/devices/{world.recorder.kid}/revoke"
    asked = system.post(path, {"reason": "stolen", "since": "2026-11-20T08:00"})
    assert asked.status_code == 200 and "zhilu pki revoke" in said(asked) and not Revocation.objects.exists()
    answer = system.post(path, {"reason": "stolen", "since": "2026-11-20T08:00", "confirmed": "yes"})
    assert answer.status_code == 302
    row = Revocation.objects.get()
    assert (row.reason, row.since.isoformat()) == ("stolen", "2026-11-20T00:00:00+00:00")
    page = said(system.get(f"/recorders/{world.recorder.kid}"))
    assert f"--kid={world.recorder.kid}" in page and "尚未列入" in page
    world.config.crl.write_bytes(world.authority.crl(certificate))
    assert "已列入吊销名单" in said(system.get(f"/recorders/{world.recorder.kid}"))
    assert system.get(path).status_code == 404


def test_nothing_is_revoked_since_a_time_that_cannot_be(world: EquipmentWorld, system: Client) -> None:
    for since in ("2999-01-01T00:00", "0001-01-01T00:00", "yesterday"):
        sent = {"reason": "stolen", "since": since, "confirmed": "yes"}
        answer = system.post(f"/devices/{world.recorder.kid}/revoke", sent)
        assert answer.status_code == 400 and 'id="id_since_error"' in said(answer)
    assert not Revocation.objects.exists()


def test_a_revoked_device_gets_no_certificate(world: EquipmentWorld, system: Client) -> None:
    certificate = pem(world.authority.issue(world.recorder.kid, "recorder"))
    world.say("device-revoked/1", kid=world.recorder.kid, since="2026-11-24T00:00:00.000Z", reason="stolen")
    assert upload(system, CERTIFICATES, certificate).status_code == 400


def test_only_the_system_administrator_enrols_binds_and_revokes(world: EquipmentWorld) -> None:
    kid = world.recorder.kid
    paths = [
        ENROL,
        CERTIFICATES,
        f"/recorders/{kid}/bind",
        f"/recorders/{kid}/unbind",
        f"/devices/{kid}/revoke",
    ]
    for person in (KEEPER, OFFICER):
        client = world.as_(person)
        assert {client.post(path).status_code for path in paths} == {403}
    system = world.as_(SYSTEM)
    keeps = ["issue", "return", "state", "assign"]
    assert {system.get(f"/recorders/{kid}/{one}").status_code for one in keeps} == {403}
    assert system.get("/equipment/register/recorder").status_code == 403


def test_a_certificate_that_runs_out_soon_is_marked(world: EquipmentWorld, system: Client) -> None:
    old = world.authority.issue(world.recorder.kid, "recorder", world.at - 3 * YEAR + timedelta(days=30))
    upload(system, CERTIFICATES, pem(old))
    assert "即将到期" in said(system.get(CERTIFICATES))
    upload(system, CERTIFICATES, pem(world.authority.issue(world.recorder.kid, "recorder")))
    page = said(system.get(CERTIFICATES))
    assert "即将到期" not in page and "已更换" in page
