"""A county's days as entries of its ledger, ten to a recording: for measuring what following them costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from support.neighbour import Ledger
from support.recordings import fixed_bytes
from zhilu.encoding import b64u, format_time

OFFICERS, DEPARTMENTS, RECORDERS = 40, 6, 34
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


def one(kind: str, number: int) -> str:
    return str(UUID(int=(hash_of(kind) << 64) | number))


def hash_of(kind: str) -> int:
    return int.from_bytes(fixed_bytes(kind)[:7], "big")


def found(ledger: Ledger) -> None:
    for number in range(DEPARTMENTS):
        core = {"department": one("department", number), "bureau": ledger.bureau, "parent": None}
        core |= {"kind": "inspection", "name": f"检查{number}科", "order": number, "closed": False}
        ledger.add("department-set/1", core)
    for number in range(OFFICERS):
        person = one("person", number)
        ledger.add("person-added/1", {"person": person}, {"name": f"张建{number}", "number": str(number)})
        post = {"post": one("post", number), "person": person, "rank": "officer", "since": "2026-01-01"}
        ledger.add("post-taken/1", {**post, "department": one("department", number % DEPARTMENTS)})


def day(ledger: Ledger, first: int, count: int) -> None:
    """`count` recordings from number `first` on, with what is said about them."""
    for number in range(first, first + count):
        _recording(ledger, number)


def _recording(ledger: Ledger, number: int) -> None:
    at = START + timedelta(seconds=20 * number)
    officer, act, recording = one("person", number % OFFICERS), one("act", number), one("recording", number)
    recorder, station = b64u(fixed_bytes(f"recorder {number % RECORDERS}")), b64u(fixed_bytes("station"))
    assigned = {"recorder": recorder, "officer": officer, "station": station, "bay": 1 + number % RECORDERS}
    assigned |= {"rp_id": "dock.example", "origin": "http://s1.dock.example", "credentials": []}
    assigned |= {"officer_check_least": "key", "drill": False, "deputy": False, "reason_code": None}
    ledger.add("recorder-assigned/1", assigned, at=at, actor=officer, subject=recorder)
    ledger.add(
        "recording-stored/1", _stored(number, recording, recorder, station, officer, at), at=at, actor=station
    )
    opened: dict[str, Any] = {"act": act, "procedure": "H04", "catalogue": 1, "officers": [officer]}
    opened["spans"] = [{"recording": recording, "from_us": 0, "to_us": 600_000_000}]
    ledger.add(
        "act-opened/1", opened, {"taxpayer": f"巨鹿县宏达机械配件厂{number % 5000}"}, at=at, actor=officer
    )
    for version in (1, 2):
        filed = {"act": act, "version": version, "complete": list(ELEMENTS)}
        ledger.add("statement-filed/1", filed, TEXTS, at=at, actor=officer)
    linked = {"act": act, "link": one("link", number), "kind": "taxpayer", "source": "officer"}
    ledger.add("act-linked/1", linked, {"number": f"9113{number:014d}", "name": "宏达"}, at=at, actor=officer)
    ledger.add("statement-confirmed/1", {"act": act, "version": 2}, at=at, actor=officer)
    ledger.add("account-changed/1", {"person": officer, "change": "signed-in"}, at=at)
    for place in range(2):
        row = 2 * number + place
        batch = {"first": row, "last": row, "count": 1, "digest": fixed_bytes("batch").hex()}
        ledger.add("access-logged/1", batch, at=at)


def _stored(
    number: int, recording: str, recorder: str, station: str, officer: str, at: datetime
) -> dict[str, Any]:
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
