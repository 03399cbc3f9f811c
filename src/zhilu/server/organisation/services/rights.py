"""Who may do what, and over which departments (spec/registers.md §1, ADR 0011).

Rights come from grants, and from delegations while they count and while the giver holds the role himself.
Posts give none. "The whole bureau" is what lies in the founded bureau's departments, and what lies in none;
another bureau's never.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from zhilu.server.ledger.clock import now
from zhilu.server.organisation import rules
from zhilu.server.organisation.models import Bureau, Delegation, Department, Role

READS_TEXT = ("viewer", "approver", "leader", "unit-head", "supervisor")
"""Roles that see the text of recordings and acts in their scope."""
Scope = frozenset[UUID] | None
"""Departments covered, or None for the whole bureau."""


@dataclass(frozen=True)
class Rights:
    """Of one person at one time. `scopes`: role → what it covers; of roles without departments None, but
    `officer` covers nothing: his own is his own. `departments`: all that there are, where they were read.
    """

    person: UUID
    scopes: Mapping[str, Scope]
    delegated: frozenset[str] = frozenset()
    """Roles held by delegation only."""
    departments: Sequence[Department] | None = field(default=None, compare=False, repr=False)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(self.scopes)

    def scope_of(self, *roles: str) -> Scope:
        """Together; an empty set where none of them is held."""
        held = [self.scopes[role] for role in roles if role in self.scopes]
        return None if None in held else frozenset().union(*(one for one in held if one is not None))

    def within(self, *roles: str, field: str = "department") -> Q:
        """The rows that lie in the scope of one of these roles."""
        if not self.roles & set(roles):
            return Q(pk__in=[])
        scope = self.scope_of(*roles)
        if scope is not None:
            return Q(**{f"{field}__in": scope})
        own = Department.objects.filter(bureau__in=Bureau.objects.values("code")).values("id")
        return Q(**{field: None}) | Q(**{f"{field}__in": own})

    def covers(self, department: UUID | None, *roles: str) -> bool:
        """Whether a row of this department lies in the scope of one of these roles."""
        if not self.roles & set(roles):
            return False
        scope = self.scope_of(*roles)
        if scope is not None:
            return department in scope
        own = Bureau.objects.values("code")
        return department is None or Department.objects.filter(id=department, bureau__in=own).exists()


def departments() -> list[Department]:
    """In their order; of each `is_own`, whether it is of the founded bureau."""
    own = Exists(Bureau.objects.filter(code=OuterRef("bureau")))
    return list(Department.objects.annotate(is_own=own).order_by("order", "name", "id"))


def rights_of(
    person: UUID, at: datetime | None = None, without: Collection[UUID] = (), reads: bool = False
) -> Rights:
    """Now, or as they stood at another time; one query, two where a scope names departments. `without`: what
    these handed on does not count. `reads`: where departments are read, they are kept for whoever shows them.
    """
    when = at or now()
    # Now: what has ended stays ended, whichever way the clock was set.
    live = Q(ended_at=None) if at is None else Q(ended_at=None) | Q(ended_at__gt=at)
    in_force = live if at is None else live & Q(at__lte=at)
    handed_on = Delegation.objects.filter(
        live,
        receiver=person,
        since__lte=when,
        until__gt=when,
        giver=OuterRef("person"),
        role=OuterRef("role"),
    ).exclude(giver__in=without)
    wanted = Q(person=person) | Q(Exists(handed_on), role__in=rules.DELEGABLE)
    grants = list(Role.objects.filter(in_force & wanted))
    is_scoped = any(grant.scope is not None for grant in grants)
    known = departments() if reads and is_scoped else None
    parents = {one.id: one.parent for one in known} if known else _parents() if is_scoped else {}
    scopes: dict[str, Scope] = {}
    own = {grant.role for grant in grants if grant.person == person}
    for grant in grants:
        scopes[grant.role] = _union(scopes.get(grant.role, frozenset()), _scope(grant, parents))
    return Rights(person, scopes, frozenset(scopes) - own, known)


def _parents() -> dict[UUID, UUID | None]:
    return dict(Department.objects.values_list("id", "parent"))


def _scope(grant: Role, parents: Mapping[UUID, UUID | None]) -> Scope:
    if grant.role == "officer":
        return frozenset()
    return None if grant.scope is None else rules.below([UUID(one) for one in grant.scope], parents)


def _union(first: Scope, second: Scope) -> Scope:
    return None if first is None or second is None else first | second
