"""Granting roles and taking them back: what the security administrator does (spec/registers.md §1)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from zhilu.errors import CallerError
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import RoleGranted, RoleWithdrawn
from zhilu.server.organisation.models import Role
from zhilu.server.organisation.rules import LONGEST_REASON


def grant(person: UUID, role: str, scope: Collection[UUID] | None, actor: UUID) -> None:
    """`scope` None: the whole bureau, or a role that has no departments."""
    ids = None if scope is None else sorted(str(one) for one in scope)
    commit(RoleGranted(str(person), role, ids), str(actor))


def withdraw(person: UUID, role: str, reason: str, actor: UUID) -> None:
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        raise CallerError(
            "reason", "A reason is needed, of at most {longest} characters.", longest=LONGEST_REASON
        )
    commit(RoleWithdrawn(str(person), role, said), str(actor))


def in_force() -> list[Role]:
    """All grants, by person, the oldest first."""
    return list(Role.objects.filter(ended_at=None).order_by("person", "id"))
