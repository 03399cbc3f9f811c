"""The rollout plan: which tier must be recorded where, on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from zhilu.server.catalogue import rules
from zhilu.server.catalogue.events import RolloutSet
from zhilu.server.catalogue.models import Rollout
from zhilu.server.ledger.clock import new_id
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation import rules as organisation
from zhilu.server.organisation.models import Department

Parents = Mapping[UUID, UUID | None]


@dataclass(frozen=True)
class Place:
    """A bureau or a department on a day. `line`: the strictest that counts there, None where nothing is
    demanded.
    """

    bureau: str
    department: Department | None
    depth: int
    line: Rollout | None

    @property
    def is_inherited(self) -> bool:
        own = self.department.id if self.department else None
        return self.line is not None and self.line.department != own


@dataclass(frozen=True)
class Plan:
    """All lines and departments of a ledger, looked at on a day."""

    on: date
    lines: Sequence[Rollout]
    departments: Sequence[Department]

    @classmethod
    def read(cls, on: date) -> Plan:
        return cls(on, list(Rollout.objects.order_by("since", "id")), list(_departments()))

    @property
    def demanding(self) -> list[Place]:
        """Each bureau that has a line on the day, and its open departments, those below after their
        parent.
        """
        bureaus = sorted({line.bureau for line in self._counting})
        return [place for bureau in bureaus for place in self.everywhere(bureau)]

    def everywhere(self, bureau: str) -> list[Place]:
        """A bureau and its open departments, also where nothing is demanded."""
        return _places(bureau, self.departments, self._counting)

    @property
    def _counting(self) -> list[Rollout]:
        return [one for one in self.lines if one.since <= self.on and (not one.until or one.until > self.on)]


def plan(on: date) -> list[Place]:
    return Plan.read(on).demanding


def _departments() -> Iterable[Department]:
    return Department.objects.order_by("order", "name")


def set_line(
    by: UUID,
    bureau: str,
    department: UUID | None,
    tier: str,
    since: date,
    until: date | None,
    rollout: UUID | None = None,
) -> UUID:
    """A new line, or another wording of `rollout`."""
    line = rollout or new_id()
    event = RolloutSet(
        str(line),
        bureau,
        str(department) if department else None,
        tier,
        since.isoformat(),
        until.isoformat() if until else None,
    )
    commit(event, str(by))
    return line


def _strictest(lines: Iterable[Rollout], department: UUID | None, parents: Parents) -> Rollout | None:
    """Of lines of one bureau; of equal ones the nearest, then the oldest."""
    where: list[UUID | None] = [*organisation.above(department, parents), None]
    counting = [line for line in lines if line.department in where]
    return min(counting, key=lambda one: _rank(one, where), default=None)


def _rank(line: Rollout, where: Sequence[UUID | None]) -> tuple[int, int, date]:
    return rules.TIERS.index(line.tier), where.index(line.department), line.since


def _places(bureau: str, departments: Sequence[Department], lines: Sequence[Rollout]) -> list[Place]:
    own = [one for one in departments if one.bureau == bureau]
    of_bureau = [line for line in lines if line.bureau == bureau]
    parents = {one.id: one.parent for one in own}
    found = [Place(bureau, None, 0, _strictest(of_bureau, None, parents))]
    for one in _tree(own, None):
        depth = len(organisation.above(one.id, parents))
        found.append(Place(bureau, one, depth, _strictest(of_bureau, one.id, parents)))
    return found


def _tree(departments: Sequence[Department], parent: UUID | None) -> list[Department]:
    found = []
    for one in departments:
        if one.parent == parent and not one.closed:
            found += [one, *_tree(departments, one.id)]
    return found
