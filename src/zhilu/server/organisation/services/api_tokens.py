"""Tokens of the API: granting, withdrawing, and what one may do now (spec/registers.md §1)."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from zhilu.encoding import as_uuid, format_time
from zhilu.errors import CallerError
from zhilu.server.ledger.clock import new_id, now
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation import rules, rules_tokens
from zhilu.server.organisation.events_tokens import ApiTokenGranted, ApiTokenWithdrawn
from zhilu.server.organisation.models import ApiToken, ApiUse, Bureau, Department


@dataclass(frozen=True)
class Bearer:
    """A live token. `departments`: what it covers, None for the whole bureau. `tasks`: a day at most."""

    id: UUID
    scopes: frozenset[str]
    departments: frozenset[UUID] | None
    tasks: int = rules_tokens.MOST_TASKS

    def within(self, field: str = "department") -> Q:
        """The rows that the token covers."""
        if self.departments is not None:
            return Q(**{f"{field}__in": self.departments})
        own = Department.objects.filter(bureau__in=Bureau.objects.values("code")).values("id")
        return Q(**{field: None}) | Q(**{f"{field}__in": own})

    def covers(self, department: UUID | None) -> bool:
        if self.departments is not None:
            return department in self.departments
        own = Bureau.objects.values("code")
        return department is None or Department.objects.filter(id=department, bureau__in=own).exists()


def grant(
    name: str,
    scopes: Collection[str],
    departments: Collection[UUID] | None,
    expires: datetime,
    actor: UUID,
    tasks: int | None = None,
) -> tuple[UUID, str]:
    """Its id, and the token itself: nobody can show it again. `tasks`: that it enters a day at most."""
    said = name.strip()
    if not said or len(said) > rules_tokens.LONGEST_NAME:
        raise CallerError(
            "api-name",
            "A name is needed, of at most {longest} characters.",
            longest=rules_tokens.LONGEST_NAME,
        )
    token, text = new_id(), rules_tokens.spell(secrets.token_bytes(rules_tokens.SECRET_BYTES))
    places = None if departments is None else sorted(str(one) for one in departments)
    hashed = rules_tokens.hash_of(text)
    assert hashed is not None
    event = ApiTokenGranted(str(token), sorted(scopes), places, hashed, format_time(expires), tasks)
    commit(event, str(actor), {"name": said})
    return token, text


def withdraw(token: UUID, reason: str, actor: UUID) -> None:
    commit(ApiTokenWithdrawn(str(token), reason), str(actor))


def bearer_of(text: str) -> Bearer | None:
    """Of a token as it was sent; None where it is none that counts now. The search goes by the hash: nothing
    of the secret is compared, so nothing of it can be measured.
    """
    hashed = rules_tokens.hash_of(text)
    return None if hashed is None else _live(Q(hash=hashed), now())


def may_link(actor: str, department: UUID | None, at: datetime) -> bool:
    """For the rules of links: whether this actor is a token that may link in this department."""
    found = with_scope(actor, rules_tokens.LINKS, at)
    return found is not None and found.covers(department)


def with_scope(actor: str, scope: str, at: datetime) -> Bearer | None:
    """The token that this actor is, if it lives then and has the scope."""
    token = as_uuid(actor)
    found = _live(Q(id=token), at) if token else None
    return found if found is not None and scope in found.scopes else None


def names_of(ids: Collection[UUID]) -> dict[str, str]:
    """id → name, also of tokens that count no longer."""
    return {str(one.id): str(one) for one in ApiToken.objects.filter(id__in=ids)}


def last_used() -> dict[UUID, datetime]:
    """By token; what else is counted of callers has a word before it."""
    used = ApiUse.objects.exclude(key__contains=" ").values_list("key", "at")
    return {UUID(key): at for key, at in used}


def _live(which: Q, at: datetime) -> Bearer | None:
    row = ApiToken.objects.filter(which, ended_at=None, expires__gt=at).first()
    if row is None:
        return None
    places = None
    if row.departments is not None:
        parents = dict(Department.objects.values_list("id", "parent"))
        places = rules.below([UUID(one) for one in row.departments], parents)
    return Bearer(row.id, frozenset(row.scopes), places, row.tasks or rules_tokens.MOST_TASKS)
