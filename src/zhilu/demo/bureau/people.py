"""The people of a demonstration bureau with their keys and logins, and the folder that remembers them.

Ids are the county's own at every build; keys and passwords are new at each.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from zhilu.demo.bureau.county import County, Member
from zhilu.demo.bureau.hands import id_of
from zhilu.demo.people import Person, Troupe
from zhilu.demo.place import Place
from zhilu.durable import replace
from zhilu.protocols.viewing import VIEWING_ROLES
from zhilu.softkey import SoftKey

FILE = "people.json"


class CountyCast(Troupe):
    """Everybody of the bureau; the demo's acting roles are given to those whom a county names so."""

    def __init__(self, county: County, place: Place, people: dict[str, Person]) -> None:
        self.county, self.place, self.people = county, place, people
        self.everybody = tuple(people.values())
        self.first_admin, self.second_admin = people["security1"], people["security2"]
        if county.tier == "county":
            self.officer, self.colleague = people["officer"], people["officer2"]
            self.viewer, self.approver = people["viewer"], people["approver"]
            self.system, self.keeper = people["system"], people["keeper"]

    @property
    def in_room(self) -> tuple[Person, ...]:
        """Whose security key is registered in the viewing room, the pinned administrators aside."""
        pinned = (self.first_admin, self.second_admin)
        return tuple(one for one in self.everybody if viewing_roles(one) and one not in pinned)

    @property
    def approvers(self) -> tuple[Person, ...]:
        return (self.approver, self.people["deputy"])

    @property
    def with_logins(self) -> tuple[Person, ...]:
        return tuple(self.people[login] for login in self.county.logins)


def viewing_roles(person: Person) -> tuple[str, ...]:
    return tuple(role for role in person.roles if role in VIEWING_ROLES)


def make(county: County, place: Place, founded_ms: int) -> CountyCast:
    """New keys: for the dock whoever may carry a recorder, for the room whoever has a role there."""
    people = {one.login: _person(county, one, founded_ms) for one in county.members}
    for person in people.values():
        if "officer" in person.roles:
            person.key.create(place.dock_rp, place.kiosk_origin, person.name)
        if viewing_roles(person):
            person.key.create(place.room_rp, place.room_origin, person.name)
    return CountyCast(county, place, people)


def person_id(seed: str, login: str, at: datetime) -> UUID:
    return id_of(seed, f"person {login}", at)


def _person(county: County, one: Member, founded_ms: int) -> Person:
    id_ = str(person_id(county.seed, one.login, datetime.fromtimestamp(founded_ms / 1000, UTC)))
    return Person(one.login, one.name, one.number, one.unit, one.roles, one.rank, one.scope, id=id_)


def save(cast: CountyCast, folder: Path) -> None:
    (folder / "keys").mkdir(exist_ok=True, mode=0o700)
    for one in cast.everybody:
        one.key.save(folder / "keys" / f"{one.login}.json")
    rows = {one.login: {"id": one.id, "password": one.password} for one in cast.everybody}
    replace(folder / FILE, json.dumps(rows, indent=1).encode())


def load(county: County, place: Place, folder: Path) -> CountyCast:
    rows = json.loads((folder / FILE).read_bytes())
    people = {
        one.login: Person(
            one.login,
            one.name,
            one.number,
            one.unit,
            one.roles,
            one.rank,
            one.scope,
            id=rows[one.login]["id"],
            password=rows[one.login]["password"],
            key=SoftKey.load(folder / "keys" / f"{one.login}.json"),
        )
        for one in county.members
    }
    return CountyCast(county, place, people)
