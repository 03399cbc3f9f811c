"""What a demonstration bureau is made of: names, departments, people, recorders and its share of the pilot.
A county is a value of this, and so is the city, which has no recorders; the plan and the builders know none
by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A department; `above` names the one over it."""

    name: str
    kind: str
    above: str = ""


@dataclass(frozen=True)
class Member:
    """An invented person. `scope`: departments by name, none is the whole bureau; `recorder`: carries one."""

    login: str
    name: str
    number: str
    unit: str
    roles: tuple[str, ...]
    rank: str = "officer"
    scope: tuple[str, ...] = ()
    recorder: bool = False


@dataclass(frozen=True)
class Share:
    """Of the pilot's results in half a year: acts by class, and outcomes by kind."""

    acts: dict[str, int]
    outcomes: dict[str, int]


UNITS = (
    Unit("局领导", "leadership"),
    Unit("征收科", "collection"),
    Unit("管理科", "administration"),
    Unit("监控科", "monitoring"),
    Unit("稽查局", "inspection"),
    Unit("检查一科", "inspection", "稽查局"),
    Unit("检查二科", "inspection", "稽查局"),
    Unit("法制科", "legal"),
    Unit("信息中心", "support"),
    Unit("纪检组", "support"),
)
"""Those of every county here."""


@dataclass(frozen=True)
class County:
    """`place`: which of the demonstration's bureaus, from 0; `short` and `area`: how its documents and its
    taxpayers are numbered; `taxpayers`: (name, street); `centre`: where it lies, in 10⁻⁷ degree; `first`:
    number of its first recorder; `together`: acts of one outing, where there are as many; `is_light`: what is
    told of another county needs not be told of this one too; `logins`: who has an account, everybody else is
    there and has none; `fates`: what becomes of its viewings, as `plan_viewings` names them."""

    code: str
    place: int
    name_zh: str
    name_en: str
    units: tuple[Unit, ...]
    members: tuple[Member, ...]
    logins: tuple[str, ...]
    short: str = ""
    area: str = ""
    court: str = ""
    taxpayers: tuple[tuple[str, str], ...] = ()
    share: Share = Share({}, {})
    centre: tuple[int, int] = (0, 0)
    first: int = 1
    together: int = 1
    is_light: bool = False
    fates: tuple[tuple[str, str, str], ...] = ()
    tier: str = "county"

    @property
    def seed(self) -> str:
        return f"zhilu demonstration {self.code}"

    @property
    def holders(self) -> tuple[Member, ...]:
        """Those who carry a recorder."""
        return tuple(one for one in self.members if one.recorder)

    def member(self, login: str) -> Member:
        return next(one for one in self.members if one.login == login)

    def with_role(self, role: str) -> tuple[Member, ...]:
        return tuple(one for one in self.members if role in one.roles)

    def covers(self, scope: tuple[str, ...], unit: str) -> bool:
        """Whether the unit, or one above it, is in the scope; none is the whole bureau."""
        above = {one.name: one.above for one in self.units}
        found = [unit]
        while above[found[-1]]:
            found.append(above[found[-1]])
        return not scope or bool(set(scope) & set(found))

    def head_of(self, unit: str) -> Member:
        return next(one for one in self.members if one.unit == unit and one.rank == "head")


def officer(login: str, name: str, number: str, unit: str, recorder: bool = False) -> Member:
    return Member(login, name, number, unit, ("officer",), recorder=recorder)


def head(login: str, name: str, number: str, unit: str, *more: str) -> Member:
    return Member(login, name, number, unit, ("officer", "unit-head", *more), "head", (unit,))
