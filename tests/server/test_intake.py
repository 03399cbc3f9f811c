"""A recording comes in (spec/intake.md §2), and every way in which it is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.county_world import RECORDING, CountyWorld, Film, named_id
from support.recordings import MemoryMedia, policy_core
from zhilu import strictjson
from zhilu.encoding import b64u
from zhilu.protocols.docking_handover import handover_digest, station_signature
from zhilu.protocols.docking_messages import HandoverRequest
from zhilu.sealed.lines import line_hash
from zhilu.sealed.receipts import Closed, check_receipt
from zhilu.sealed.recording import verify_recording
from zhilu.server.equipment.models import Alarm, LogbookLine
from zhilu.server.evidence.models import Intake, Recording
from zhilu.server.evidence.services import export, staging
from zhilu.server.evidence.services.media_store import media_key, store
from zhilu.server.evidence.services.staging import Staging
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.organisation.events import PolicySet
from zhilu.tlog.proof import ProvedEntry, verify_entry

pytestmark = pytest.mark.db


def error_of(answer: Any) -> str:
    body = json.loads(answer.content)
    assert set(body) == {"error", "hint"} and body["hint"]
    return str(body["error"])


def test_a_recording_comes_in_and_gets_its_receipt(county: CountyWorld) -> None:
    film = county.store()
    assert county.request("GET", f"/intake/recordings/{RECORDING}/receipt", "size=0").status_code == 202
    county.publish()
    body = json.loads(county.request("GET", f"/intake/recordings/{RECORDING}/receipt", "size=3").content)
    verified = verify_entry(ProvedEntry.from_json(body["receipt"]), county.keys, "recording-stored/1")
    assert verified.core["closed_by"] == "recording-closed" and verified.core["officer_check"] == "key"
    closed = Closed(
        RECORDING, len(film.journal), line_hash(film.journal[-1]), len(film.media), sum(map(len, film.media))
    )
    notes: list[bytes] = []
    body["consistency"] = []
    cleared = check_receipt(
        body, county.keys, None, lambda note, _: notes.append(note), county.recorder.kid, {RECORDING: closed}
    )
    assert cleared.index == verified.index and notes
    with store().open(media_key(RECORDING)) as file:
        assert file.read() == b"".join(film.media)


def test_the_evidence_files_satisfy_a_stranger(county: CountyWorld) -> None:
    film = county.store()
    county.publish()
    row = Recording.objects.get(id=RECORDING)
    files = {name: b"".join(chunks) for name, chunks in export.files(row).items()}
    report = verify_recording(
        files["recording/journal.jws"].splitlines(True),
        MemoryMedia(files["recording/media.sealed"]),
        files["logbook.jws"].splitlines(True),
        files["receipt.json"],
        None,
        RECORDING,
    )
    # Without a trust document it is consistent, not anchored; nothing else is wrong with it.
    assert [f.code for f in report.defects if f.code not in ("not-anchored", "trust-missing")] == []
    assert files["logbook.jws"] == b"".join(film.logbook)


def test_every_step_may_be_repeated(county: CountyWorld) -> None:
    film = county.film()
    for _ in range(2):
        assert county.put_logbook(film).status_code == 200
        assert county.put_handover(film).status_code in (200, 201)
        assert county.put_journal(film).status_code == 200
    for i, data in enumerate(film.media):
        for _ in range(2):
            assert json.loads(county.put_segment(i, data).content) == {"segments": i + 1}
    first = json.loads(county.complete().content)
    after = size()
    assert json.loads(county.complete().content) == first and size() == after
    assert json.loads(county.put_journal(film).content) == {"segments": len(film.media)}
    assert json.loads(county.put_segment(0, film.media[0]).content) == {"segments": len(film.media)}
    state = json.loads(county.request("GET", f"/intake/recordings/{RECORDING}").content)
    assert state == {"state": "stored", "segments": len(film.media), "length": sum(map(len, film.media))}
    assert not Intake.objects.exists() and not Staging(RECORDING).folder.exists()


def prepared(county: CountyWorld) -> Film:
    film = county.film()
    assert county.put_logbook(film).status_code == 200
    assert county.put_handover(film).status_code == 201
    return film


def test_nothing_is_taken_out_of_order(county: CountyWorld) -> None:
    film = county.film()
    assert error_of(county.put_journal(film)) == "handover-unknown"
    assert error_of(county.put_segment(0, film.media[0])) == "journal-first"
    county.put_handover(film)
    county.put_journal(film)
    refused = county.put_segment(1, film.media[1])
    assert refused.status_code == 409 and error_of(refused) == "order"
    assert error_of(county.complete()) == "incomplete"
    for i, data in enumerate(film.media):
        county.put_segment(i, data)
    assert error_of(county.put_segment(len(film.media), b"more")) == "order"
    refused = county.complete()  # the logbook has not been sent
    assert refused.status_code == 409 and error_of(refused) == "not-closed"
    county.put_logbook(film)
    assert county.complete().status_code == 200


@pytest.mark.parametrize(
    "spoil", [lambda d: d[:-1] + b"\0", lambda d: d[:-1], lambda d: d + b"x", lambda d: b""]
)
def test_a_segment_that_is_not_the_journals_is_refused(county: CountyWorld, spoil: Any) -> None:
    film = prepared(county)
    county.put_journal(film)
    refused = county.put_segment(0, spoil(film.media[0]))
    assert refused.status_code == 422 and error_of(refused) == "segment-hash"
    assert json.loads(county.put_segment(0, film.media[0]).content) == {"segments": 1}


def test_a_refused_journal_leaves_nothing(county: CountyWorld) -> None:
    """A station of ours could otherwise fill the county's disk, 256 MiB for each id that it thinks of."""
    film = county.film()
    assert error_of(county.put_journal(film)) == "handover-unknown"
    assert not Staging(RECORDING).folder.exists()
    county.put_handover(film)
    assert error_of(county.put_journal(film, film.journal_bytes + b"x")) == "journal"
    assert not Staging(RECORDING).folder.exists()
    assert county.put_journal(film).status_code == 200
    assert error_of(county.put_journal(film, film.journal_bytes + b"x")) == "journal"
    held = {path.name for path in Staging(RECORDING).folder.iterdir()}
    assert held == {"journal.jws", "segments.idx"}


def test_a_journal_is_not_taken_when_the_disk_is_nearly_full(
    county: CountyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = prepared(county)
    monkeypatch.setattr(staging, "LEAST_FREE", 2**60)
    refused = county.put_journal(film)
    assert refused.status_code == 503 and error_of(refused) == "spool-full"


@pytest.mark.parametrize("officer", ["", "nobody", "\0", "{01a20d9f-f6d7-7abb-8707-14d524e2c4f8}"])
def test_a_handover_of_an_officer_that_is_no_id(county: CountyWorld, officer: str) -> None:
    film = county.film()
    said = strictjson.loads_object(HandoverRequest.from_bytes(film.handover_body).handover)
    handover = strictjson.dumps(said | {"officer": officer})
    digest = handover_digest(handover)
    body = strictjson.loads_object(film.handover_body) | {
        "handover": b64u(handover),
        "station": station_signature(county.station, digest, "key"),
    }
    refused = county.request("PUT", f"/intake/handovers/{digest.hex()}", body=strictjson.dumps(body))
    assert (refused.status_code, error_of(refused)) == (404, "uuid")


def test_a_journal_with_a_bad_line_is_refused(county: CountyWorld) -> None:
    film = prepared(county)
    body = film.journal_bytes.replace(film.journal[2], film.journal[2][:-4] + b"AAA\n")
    refused = county.put_journal(film, body)
    assert refused.status_code == 422 and error_of(refused) == "journal"
    refused = county.put_journal(film, b"".join(film.journal[:-1]))
    assert error_of(refused) == "handover"  # not as many lines as were handed over
    assert not Intake.objects.exists()


def test_a_logbook_continues_or_is_refused(county: CountyWorld) -> None:
    film = county.film()
    path = f"/intake/recorders/{county.recorder.kid}/logbook"
    assert json.loads(county.request("GET", path).content)["n"] == -1
    refused = county.request("PUT", path, "from=2", film.logbook[2])
    assert refused.status_code == 409 and error_of(refused) == "gap"
    assert county.request("PUT", path, "from=0", b"".join(film.logbook[:2])).status_code == 200
    assert error_of(county.request("PUT", path, "from=2", film.logbook[2][:-1])) == "torn-tail"
    assert json.loads(county.put_logbook(film).content) == {"n": len(film.logbook) - 1}
    head = json.loads(county.request("GET", path).content)
    assert head == {"n": len(film.logbook) - 1, "head": line_hash(film.logbook[-1]).hex()}


def test_a_fork_of_the_logbook_is_kept_apart_and_raises_an_alarm(county: CountyWorld) -> None:
    film = county.film()
    county.put_logbook(film)
    other = county.film()  # the same recorder lives again from its first line
    refused = county.put_logbook(other)
    assert refused.status_code == 409 and error_of(refused) == "fork"
    assert [bytes(row.line) + b"\n" for row in LogbookLine.objects.order_by("n")] == film.logbook
    assert Alarm.objects.get().code == "fork"
    kept = list((county.config.spool_folder / "quarantine").rglob("*.jws"))
    assert [path.read_bytes() for path in kept] == [b"".join(other.logbook)]


def test_a_handover_is_judged_again(county: CountyWorld) -> None:
    film = county.film()
    wrong = county.request("PUT", f"/intake/handovers/{'0' * 64}", body=film.handover_body)
    assert error_of(wrong) == "handover"
    for change, code in (
        (lambda body: body | {"check": "fprintd"}, "station-signature"),
        (lambda body: body | {"assertion": None}, "officer-check"),
        (lambda body: body | {"station": body["station"][:-8] + "AAAAAAAA"}, "station-signature"),
        (lambda body: body | {"docked": film.logbook[0].decode().strip()}, "docked"),
        (
            lambda body: body | {"assertion": body["assertion"] | {"id": "AAAAAAAAAAAAAAAAAAAAAAAA"}},
            "credential",
        ),
        (lambda body: body | {"assertion": body["assertion"] | {"signature": "MAYCAQECAQE"}}, "assertion"),
    ):
        body = json.dumps(change(json.loads(film.handover_body))).encode()
        refused = county.request("PUT", f"/intake/handovers/{film.handover}", body=body)
        assert error_of(refused) == code
    assert county.put_handover(film).status_code == 201


def test_a_finger_alone_is_taken_where_a_policy_says_so(county: CountyWorld) -> None:
    assert error_of(county.put_handover(county.film("fprintd"))) == "officer-check"
    weaker = policy_core(version=2, officer_check_least="fprintd")
    commit(PolicySet(**weaker), "julu")
    county.publish()
    # A recording under the old policy is not weakened by the new one.
    assert error_of(bring(county, county.film("fprintd"))) == "officer-check"


def test_what_a_finger_alone_handed_over_is_stored_and_says_so(county: CountyWorld) -> None:
    county.maker.core = policy_core(version=2, officer_check_least="fprintd")
    commit(PolicySet(**county.maker.core), "julu")
    county.publish()
    assert bring(county, county.film("fprintd")).status_code == 200
    assert Recording.objects.get().officer_check == "fprintd"


def bring(county: CountyWorld, film: Film) -> Any:
    assert county.put_logbook(film).status_code == 200 and county.put_handover(film).status_code == 201
    county.put_journal(film)
    for i, data in enumerate(film.media):
        county.put_segment(i, data)
    return county.complete()


def test_recipients_outside_the_policy_are_refused(county: CountyWorld) -> None:
    county.maker.core = policy_core(text_key=policy_core(city=True)["shares"][1]["escrow"])
    film = prepared(county)
    county.put_journal(film)
    for i, data in enumerate(film.media):
        county.put_segment(i, data)
    assert error_of(county.complete()) == "recipients"
    assert not Recording.objects.exists()


def test_limits_are_enforced_before_the_body_is_read(county: CountyWorld) -> None:
    def claim(headers: dict[str, str]) -> None:
        headers["content-length"] = str(17 << 20)

    refused = county.request("PUT", f"/intake/recordings/{RECORDING}/segments/0", body=b"x", change=claim)
    assert refused.status_code == 413 and error_of(refused) == "body-too-large"
    refused = county.request("PUT", f"/intake/recordings/{RECORDING}/segments/0", body=b"x",
                             change=lambda headers: headers.pop("content-length") and None)  # fmt: skip
    assert refused.status_code in (401, 411)


def test_unknown_addresses_and_methods(county: CountyWorld) -> None:
    assert county.request("GET", "/intake/recordings/..%2Fx").status_code == 404
    assert county.request("POST", "/intake/snapshot").status_code == 405
    assert (
        error_of(county.request("GET", f"/intake/recordings/{named_id('other')}/receipt", "size=0"))
        == "recording-unknown"
    )
    unknown = county.request("GET", f"/intake/recorders/{'A' * 43}/update", "size=0")
    assert unknown.status_code == 404 and error_of(unknown) == "device-unknown"


def test_a_refused_docking_is_an_entry(county: CountyWorld) -> None:
    body = {
        "kind": "docking-refused",
        "bay": 2,
        "code": "tls",
        "presented": "ab" * 32,
        "at": "2026-11-24T10:00:00.000Z",
    }
    before = size()
    assert county.request("POST", "/intake/alarms", body=json.dumps(body).encode()).status_code == 201
    nothing_shown = json.dumps(body | {"presented": ""}).encode()
    assert county.request("POST", "/intake/alarms", body=nothing_shown).status_code == 201
    assert size() == before + 2
    assert (
        error_of(county.request("POST", "/intake/alarms", body=json.dumps(body | {"kind": "x"}).encode()))
        == "kind"
    )


def test_the_spool_leaves_nothing_behind(county: CountyWorld) -> None:
    county.store()
    assert list((county.config.spool_folder / "recordings").rglob("*")) == []
    assert not list(Path(county.config.store_folder / "tmp").iterdir())


def all_but_complete(county: CountyWorld, film: Film) -> None:
    for answer in (county.put_logbook(film), county.put_handover(film), county.put_journal(film)):
        assert answer.status_code in (200, 201), answer.content
    for i, data in enumerate(film.media):
        county.put_segment(i, data)


def test_a_journal_that_the_logbook_did_not_open_is_refused(county: CountyWorld, monkeypatch: Any) -> None:
    real = county.maker._record
    monkeypatch.setattr(county.maker, "_record", lambda opened_by: real(bytes(32)))
    all_but_complete(county, county.film())
    assert error_of(county.complete()) == "opened-by"


@pytest.mark.parametrize("figure", ["lines", "segments", "length", "last"])
def test_a_logbook_that_closed_with_other_figures_is_refused(
    county: CountyWorld, monkeypatch: Any, figure: str
) -> None:
    real = county.maker._closed

    def other(*of: Any) -> dict[str, Any]:
        said = real(*of)
        return said | {figure: "0" * 64 if figure == "last" else said[figure] + 1}

    monkeypatch.setattr(county.maker, "_closed", other)
    all_but_complete(county, county.film())
    assert error_of(county.complete()) == "closed-as"


def test_a_line_that_does_not_follow_is_a_fork(county: CountyWorld) -> None:
    film, other = county.film(), county.film()
    path = f"/intake/recorders/{county.recorder.kid}/logbook"
    assert county.request("PUT", path, "from=0", b"".join(film.logbook[:3])).status_code == 200
    refused = county.request("PUT", path, "from=3", other.logbook[3])
    assert refused.status_code == 409 and error_of(refused) == "fork"
    assert LogbookLine.objects.count() == 3
