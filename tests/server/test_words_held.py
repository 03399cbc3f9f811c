"""A keeper's word that a station holds back is worth nothing later, whatever date the station writes: the
county gives the nonce (spec/intake.md §2)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse

from support.county_world import BUREAU, CountyWorld
from support.recordings import OFFICER
from support.recordings import test_key as named_key
from support.words_world import SYSTEM, Kiosk
from zhilu.encoding import format_time
from zhilu.protocols import intake_words, words
from zhilu.sealed.keys import SoftSigner
from zhilu.server.equipment.events import StationEnrolled
from zhilu.server.equipment.models import Assignment, Finger
from zhilu.server.evidence.models import Word, WordNonce
from zhilu.server.evidence.services import word_nonces
from zhilu.server.evidence.services import words as service
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import commit, size

pytestmark = pytest.mark.django_db
MONTH = timedelta(days=30)


@pytest.fixture
def kiosk(county: CountyWorld) -> Kiosk:
    made = Kiosk(county)
    made.give_key(SYSTEM)
    return made


def error_of(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["error"]


def pass_by(time: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    """The county's clock goes on."""
    for module in (service, word_nonces):
        monkeypatch.setattr(module, "now", lambda: now() + time)


@pytest.mark.db
@pytest.mark.parametrize("kind", ["assignment", "finger"])
def test_a_keepers_word_is_dated_ahead_by_the_station(
    kind: str, kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = getattr(kiosk, kind)()
    # Everybody touches today; the station has written the date of next month.
    body, before = kiosk.body(kiosk.request(replace(said, at=format_time(now() + MONTH)))), size()
    assert error_of(kiosk.post(body)) == (422, "word-old")
    pass_by(MONTH, monkeypatch)
    assert error_of(kiosk.post(body)) == (422, "word-old")
    kiosk.nonce()  # clears what is over
    assert error_of(kiosk.post(body)) == (422, "word-old")
    assert size() == before and not Word.objects.exists()
    assert not Assignment.objects.filter(id__gte=before).exists() and not Finger.objects.exists()


def test_a_nonce_is_worth_fifteen_minutes(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    early, late = (kiosk.body(kiosk.request(kiosk.assignment())) for _ in range(2))
    with monkeypatch.context() as soon:
        pass_by(timedelta(minutes=14), soon)
        assert kiosk.post(early).status_code == 201
    pass_by(timedelta(minutes=15, seconds=1), monkeypatch)
    assert error_of(kiosk.post(late)) == (422, "word-old")
    # What was taken stays taken: the same again is no new word.
    assert kiosk.post(early).status_code == 200


def test_a_nonce_is_spent_by_its_word_and_by_no_refused_one(kiosk: Kiosk, county: CountyWorld) -> None:
    nonce = kiosk.nonce()
    body = kiosk.body(kiosk.request(kiosk.assignment(nonce=nonce)))
    assert error_of(kiosk.say(kiosk.assignment(nonce=nonce, bay=2))) == (422, "bay")
    first = kiosk.post(body)
    assert first.status_code == 201 and not WordNonce.objects.filter(station=county.station.kid).exists()
    again, before = kiosk.post(body), size()
    assert again.status_code == 200 and again.content == first.content
    other = kiosk.assignment(nonce=nonce, drill=True)
    assert error_of(kiosk.say(other)) == (422, "word-old") and size() == before


def test_who_may_not_say_it_spends_nothing(kiosk: Kiosk, county: CountyWorld) -> None:
    """The nonce goes with the entries, in one transaction or not at all."""
    assert error_of(kiosk.say(kiosk.assignment(OFFICER))) == (403, "actor")
    assert WordNonce.objects.count() == 1


def test_a_nonce_is_the_countys_and_this_stations(kiosk: Kiosk, county: CountyWorld) -> None:
    assert error_of(kiosk.say(kiosk.assignment(nonce=bytes(16)))) == (422, "word-old")
    other = SoftSigner(named_key("other station"))
    address = ("dock.example", "http://s2.dock.example")
    commit(StationEnrolled(other.kid, other.jwk, "第二采集站", 4, *address), BUREAU)
    theirs = kiosk.nonce(signer=other)
    assert error_of(kiosk.say(kiosk.assignment(nonce=theirs))) == (422, "word-old")
    assert WordNonce.objects.get().station == other.kid


def test_a_statement_keeps_its_own_nonce(kiosk: Kiosk, county: CountyWorld) -> None:
    film = county.store()
    said = kiosk.statement(film.handover, at=format_time(now() - MONTH))
    assert kiosk.say(said).status_code == 201 and not WordNonce.objects.exists()


def test_a_hundred_are_open_and_the_oldest_give_way(
    kiosk: Kiosk, county: CountyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, last = kiosk.nonce(), kiosk.nonce()
    kid = county.station.kid
    for _ in range(words.MOST_NONCES - 1):
        word_nonces.give(kid)
    assert WordNonce.objects.filter(station=kid).count() == words.MOST_NONCES
    assert error_of(kiosk.say(kiosk.assignment(nonce=first))) == (422, "word-old")
    assert kiosk.say(kiosk.assignment(nonce=last)).status_code == 201
    pass_by(words.NONCE_VALID, monkeypatch)
    word_nonces.give("another")
    assert WordNonce.objects.count() == 1  # what is over lies about nowhere


def test_only_a_station_is_given_one(kiosk: Kiosk, county: CountyWorld) -> None:
    address = "/intake/words/nonce"
    given = [county.request("POST", address, body=b"{}") for _ in range(2)]
    assert [answer.status_code for answer in given] == [200, 200]
    assert len({intake_words.parse_nonce(answer.content) for answer in given}) == 2
    thief: dict[str, Any] = {"signer": SoftSigner(named_key("thief"))}
    assert error_of(county.request("POST", address, body=b"{}", **thief)) == (401, "keyid")
    assert error_of(county.request("POST", address, body=b"[]"))[0] == 422
    assert error_of(county.request("POST", address, body=b"{}" + b" " * 100)) == (413, "body-too-large")
    assert county.request("GET", address).status_code == 405
    assert WordNonce.objects.count() == 2
