"""A security key is made at a station, waits, and is entered by an administrator who heard its number
(spec/intake.md §2)."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse

from support.county_world import BUREAU, DOCK_RP, KIOSK, CountyWorld, named_id
from support.recordings import OFFICER
from support.recordings import test_key as named_key
from zhilu.encoding import b64u, format_time, unb64u
from zhilu.errors import CallerError
from zhilu.protocols.dock_keys import Asked, Made, challenge_of, number_of
from zhilu.sealed.keys import SoftSigner
from zhilu.server.equipment import rules
from zhilu.server.equipment.events import StationEnrolled
from zhilu.server.equipment.models import Alarm, DockCredential, PendingDockKey
from zhilu.server.equipment.services import dock_keys
from zhilu.server.ledger.clock import new_id, now
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.organisation.events import RoleWithdrawn
from zhilu.softkey import SoftKey

pytestmark = pytest.mark.django_db
SYSTEM, SECOND, HEAD = (str(named_id(name)) for name in ("system", "second officer", "security"))


def asked(county: CountyWorld, person: str = SECOND, **said: Any) -> Asked:
    plain = {"bureau": BUREAU, "station": county.station.kid, "at": format_time(now())}
    return Asked(**plain | {"person": person, "nonce": new_id().bytes} | said)


def made(words: Asked, key: SoftKey | None = None, rp_id: str = DOCK_RP, origin: str = KIOSK) -> Made:
    data = words.to_bytes()
    answer = (key or SoftKey()).create(rp_id, origin, words.person, challenge_of(data))
    parts = (answer["id"], answer["response"]["clientDataJSON"], answer["response"]["attestationObject"])
    return Made(data, *(unb64u(one) for one in parts))


def post(county: CountyWorld, one: Made, **more: Any) -> HttpResponse:
    return county.request("POST", "/intake/dock-keys", body=one.to_bytes(), **more)


def refused(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["error"]


def wrong(number: str) -> str:
    return f"{(int(number) + 1) % 10**6:06}"


def other_station(origin: str = "http://s2.dock.example") -> SoftSigner:
    other = SoftSigner(named_key("other station"))
    commit(StationEnrolled(other.kid, other.jwk, "第二采集站", 4, DOCK_RP, origin), BUREAU)
    return other


@pytest.mark.db
def test_from_the_station_to_the_ledger(county: CountyWorld) -> None:
    before, key = size(), SoftKey()
    one = made(asked(county), key)
    answer = post(county, one)
    assert answer.status_code == 201
    number = json.loads(answer.content)["number"]
    again = post(county, one)  # the station did not hear the answer
    assert again.status_code == 200 and json.loads(again.content)["number"] == number
    row = PendingDockKey.objects.get()
    assert size() == before and not DockCredential.objects.filter(person=SECOND).exists()
    client = county.sign_in(SYSTEM)
    assert "待确认的交接密钥" in client.get("/").content.decode()
    pages = [client.get(path).content.decode() for path in ("/dock-keys", f"/dock-keys/{row.id}")]
    assert all("第一采集站" in page and str(row.aaguid) in page and number not in page for page in pages)
    assert client.post(f"/dock-keys/{row.id}", {"number": wrong(number)}).status_code == 400
    assert size() == before
    assert client.post(f"/dock-keys/{row.id}", {"number": number}).status_code == 302
    entry = Entry.objects.get(index=size() - 1)
    assert (entry.kind, entry.actor) == ("dock-credential-registered/1", SYSTEM)
    held = DockCredential.objects.get(person=SECOND)
    assert held.id == b64u(key.credential(DOCK_RP).id) and held.rp_id == DOCK_RP
    assert held.public_key == b64u(key.credential(DOCK_RP).public_key)
    assert held.id[:15] in client.get(f"/people/{SECOND}").content.decode()
    assert refused(post(county, one)) == (422, "dock-key-over")
    assert not dock_keys.waiting().exists()


def test_the_number_is_six_digits_of_credential_and_key() -> None:
    assert number_of(b"c", b"k") != number_of(b"k", b"c") and number_of(b"ck", b"") != number_of(b"c", b"k")
    assert all(re.fullmatch("[0-9]{6}", number_of(bytes([one]), b"k")) for one in range(50))


def test_words_that_are_not_this_stations_or_old(county: CountyWorld) -> None:
    station = other_station()
    for said in (
        {"bureau": "qinghe"}, {"station": station.kid}, {"nonce": b"short"}, {"person": "x"}, {"at": "now"},
        {"at": format_time(now() - timedelta(minutes=10, seconds=5))},
        {"at": format_time(now() + timedelta(minutes=6))},
    ):  # fmt: skip
        assert refused(post(county, made(asked(county, **said)))) == (422, "dock-key"), said
    # Another station sends on what was asked here.
    assert refused(post(county, made(asked(county)), signer=station)) == (422, "dock-key")
    assert refused(post(county, replace(made(asked(county)), asked=b"{}"))) == (422, "dock-key")
    assert not PendingDockKey.objects.exists()


def test_an_answer_for_something_else(county: CountyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    words = asked(county)
    good, other = made(words), made(asked(county))
    monkeypatch.setattr("zhilu.softkey.authenticator.USER_VERIFIED", 0)
    unverified = made(words)
    framed = good.client_data_json.replace(b'"crossOrigin":false', b'"crossOrigin":true')
    get = good.client_data_json.replace(b"webauthn.create", b"webauthn.get")
    for one in (
        made(words, origin="http://other.dock.example"),
        made(words, rp_id="s1.dock.example"),
        replace(good, asked=asked(county).to_bytes()),  # another challenge
        replace(good, credential=other.credential),
        replace(good, client_data_json=framed),
        replace(good, client_data_json=get),
        replace(good, attestation_object=b"\xa0"),
        replace(good, attestation_object=good.attestation_object[:-40]),
        unverified,
    ):
        assert refused(post(county, one)) == (422, "registration"), one
    assert not PendingDockKey.objects.exists() and post(county, good).status_code == 201


def test_an_answer_that_is_none(county: CountyWorld) -> None:
    good = json.loads(made(asked(county)).to_bytes())
    for name in good:
        for value in ("", "=", "A" * 30_000, None, 7):
            body = json.dumps(good | {name: value}).encode()
            answer = county.request("POST", "/intake/dock-keys", body=body)
            assert answer.status_code in (400, 422), (name, value)
    assert county.request("GET", "/intake/dock-keys").status_code == 405
    assert not PendingDockKey.objects.exists()


def test_a_key_that_is_known_already(county: CountyWorld) -> None:
    words = asked(county, OFFICER)
    one = made(words, key := SoftKey())
    assert post(county, one).status_code == 201
    # The same credential for somebody else, or with another key behind it.
    theirs = SoftKey(list(key.credentials))
    theirs.random = lambda n: key.credentials[0].id[:n]
    for person in (OFFICER, SECOND):
        assert refused(post(county, made(asked(county, person), theirs))) == (422, "credential-known")
    dock_keys.confirm(PendingDockKey.objects.get().id, number(key), named_id("system"))
    PendingDockKey.objects.all().delete()
    assert refused(post(county, one)) == (422, "credential-known")


def number(key: SoftKey) -> str:
    made_ = key.credential(DOCK_RP)
    return number_of(made_.id, made_.public_key)


def test_too_many_wait(county: CountyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(rules.MOST_KEYS_OF_PERSON):
        assert post(county, made(asked(county))).status_code == 201
    assert refused(post(county, made(asked(county)))) == (422, "dock-keys-many")
    monkeypatch.setattr(rules, "MOST_KEYS_OF_STATION", 4)
    assert post(county, made(asked(county, OFFICER))).status_code == 201
    assert refused(post(county, made(asked(county, OFFICER)))) == (422, "dock-keys-many")
    dock_keys.refuse(PendingDockKey.objects.earliest("id").id)
    assert post(county, made(asked(county, OFFICER))).status_code == 201


def test_a_number_is_not_guessed(county: CountyWorld) -> None:
    one = made(asked(county), key := SoftKey())
    post(county, one)
    path, client = f"/dock-keys/{PendingDockKey.objects.get().id}", county.sign_in(SYSTEM)
    for bad in ("12345", "1234567", "12345x", "１２３４５６", ""):
        assert client.post(path, {"number": bad}).status_code == 400
    assert PendingDockKey.objects.get().tries == 0
    before = size()
    for _ in range(rules.MOST_KEY_TRIES):
        assert client.post(path, {"number": wrong(number(key))}).status_code == 400
    alarm = Alarm.objects.get()
    assert (alarm.code, alarm.about) == ("dock-key-guessed", county.station.kid)
    assert client.post(path, {"number": number(key)}).status_code == 400 and size() == before
    # It cannot be brought again to be guessed anew.
    assert refused(post(county, one)) == (422, "dock-key-over")


def test_who_is_slow_begins_again(county: CountyWorld) -> None:
    one = made(asked(county), key := SoftKey())
    post(county, one)
    PendingDockKey.objects.update(at=now() - rules.KEY_WAITS)
    row, client = PendingDockKey.objects.get(), county.sign_in(SYSTEM)
    assert "没有待确认的密钥" in client.get("/dock-keys").content.decode()
    assert client.post(f"/dock-keys/{row.id}", {"number": number(key)}).status_code == 400
    assert client.get("/dock-keys/999").status_code == 404
    assert not DockCredential.objects.filter(person=SECOND).exists()
    post(county, made(asked(county, OFFICER)))
    assert not PendingDockKey.objects.filter(id=row.id).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_at_once_one_decides(county: CountyWorld) -> None:
    post(county, made(asked(county), key := SoftKey()))
    pending, before = PendingDockKey.objects.get().id, size()
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def decide() -> None:
        ready.wait()
        while True:
            try:
                dock_keys.confirm(pending, number(key), named_id("system"))
                outcomes.append("entered")
                break
            except CallerError as error:
                outcomes.append(error.code)
                break
            except OperationalError:  # SQLite in memory does not wait for another thread's write
                time.sleep(0.01)
        connection.close()

    threads = [threading.Thread(target=decide) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["dock-key-over", "entered"] and size() == before + 1
    client = county.sign_in(SYSTEM)
    assert client.post(f"/dock-keys/{pending}/refuse", {"confirmed": "yes"}).status_code == 302
    assert PendingDockKey.objects.get().state == rules.KEY_CONFIRMED
    assert client.get(f"/dock-keys/{pending}/refuse").status_code == 405


def test_refused_is_refused(county: CountyWorld) -> None:
    post(county, made(asked(county), key := SoftKey()))
    path, client = f"/dock-keys/{PendingDockKey.objects.get().id}", county.sign_in(SYSTEM)
    asked_first = client.post(f"{path}/refuse")
    assert (asked_first.status_code, asked_first.context["title"]) == (200, "拒绝马超的密钥")
    assert PendingDockKey.objects.get().state == rules.WAITING
    assert client.post(f"{path}/refuse", {"confirmed": "yes"}).status_code == 302
    assert client.post(path, {"number": number(key)}).status_code == 400
    assert not DockCredential.objects.filter(person=SECOND).exists()


def test_only_for_who_uses_it(county: CountyWorld) -> None:
    """A stranger, somebody without such a role, somebody who loses it while the key waits."""
    for person in (str(named_id("a stranger")), HEAD):
        assert refused(post(county, made(asked(county, person)))) == (404, "person-unknown")
    post(county, made(asked(county), key := SoftKey()))
    commit(RoleWithdrawn(SECOND, "officer", "调离"), county.admins[0].person)
    client, before = county.sign_in(SYSTEM), size()
    path = f"/dock-keys/{PendingDockKey.objects.get().id}"
    assert client.post(path, {"number": number(key)}).status_code == 400 and size() == before
