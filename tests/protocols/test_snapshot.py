"""A station's snapshot: what of it is believed, and every reason not to (spec/docking.md §6)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from support.recordings import Ledger, fixed_key
from zhilu import strictjson
from zhilu.encoding import b64u, format_time
from zhilu.errors import DataError
from zhilu.protocols.snapshot import Binding, Snapshot, open_snapshot
from zhilu.sealed.keys import SoftSigner
from zhilu.tlog.proof import LedgerKeys

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RECORDER = SoftSigner(fixed_key("recorder"))
OTHER = SoftSigner(fixed_key("other recorder"))


class County:
    """A ledger and the snapshots made from it."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.keys = LedgerKeys.from_vkeys(self.ledger.signer.vkey, [self.ledger.cosigner.vkey], 1)
        self.ledger.append("bureau-founded/1", {"bureau": "julu"})
        self.enrol(RECORDER.kid, RECORDER.jwk)
        self.bind("station-1", 1)
        self.assign("officer-1")

    def enrol(self, kid: str, jwk: dict[str, str]) -> None:
        self.ledger.append("recorder-enrolled/1", {"recorder": kid, "jwk": jwk, "serial": "XT-0001"})

    def bind(self, station: str, bay: int) -> None:
        self.ledger.append("recorder-bound/1", {"recorder": RECORDER.kid, "station": station, "bay": bay})

    def assign(self, officer: str, **changed: Any) -> None:
        core: dict[str, Any] = {
            "recorder": RECORDER.kid,
            "officer": officer,
            "station": "station-1",
            "bay": 1,
        }
        core |= {"rp_id": "dock.example", "origin": "https://s1.dock.example", "officer_check_least": "key"}
        core |= {"credentials": [{"id": b64u(b"id"), "public_key": b64u(b"cose")}], "drill": False}
        core |= {"deputy": False, "reason_code": None}
        self.ledger.append("recorder-assigned/1", core | changed)

    def document(self, cosigned: bool = True, **changed: Any) -> dict[str, Any]:
        note, size = self.ledger.checkpoint(NOW, cosigned), self.ledger.size
        entries = [self.ledger.prove(i, note, size) for i in range(size)]
        for entry in entries:
            del entry["checkpoint"]
        return {
            "type": "zhilu-snapshot/1",
            "bureau": "julu",
            "issued": format_time(NOW),
            "valid_until": format_time(NOW + timedelta(hours=72)),
            "checkpoint": note.decode(),
            "entries": entries,
            "names": {"officer-1": "李建国"},
            "revocations": "PEM",
            **changed,
        }

    def open(
        self, document: dict[str, Any] | None = None, now: datetime = NOW, held_size: int = 0
    ) -> Snapshot:
        data = strictjson.dumps(document or self.document())
        return open_snapshot(data, self.keys, bureau="julu", now=now, held_size=held_size)


@pytest.fixture
def county() -> County:
    return County()


def code_of(county: County, document: dict[str, Any] | None = None, **more: Any) -> str:
    with pytest.raises(DataError) as caught:
        county.open(document, **more)
    return caught.value.code


def test_what_the_ledger_says_is_believed(county: County) -> None:
    snapshot = county.open()
    assert snapshot.recorders[RECORDER.kid].jwk == RECORDER.jwk
    assert snapshot.bindings[RECORDER.kid] == Binding("station-1", 1)
    assert snapshot.assignments[RECORDER.kid].officer == "officer-1"
    assert snapshot.assignments[RECORDER.kid].credentials == {b"id": b"cose"}
    assert snapshot.name_of("officer-1") == "李建国" and snapshot.name_of("nobody") == ""
    assert (snapshot.size, snapshot.revoked, snapshot.revocations) == (4, frozenset(), b"PEM")


def test_the_highest_index_counts_in_whatever_order_entries_come(county: County) -> None:
    county.bind("station-2", 3)
    county.assign("officer-2")
    county.ledger.append("device-revoked/1", {"kid": OTHER.kid, "since": "x", "reason": "lost"})
    document = county.document()
    document["entries"].reverse()
    snapshot = county.open(document)
    assert snapshot.bindings[RECORDER.kid] == Binding("station-2", 3)
    assert snapshot.assignments[RECORDER.kid].officer == "officer-2"
    assert snapshot.revoked == {OTHER.kid}


def test_it_is_believed_for_72_hours_and_no_longer(county: County) -> None:
    county.open(now=NOW + timedelta(hours=72))
    assert code_of(county, now=NOW + timedelta(hours=72, seconds=1)) == "snapshot-expired"
    county.open(now=NOW - timedelta(minutes=5))
    assert code_of(county, now=NOW - timedelta(minutes=5, seconds=1)) == "snapshot-expired"
    too_long = county.document(valid_until=format_time(NOW + timedelta(hours=72, milliseconds=1)))
    assert code_of(county, too_long) == "snapshot"


def test_an_older_one_than_the_held_is_refused(county: County) -> None:
    county.open(held_size=4)
    assert code_of(county, held_size=5) == "rollback"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"type": "zhilu-snapshot/2"}, "snapshot"),
        ({"bureau": "other"}, "bureau"),
        ({"names": {"a": 1}}, "snapshot"),
        ({"entries": {}}, "field"),
        ({"entries": [7]}, "field"),
        ({"issued": "yesterday"}, "time"),
        ({"revocations": None}, "field"),
    ],
)
def test_what_is_not_well_formed_is_refused(county: County, changed: dict[str, Any], code: str) -> None:
    assert code_of(county, county.document(**changed)) == code


def test_without_cosignature_it_is_refused(county: County) -> None:
    assert code_of(county, county.document(cosigned=False)) == "quorum"


def test_an_entry_that_is_not_in_the_ledger_is_refused(county: County) -> None:
    document = county.document()
    document["entries"][2] |= {"core": b64u(b'{"recorder":"x","station":"y","bay":9}')}
    assert code_of(county, document) == "payload"
    document = county.document()
    document["entries"][2]["path"][0] = "0" * 64
    assert code_of(county, document) == "inclusion"


def test_an_entry_under_another_checkpoint_is_refused(county: County) -> None:
    document = county.document()
    document["entries"][0]["checkpoint"] = "another"
    assert code_of(county, document) == "field"


def test_a_key_under_another_name_is_refused(county: County) -> None:
    county.enrol(OTHER.kid, RECORDER.jwk)
    assert code_of(county) == "kid"


# People: what is offered, and whose key and finger count.

PERSON = {
    "id": "0193a000-0000-7000-8000-000000000001",
    "name": "李建国",
    "number": "0101",
    "department": "检查一科",
    "fit_until": "2026-12-01",
    "keeper": False,
    "officer": True,
}
PROCEDURE = {
    "code": "H04",
    "class": "H",
    "tier": "priority",
    "min_officers": 2,
    "name": "送达",
} | dict.fromkeys(("start", "content", "end", "department", "group", "retention"), "")


def catalogue(version: int, since: str, **changed: Any) -> dict[str, Any]:
    core = {"version": version, "since": since, "classes": {"H": "入户类"}, "scripts": {"s": "您好"}}
    return core | {"procedures": [PROCEDURE | {"script": "s"}]} | changed


def test_the_roster_is_offered_and_none_offers_nobody() -> None:
    county = County()
    assert county.open().roster == ()
    (person,) = county.open(county.document(roster=[PERSON])).roster
    assert (person.name, person.officer, person.keeper) == ("李建国", True, False)
    assert person.fit(date(2026, 11, 30)) and not person.fit(date(2026, 12, 1))
    (unfit,) = county.open(county.document(roster=[PERSON | {"fit_until": None}])).roster
    assert not unfit.fit(date(2026, 11, 30))


WRONG: list[Any] = [{}, {"id": "nobody"}, {"fit_until": "20261201"}, {"fit_until": "soon"}, {"keeper": 1}]


@pytest.mark.parametrize("wrong", WRONG)
def test_an_ill_formed_person_is_refused(wrong: Any) -> None:
    county = County()
    roster = [PERSON | wrong] if wrong else wrong
    with pytest.raises(DataError, match="field"):
        county.open(county.document(roster=roster))


def test_the_catalogue_of_a_day_is_the_newest_that_had_begun() -> None:
    county = County()
    county.ledger.append("catalogue-set/1", catalogue(1, "2026-01-01"))
    county.ledger.append("catalogue-set/1", catalogue(2, "2026-12-01"))
    snapshot = county.open()
    versions = [snapshot.catalogue(date(2026, *day)) for day in ((11, 30), (12, 1))]
    assert [one and one.version for one in versions] == [1, 2]
    assert snapshot.catalogue(date(2025, 12, 31)) is None
    (procedure,) = versions[0].procedures if versions[0] else ()
    assert (procedure.class_code, procedure.min_officers, procedure.script) == ("H", 2, "s")


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "soon"},
        {"procedures": [{}]},
        {"classes": {"H": 1}},
        {"procedures": [PROCEDURE | {"script": 1}]},
    ],
)
def test_an_ill_formed_catalogue_is_refused(wrong: dict[str, Any]) -> None:
    county = County()
    county.ledger.append("catalogue-set/1", catalogue(1, "2026-01-01") | wrong)
    with pytest.raises(DataError, match="field"):
        county.open()


def test_keys_and_fingers_count_for_whom_the_ledger_names() -> None:
    county = County()
    for key in (b"first", b"second"):
        core = {"person": "officer-1", "credential": b64u(key), "public_key": b64u(b"cose " + key)}
        county.ledger.append("dock-credential-registered/1", core | {"rp_id": "dock.example", "aaguid": None})
    county.ledger.append("finger-enrolled/1", {"person": "officer-1", "station": "station-1"})
    snapshot = county.open()
    assert snapshot.credentials_of("officer-1") == {b"first": b"cose first", b"second": b"cose second"}
    assert snapshot.credentials_of("officer-2") == {}
    assert snapshot.fingers == {("officer-1", "station-1")}
