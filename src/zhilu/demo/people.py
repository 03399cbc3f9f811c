"""The acted people: an id in the ledger, a software security key, a web login.

The officer's key holds a credential for the dock, the others' one for the viewing room.
"""

import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from zhilu.demo.place import Place
from zhilu.encoding import b64u, uuid7
from zhilu.softkey import SoftKey
from zhilu.softkey.ceremonies import Holder


def new_id() -> str:
    return str(uuid7(time.time_ns() // 1_000_000, secrets.token_bytes(10)))


def new_password() -> str:
    """72 random bits; the ending meets the platform's demand for kinds of characters whatever chance gave."""
    return f"{secrets.token_urlsafe(9)}-Zl8"


@dataclass(frozen=True)
class Department:
    """One department; `above` names the one over it."""

    name: str
    kind: str
    above: str | None = None
    id: str = field(default_factory=new_id)

    def event(self, bureau: str, order: int) -> dict[str, Any]:
        parent = DEPARTMENTS[self.above].id if self.above else None
        core = {"department": self.id, "bureau": bureau, "parent": parent, "kind": self.kind}
        return {
            "kind": "department-set/1",
            "core": core | {"name": self.name, "order": order, "closed": False},
        }


DEPARTMENTS = {
    one.name: one
    for one in (
        Department("局领导", "leadership"),
        Department("法制科", "legal"),
        Department("征收管理科", "administration"),
        Department("税源监控科", "monitoring"),
        Department("稽查局", "inspection"),
        Department("检查一科", "inspection", "稽查局"),
        Department("检查二科", "inspection", "稽查局"),
        Department("信息中心", "support"),
        Department("纪检组", "support"),
    )
}


COURSES = {new_id(): ("conduct", "税务执法行为规范"), new_id(): ("recorder", "执法记录仪使用与保管")}


def course_events() -> list[dict[str, Any]]:
    rest = {"valid_days": 365, "pass_score": 60, "required": True, "closed": False}
    return [
        {"kind": "course-set/1", "core": {"course": course, "kind": kind, "name": name} | rest}
        for course, (kind, name) in COURSES.items()
    ]


@dataclass
class Person:
    """One acted person. `roles` as in the ledger; `scope`: departments by name, none is the whole bureau."""

    login: str
    name: str
    number: str
    department: str
    roles: tuple[str, ...]
    rank: str = "officer"
    scope: tuple[str, ...] = ()
    id: str = field(default_factory=new_id)
    password: str = field(default_factory=new_password)
    key: SoftKey = field(default_factory=SoftKey)

    def events(self) -> list[dict[str, Any]]:
        personal = {"name": self.name, "number": self.number}
        added = {"kind": "person-added/1", "core": {"person": self.id}, "personal": personal}
        post = {"post": new_id(), "person": self.id, "department": DEPARTMENTS[self.department].id}
        taken = {"kind": "post-taken/1", "core": post | {"rank": self.rank, "since": "2026-01-01"}}
        scope = [DEPARTMENTS[name].id for name in self.scope] or None
        granted = [
            {"kind": "role-granted/1", "core": {"person": self.id, "role": role, "scope": scope}}
            for role in self.roles
        ]
        return [added, taken, *granted]

    def trained(self) -> list[dict[str, Any]]:
        """Passed both courses today."""
        today = datetime.now(timezone(timedelta(hours=8))).date()
        core = {
            "person": self.id,
            "held_on": today.isoformat(),
            "score": 92,
            "passed": True,
            "recording": None,
        }
        return [
            {"kind": "training-recorded/1", "core": {"result": new_id(), "course": course} | core}
            for course in COURSES
        ]


class Troupe:
    """People of a bureau with whom the demo goes on: whoever acts in it, and who sits in the viewing room."""

    place: Place
    officer: Person
    colleague: Person
    viewer: Person
    approver: Person
    first_admin: Person
    second_admin: Person
    system: Person
    keeper: Person
    everybody: tuple[Person, ...]

    @property
    def approvers(self) -> tuple[Person, ...]:
        """Who decides what a visitor asks to view; an urgent viewing needs two."""
        return (self.approver,)

    @property
    def with_logins(self) -> tuple[Person, ...]:
        return self.everybody

    @property
    def admins(self) -> tuple[Holder, Holder]:
        return self.holder(self.first_admin), self.holder(self.second_admin)

    def holder(self, person: Person) -> Holder:
        return Holder(person.key, person.id, self.place.room_rp, self.place.room_origin)

    def pins(self) -> list[dict[str, Any]]:
        """The two security administrators that the keyholder takes on at its start, keys and all."""
        return [
            {"registration": b64u(admin.registration(["security-administrator"])), "binding": admin.binding()}
            for admin in self.admins
        ]


class Cast(Troupe):
    """The few people of one recording's road."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.officer = Person("officer", "张建国", "13052901", "检查一科", ("officer",))
        self.colleague = Person("officer2", "李敏", "13052907", "检查一科", ("officer",))
        self.viewer = Person("viewer", "王丽华", "13052902", "法制科", ("viewer",))
        self.approver = Person("approver", "刘志强", "13052903", "局领导", ("approver",), "leader")
        self.first_admin = Person("security1", "孙敏", "13052904", "信息中心", ("security-administrator",))
        self.second_admin = Person("security2", "赵磊", "13052905", "纪检组", ("security-administrator",))
        self.system = Person("system", "陈晓", "13052906", "信息中心", ("system-administrator",))
        self.keeper = Person("keeper", "钱芳", "13052910", "稽查局", ("equipment-keeper",), scope=("稽查局",))
        self.others = (
            Person("audit", "周宁", "13052908", "纪检组", ("audit-administrator",)),
            Person("head", "马超", "13052909", "检查一科", ("unit-head",), "head", ("检查一科",)),
            self.keeper,
            Person("trainer", "何静", "13052911", "法制科", ("trainer",)),
            Person("editor", "陆文", "13052912", "法制科", ("legal-editor",), "head"),
        )
        self.officer.key.create(place.dock_rp, place.kiosk_origin, self.officer.name)
        for person in (self.viewer, self.approver, self.first_admin, self.second_admin):
            person.key.create(place.room_rp, place.room_origin, person.name)

        admins = (self.first_admin, self.second_admin)
        acting = (self.officer, self.colleague, self.viewer, self.approver, *admins, self.system)
        self.everybody = (*acting, *self.others)
