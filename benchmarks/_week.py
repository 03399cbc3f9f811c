"""A large city's days as entries of a county's ledger, ten to a recording, in the order in which they come:
what is said of a recording comes among those of hundreds of others. For measuring what following them costs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from support.neighbour import Ledger
from support.recordings import fixed_bytes
from zhilu import strictjson
from zhilu.encoding import b64u, format_time
from zhilu.server.catalogue.services.catalogue import first_version
from zhilu.server.ledger.shapes import to_core

OFFICERS, DEPARTMENTS, RECORDERS = 486, 60, 486
START = datetime(2026, 11, 2, tzinfo=UTC)
ELEMENTS = ("time", "place", "persons", "event", "cause", "course", "result")
TEXTS = {
    "time": "2026-11-24 18:40:05",
    "place": "巨鹿县新华北街 18 号厂区办公室",
    "persons": "张建国、马超、厂方负责人李某",
    "event": "送达《税务处理决定书》",
    "cause": "2025 年度少列收入，检查已结案",
    "course": "出示税务检查证，宣读决定内容，告知救济途径和缴款期限；负责人当场核对后签收送达回证。",
    "result": "文书当场签收。",
}
PROCEDURES = ("H04", "H01", "H02", "Q01", "Y01", "C01")
Said = tuple[int, str, dict[str, Any], dict[str, Any] | None, str]
"""When, in recordings since the first; kind, core, personal, actor."""


def one(kind: str, number: int) -> str:
    return str(UUID(int=(hash_of(kind) << 64) | number))


def hash_of(kind: str) -> int:
    return int.from_bytes(fixed_bytes(kind)[:7], "big")


def found(ledger: Ledger) -> None:
    ledger.add("catalogue-set/1", to_core(first_version()))
    for number in range(DEPARTMENTS):
        core: dict[str, Any] = {
            "department": one("department", number),
            "bureau": ledger.bureau,
            "parent": None,
        }
        core |= {"kind": "inspection", "name": f"检查{number}科", "order": number, "closed": False}
        ledger.add("department-set/1", core)
    for number in range(OFFICERS):
        person = one("person", number)
        ledger.add("person-added/1", {"person": person}, {"name": f"张建{number}", "number": str(number)})
        post = {"post": one("post", number), "person": person, "rank": "officer", "since": "2026-01-01"}
        ledger.add("post-taken/1", {**post, "department": one("department", number % DEPARTMENTS)})


def day(ledger: Ledger, first: int, count: int) -> None:
    """`count` recordings from number `first` on, with what is said about them."""
    said = [told for number in range(first, first + count) for told in _recording(number)]
    for when, kind, core, personal, actor in sorted(said, key=lambda told: told[0]):
        ledger.add(kind, core, personal, at=_at(when), actor=actor)


def _at(number: int) -> datetime:
    return START + timedelta(seconds=20 * number)


def _recording(number: int) -> Iterator[Said]:
    """Taken out in the morning, collected in the evening, described by the next day, confirmed after it."""
    officer, recording = one("person", number % OFFICERS), one("recording", number)
    recorder, station = b64u(fixed_bytes(f"recorder {number % RECORDERS}")), b64u(fixed_bytes("station"))
    assigned = {"recorder": recorder, "officer": officer, "station": station, "bay": 1 + number % RECORDERS}
    assigned |= {"rp_id": "dock.example", "origin": "http://s1.dock.example", "credentials": []}
    assigned |= {"officer_check_least": "key", "drill": False, "deputy": False, "reason_code": None}
    if number % 5 == 0:
        yield number - 100, "recorder-assigned/1", assigned, None, officer
        handed = {
            "handover": fixed_bytes(f"handover {number}").hex(),
            "recorder": recorder,
            "n": number,
            "offset_us": 0,
            "part": 0,
        }
        handed |= {"station": station, "bay": 1, "officer": officer, "officer_check": "key"}
        handed |= {
            "at": format_time(_at(number)),
            "recordings": [one("recording", number + n) for n in range(5)],
        }
        yield number, "handover-held/1", handed, None, station
    stored = _stored(number, recording, recorder, station, officer)
    yield number, "recording-stored/1", stored, None, station
    if number % 20 == 7:
        aside = {"recording": recording, "reason": "accidental"}
        yield number + 150, "recording-set-aside/1", aside, {"text": "误触开机"}, officer
    else:
        yield from _act(number, officer, recording)
    yield number + 150, "account-changed/1", {"person": officer, "change": "signed-in"}, None, officer
    for place in range(2):
        row = 2 * number + place
        batch = {"first": row, "last": row, "count": 1, "digest": fixed_bytes("batch").hex()}
        yield number + 40 * place, "access-logged/1", batch, None, "julu"
    if number % 50 == 3:
        yield from _viewing(number, recording)


def _act(number: int, officer: str, recording: str) -> Iterator[Said]:
    act = one("act", number)
    content: dict[str, Any] = {"act": act, "procedure": PROCEDURES[number % 6], "catalogue": 1}
    content |= {"officers": [officer, one("person", (number + 1) % OFFICERS)]}
    content |= {"spans": [{"recording": recording, "from_us": 0, "to_us": 600_000_000 + number % 7}]}
    taxpayer = {"taxpayer": f"巨鹿县宏达机械配件厂{number % 5000}"}
    yield number + 150, "act-opened/1", content, taxpayer, officer
    for version in (1, 2):
        filed = {"act": act, "version": version, "complete": list(ELEMENTS[: 7 - (number + version) % 3])}
        filed |= {"began": format_time(_at(number)), "ended": format_time(_at(number + 30))}
        yield number + 150 * version, "statement-filed/1", filed, TEXTS, officer
    linked = {"act": act, "link": one("link", number), "kind": "taxpayer", "source": "officer"}
    yield number + 151, "act-linked/1", linked, {"number": f"9113{number:014d}", "name": "宏达"}, officer
    if number % 40 == 9:
        yield (
            number + 200,
            "act-amended/1",
            content | {"version": 2, "officers": [officer]},
            taxpayer,
            officer,
        )
    if number % 8 == 5:
        came = {"act": act, "outcome": one("outcome", number), "kind": "tax-collected", "amount_fen": number}
        yield number + 400, "outcome-recorded/1", came, {"note": "入库"}, officer
    yield number + 500, "statement-confirmed/1", {"act": act, "version": 2}, None, one("person", 0)


def _viewing(number: int, recording: str) -> Iterator[Said]:
    """Asked for, approved, and opened, as the keyholder has it entered."""
    viewing, at = one("viewing", number), _at(number + 600)
    until = format_time(at + timedelta(hours=9))
    asked: dict[str, Any] = {
        "viewing": viewing,
        "bureau": "qinghe",
        "viewer": one("person", 1),
        "kind": "view",
    }
    asked |= {
        "purpose": "review",
        "reason": fixed_bytes("reason").hex(),
        "viewer_key": b64u(fixed_bytes("key")),
    }
    asked |= {"recordings": [{"id": recording, "from": 0, "to": 9}]}
    asked |= {"requested": format_time(at), "expires": until}
    decided = {"viewing": viewing, "approver": one("person", 2), "decided": format_time(at), "expires": until}
    decided |= {"decision": "approve"}
    released = {"viewing": viewing, "recording": recording, "from": 0, "to": 9, "expires": until}
    released |= {"viewer_key": b64u(fixed_bytes("key")), "nonce": b64u(fixed_bytes("nonce"))}
    request, decision = b64u(strictjson.dumps(asked)), b64u(strictjson.dumps(decided))
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("viewing-requested/1", {"request": request, "assertion": {}}),
        ("viewing-decided/1", {"viewing": viewing, "decision": decision, "assertion": {}}),
        ("key-released/1", released),
    )
    for place, (kind, core) in enumerate(steps):
        yield number + 600 + 5 * place, kind, core, None, one("person", 1)


def _stored(number: int, recording: str, recorder: str, station: str, officer: str) -> dict[str, Any]:
    at = _at(number)
    return {
        "recording": recording,
        "recorder": recorder,
        "lines": 310,
        "last": fixed_bytes("last").hex(),
        "segments": 300,
        "length": 230_000_000,
        "origin": "camera",
        "drill": False,
        "officer": officer,
        "policy": 1,
        "opened_at": format_time(at - timedelta(minutes=11)),
        "closed_at": format_time(at - timedelta(minutes=1)),
        "handover": fixed_bytes(f"handover {number}").hex(),
        "officer_check": "key",
        "station": station,
        "bay": 1,
        "closed_by": "recording-closed",
        "copies": 1,
        "marks": 2,
    }
