"""What people say at a station becomes entries, once, and nothing else does (spec/intake.md §2)."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse

from support.county_world import BUREAU, CountyWorld, named_id
from support.recordings import OFFICER, RECORDING
from support.recordings import test_key as named_key
from support.words_world import FILLED, SYSTEM, Kiosk, act, other_digest
from zhilu.encoding import format_time
from zhilu.protocols import words
from zhilu.sealed.keys import SoftSigner
from zhilu.server.equipment.events import RecorderUnbound, StationEnrolled
from zhilu.server.equipment.models import Assignment, Finger, Station
from zhilu.server.evidence.models import Act, Statement, Word
from zhilu.server.evidence.services.words import take
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.organisation.events import PersonAdded, PolicySet, RoleGranted, RoleWithdrawn
from zhilu.server.organisation.models import Policy

pytestmark = pytest.mark.django_db
SECOND = str(named_id("second officer"))


@pytest.fixture
def kiosk(county: CountyWorld) -> Kiosk:
    made = Kiosk(county)
    made.give_key(SYSTEM)
    return made


@pytest.fixture
def handover(county: CountyWorld) -> str:
    """Of the officer, with one recording, stored."""
    return county.store().handover


def error_of(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["error"]


def entries_of(answer: HttpResponse) -> list[int]:
    assert answer.status_code in (200, 201), answer.content
    found: list[int] = json.loads(answer.content)["entries"]
    return found


@pytest.mark.db
def test_a_statement_opens_acts_and_files_what_was_said(kiosk: Kiosk, handover: str) -> None:
    first, second = act(officers=(OFFICER, SECOND)), act(elements={}, procedure="C02")
    body = kiosk.body(kiosk.request(kiosk.statement(handover, first, second)))
    answer = kiosk.post(body)
    assert answer.status_code == 201 and len(entries_of(answer)) == 3
    kinds = Entry.objects.filter(index__in=entries_of(answer)).order_by("index").values_list("kind", "actor")
    assert list(kinds) == [
        ("act-opened/1", OFFICER), ("statement-filed/1", OFFICER), ("act-opened/1", OFFICER),
    ]  # fmt: skip
    opened = Act.objects.get(id=first.act)
    assert opened.taxpayer == "某某商店" and opened.officers.count() == 2
    filed = Statement.objects.get(act=opened)
    assert filed.complete == list(FILLED) and filed.place == "城关镇" and filed.filed_by == OFFICER
    assert not Statement.objects.filter(act=second.act).exists()
    # The same again changes nothing, and no personal text lies beside the entries.
    before = size()
    again = kiosk.post(body)
    assert again.status_code == 200 and entries_of(again) == entries_of(answer) and size() == before
    assert "某某商店".encode() not in bytes(Word.objects.get().sealed)


def test_all_acts_of_a_statement_or_none(kiosk: Kiosk, handover: str) -> None:
    before = size()
    wrong = (
        (act(procedure="Z99"), (422, "procedure")),
        (act(officers=(OFFICER, str(named_id("a stranger")))), (404, "person-unknown")),
        (act(spans=(words.Span(str(RECORDING), 0, 10**12),)), (422, "spans")),
        (act(elements={"place": "\u3164"}), (400, "text-unseen")),
    )
    for one, refusal in wrong:
        assert error_of(kiosk.say(kiosk.statement(handover, act(), one))) == refusal
    assert size() == before and not Word.objects.exists() and not Act.objects.exists()


def test_a_statement_waits_until_its_recording_is_stored(kiosk: Kiosk, county: CountyWorld) -> None:
    film = county.film()
    county.put_logbook(film)
    county.put_handover(film)
    body = kiosk.body(kiosk.request(kiosk.statement(film.handover)))
    assert error_of(kiosk.post(body)) == (409, "recording-unstored")
    county.put_journal(film)
    for i, data in enumerate(film.media):
        county.put_segment(i, data)
    county.complete()
    assert kiosk.post(body).status_code == 201


def test_a_statement_is_about_a_handover_of_this_officer_here(kiosk: Kiosk, handover: str) -> None:
    assert error_of(kiosk.say(kiosk.statement("ab" * 32))) == (404, "handover-unknown")
    kiosk.give_key(SECOND)
    theirs = kiosk.statement(handover, act(officers=(SECOND, OFFICER)), person=SECOND)
    assert error_of(kiosk.say(theirs)) == (404, "handover-unknown")
    elsewhere = act(recording=str(named_id("a recording elsewhere")))
    assert error_of(kiosk.say(kiosk.statement(handover, elsewhere))) == (422, "spans")


def test_who_is_no_officer_any_more_files_nothing(kiosk: Kiosk, handover: str, county: CountyWorld) -> None:
    commit(RoleWithdrawn(OFFICER, "officer", "调离"), county.admins[0].person)
    assert error_of(kiosk.say(kiosk.statement(handover))) == (403, "actor")


def test_a_station_invents_no_word(kiosk: Kiosk, handover: str, county: CountyWorld) -> None:
    said = kiosk.statement(handover)
    honest = kiosk.request(said)
    other = replace(said, acts=(act(taxpayer="另一家"),)).to_bytes()
    signed = words.sign_word(county.station, words.word_digest(other), ["key"])
    forged = replace(honest, word=other, station=signed)
    thief = SoftSigner(named_key("thief"))
    weaker = words.sign_word(county.station, honest.digest, ["fprintd"])
    other_key = replace(honest.signers[0], person=SECOND)
    refused: list[tuple[words.WordRequest, str]] = [
        (forged, "assertion"),
        (replace(honest, station=words.sign_word(thief, honest.digest, ["key"])), "station-signature"),
        (replace(honest, station=weaker), "station-signature"),
        (replace(honest, signers=(other_key,)), "persons"),
        (replace(honest, signers=()), "station-signature"),
        (kiosk.request(said, "fprintd"), "officer-check"),
        (kiosk.request(replace(said, bureau="qinghe")), "word"),
        (kiosk.request(replace(said, station=thief.kid)), "word"),
    ]
    before = size()
    for request, code in refused:
        assert error_of(kiosk.post(kiosk.body(request))) == (422, code), code
    # Under another digest it does not open.
    assert error_of(kiosk.post(kiosk.body(honest, other_digest())))[1] in ("word", "envelope")
    swapped = json.loads(kiosk.body(honest)) | {"digest": other_digest().hex()}
    assert error_of(kiosk.post(json.dumps(swapped).encode()))[0] == 422
    assert error_of(kiosk.post(kiosk.body(honest), signer=thief)) == (401, "keyid")
    assert size() == before and not Word.objects.exists()
    assert kiosk.post(kiosk.body(honest)).status_code == 201


def test_another_station_says_no_word_of_this_one(kiosk: Kiosk, handover: str, county: CountyWorld) -> None:
    other = SoftSigner(named_key("other station"))
    commit(
        StationEnrolled(other.kid, other.jwk, "第二采集站", 4, "dock.example", "http://s2.dock.example"),
        BUREAU,
    )
    body = kiosk.body(kiosk.request(kiosk.statement(handover)))
    assert error_of(kiosk.post(body, signer=other)) == (422, "word")


def test_a_fingerprint_alone_is_enough_where_the_policy_says_so(
    kiosk: Kiosk, handover: str, county: CountyWorld
) -> None:
    commit(PolicySet(**{**Policy.objects.get().core, "version": 2, "officer_check_least": "fprintd"}), BUREAU)
    assert kiosk.say(kiosk.statement(handover), "fprintd").status_code == 201
    assert error_of(kiosk.say(kiosk.assignment(), "fprintd")) == (422, "officer-check")


@pytest.mark.db
def test_a_keeper_assigns_the_next_officer(kiosk: Kiosk, county: CountyWorld) -> None:
    assert error_of(kiosk.say(kiosk.assignment(officer=SECOND))) == (422, "no-dock-key")
    kiosk.give_key(SECOND)
    deputy = kiosk.assignment(officer=SECOND, deputy=True, reason_code="absent")
    (index,) = entries_of(kiosk.say(deputy))
    row = Assignment.objects.get(id=index)
    assert (str(row.officer), row.deputy, row.drill) == (SECOND, True, False)
    entry = Entry.objects.get(index=index)
    core = json.loads(bytes(entry.core))
    assert entry.actor == SYSTEM and core["reason_code"] == "absent"
    assert len(core["credentials"]) == 1 and core["origin"] == "http://s1.dock.example"


def test_an_assignment_stands_behind_the_gate_and_in_its_bay(kiosk: Kiosk, county: CountyWorld) -> None:
    untrained = str(named_id("untrained"))
    commit(PersonAdded(untrained), BUREAU, {"name": "新人", "number": "9"})
    commit(RoleGranted(untrained, "officer"), BUREAU)
    kiosk.give_key(untrained)
    assert error_of(kiosk.say(kiosk.assignment(officer=untrained))) == (422, "not-trained")
    assert kiosk.say(kiosk.assignment(officer=untrained, drill=True)).status_code == 201
    assert error_of(kiosk.say(kiosk.assignment(bay=2))) == (422, "bay")
    commit(RecorderUnbound(county.recorder.kid), BUREAU)
    assert error_of(kiosk.say(kiosk.assignment())) == (422, "bay")


def test_only_a_keeper_of_now_assigns(kiosk: Kiosk, county: CountyWorld) -> None:
    assert error_of(kiosk.say(kiosk.assignment(OFFICER))) == (403, "actor")
    commit(RoleGranted(SECOND, "equipment-keeper", [str(named_id("section"))]), county.admins[0].person)
    kiosk.give_key(SECOND)
    # The recorder belongs to no department yet: it is for those who keep equipment for the whole bureau.
    assert error_of(kiosk.say(kiosk.assignment(SECOND)))[1] == "scope"
    commit(RoleWithdrawn(SYSTEM, "system-administrator", "离岗"), county.admins[0].person)
    assert error_of(kiosk.say(kiosk.assignment(SYSTEM))) == (403, "actor")


def test_a_word_that_was_held_back_assigns_nobody(kiosk: Kiosk, county: CountyWorld) -> None:
    for off in (timedelta(hours=2), timedelta(minutes=-20)):
        late = kiosk.assignment(at=format_time(now() - off))
        assert error_of(kiosk.say(late)) == (422, "word-old")


def test_two_persons_enrol_a_finger(kiosk: Kiosk, county: CountyWorld) -> None:
    (index,) = entries_of(kiosk.say(kiosk.finger()))
    assert Entry.objects.get(index=index).actor == county.station.kid
    row = Finger.objects.get(id=index)
    assert row.persons == [SYSTEM, OFFICER] and row.word == Word.objects.get().digest
    kiosk.give_key(SECOND)
    assert error_of(kiosk.say(kiosk.finger(OFFICER, SECOND))) == (422, "persons")
    # One key does not stand for two.
    kiosk.keys[SECOND] = kiosk.keys[SYSTEM]
    assert error_of(kiosk.say(kiosk.finger(SYSTEM, SECOND, subject=SECOND))) == (422, "credential")


@pytest.mark.django_db(transaction=True)
def test_two_identical_requests_at_once_are_one(kiosk: Kiosk) -> None:
    said = json.loads(kiosk.body(kiosk.request(kiosk.assignment())))
    sender, before = Station.objects.get(kid=kiosk.county.station.kid), size()
    answers: list[tuple[list[int], bool]] = []
    ready = threading.Barrier(3)

    def send() -> None:
        ready.wait()
        while True:
            try:
                answers.append(take(sender, said["digest"], said["sealed"]))
                break
            except OperationalError:  # SQLite in memory does not wait for another thread's write
                time.sleep(0.01)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [is_new for _, is_new in sorted(answers)] == [False, False, True]
    assert len({tuple(entries) for entries, _ in answers}) == 1 and size() == before + 1


def test_a_crash_before_the_end_leaves_nothing(kiosk: Kiosk, handover: str, monkeypatch: Any) -> None:
    body, before = kiosk.body(kiosk.request(kiosk.statement(handover))), size()
    with monkeypatch.context() as broken:
        broken.setattr(Word.objects, "create", _power_cut)
        with pytest.raises(KeyboardInterrupt):
            kiosk.post(body)
    assert size() == before and not Act.objects.exists()
    assert kiosk.post(body).status_code == 201


def _power_cut(**_row: Any) -> None:
    raise KeyboardInterrupt


def test_a_county_without_its_text_key_takes_no_words(kiosk: Kiosk, handover: str) -> None:
    kiosk.county.config.text_key.unlink()
    assert error_of(kiosk.say(kiosk.statement(handover))) == (503, "no-text-key")
