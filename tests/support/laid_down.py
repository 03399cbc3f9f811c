"""What a city lays down, as entries of `support.neighbour`'s ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from support.neighbour import Ledger
from support.recordings import fixed_id
from zhilu.server.catalogue.services.catalogue import first_version
from zhilu.server.ledger.shapes import to_core

LONG_AGO = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CLERK = str(fixed_id("clerk of the city"))
RULES, COURSE, NOTICE = (str(fixed_id(name)) for name in ("rules", "course", "notice"))


def person(city: Ledger, name: str, number: str | None = None, person: str = "", kind: str = "added") -> str:
    """Added, or `described`; its id."""
    found = person or str(fixed_id(f"city's {name}"))
    told = {"name": name, "number": found[-6:] if number is None else number}
    city.add(f"person-{kind}/1", {"person": found}, told, subject=found, at=LONG_AGO, actor=CLERK)
    return found


def catalogue(city: Ledger, version: int, since: str = "2026-03-02", **changed: Any) -> None:
    core = to_core(first_version()) | {"version": version, "since": since} | changed
    city.add("catalogue-set/1", core, subject=f"catalogue-{version}", at=LONG_AGO, actor=CLERK)


def regulation(city: Ledger, text: str = "开机即录。", version: int = 1) -> None:
    core = {"regulation": RULES, "version": version, "title": "记录仪管理办法", "text": text}
    city.add("regulation-issued/1", core | {"since": "2026-03-02"}, subject=RULES, at=LONG_AGO, actor=CLERK)


def calendar(city: Ledger, **days: str) -> None:
    said = {key.replace("_", "-"): kind for key, kind in days.items()} or {"2026-10-01": "holiday"}
    city.add("calendar-set/1", {"year": 2026, "days": said}, subject="2026", at=LONG_AGO, actor=CLERK)


def course(city: Ledger, name: str = "执法规范", **changed: Any) -> None:
    core: dict[str, Any] = {"course": COURSE, "kind": "conduct", "name": name, "valid_days": 365}
    core |= {"pass_score": 60, "required": True, "closed": False} | changed
    city.add("course-set/1", core, subject=COURSE, at=LONG_AGO, actor=CLERK)


def notice(city: Ledger, notice: str = NOTICE, **changed: Any) -> str:
    core = {
        "notice": notice,
        "title": "汛期安排",
        "text": "请各局安排值守。",
        "bureaus": None,
        "reply_by": None,
    }
    city.add("notice-issued/1", core | changed, subject=notice, at=LONG_AGO, actor=CLERK)
    return notice


def something(city: Ledger, count: int = 1) -> None:
    """What does not flow down."""
    for number in range(count):
        core = {"bureau": f"county{number}", "name": f"第{number}县", "parent": None, "closed": False}
        city.add("bureau-listed/1", core, subject=core["bureau"])


def everything(city: Ledger) -> None:
    something(city, 3)
    clerk = person(city, "李市", person=CLERK)
    person(city, "钱多")
    something(city)
    person(city, "李市局", person=clerk, kind="described")
    catalogue(city, 1)
    catalogue(city, 2)
    regulation(city)
    calendar(city)
    course(city)
    notice(city)
