"""What a demonstration county is made of: names, departments, people, recorders and its share of the pilot.
A county is a value of this; the plan and the builders know none by name."""

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


@dataclass(frozen=True)
class County:
    """`taxpayers`: (name, street); `centre`: where it lies, in 10⁻⁷ degree."""

    code: str
    name_zh: str
    name_en: str
    units: tuple[Unit, ...]
    members: tuple[Member, ...]
    taxpayers: tuple[tuple[str, str], ...]
    share: Share
    centre: tuple[int, int]

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
