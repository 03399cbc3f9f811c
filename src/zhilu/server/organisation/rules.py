"""Rules about people, posts, roles and policy (pure; spec/registers.md §1).

- Three administrators (三员分立): system, security, audit; no person is two of them, and none of them has any
  other role, also by delegation: no administrator plays footage. Nobody grants himself.
- A post gives no right. Leaving one ends what was held there (ADR 0011).
- A policy's version is one more than the newest; its quorum can be met by the registered cosigners.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from zhilu import strictjson
from zhilu.encoding import h
from zhilu.errors import DataError

PEER_ROLES = ("keyholder", "city-keyholder")
"""The second one reads the ledger, and enters nothing (spec/viewing.md §8)."""
ADMINISTRATORS = ("system-administrator", "security-administrator", "audit-administrator")
SCOPED = ("unit-head", "viewer", "approver", "leader", "supervisor", "equipment-keeper")
ROLES = ("officer", *SCOPED, "legal-editor", "trainer", *ADMINISTRATORS)
DELEGABLE = ("approver", "leader", "unit-head")
LONGEST_DELEGATION = timedelta(days=90)
LONGEST_REASON = 200
GRANTS_LABEL = "zhilu/grants/v1"

KINDS = (
    "collection", "administration", "monitoring", "inspection", "legal", "leadership", "support", "other",
)  # fmt: skip
DEEPEST = 6
MOST_ORDER = 100_000
RANKS = ("officer", "deputy-head", "head", "leader")
REASONS = ("transfer", "retired", "left", "correction")
GONE = ("retired", "left")
"""Reasons for which a person is an officer no longer."""

K = TypeVar("K", UUID, str)


def check_role(role: str, held: Collection[str]) -> None:
    """May a person who holds `held`, by grant or delegation, be granted `role`?"""
    if role not in ROLES:
        raise DataError("role", "There is no role {role}.", role=role)
    if role in held:
        raise DataError("role-held", "The person has the role {role} already.", role=role)
    check_together(role, held)


def check_together(role: str, held: Collection[str]) -> None:
    if held and (role in ADMINISTRATORS or set(held) & set(ADMINISTRATORS)):
        raise DataError("role-conflict", "An administrator has no other role.", role=role)


def check_scope(role: str, scope: Collection[str] | None) -> None:
    if scope is not None and (role not in SCOPED or not scope):
        raise DataError("role-scope", "The role {role} has no departments, or needs one at least.", role=role)


def check_other(actor: str, person: str) -> None:
    if actor == person:
        raise DataError("role-self", "Nobody grants rights to himself.")


def check_department(name: str, kind: str, over: Collection[K], department: K) -> None:
    """`over`: the departments over it, nearest first, up to a circle or the top."""
    if kind not in KINDS:
        raise DataError("department", "There is no kind of department {kind}.", kind=kind)
    if "/" in name or not name.strip():
        raise DataError("department", "A department's name is no blank and holds no slash.")
    if department in over or len(over) >= DEEPEST:
        raise DataError(
            "department", "Departments lie at most {deepest} deep, none above itself.", deepest=DEEPEST
        )


def check_scopes_kept(
    was: UUID | None,
    parent: UUID | None,
    parents: Mapping[UUID, UUID | None],
    scopes: Iterable[Collection[str]],
) -> None:
    """To move a department below another would give it to whoever has a scope over that one: rights, and
    those another administrator grants.
    """
    gained = {str(one) for one in set(above(parent, parents)) - set(above(was, parents))}
    if any(gained & set(scope) for scope in scopes):
        raise DataError(
            "department-scope",
            "Somebody has a role over the department above: it is withdrawn before another is put below.",
        )


def check_order(order: int) -> None:
    if order > MOST_ORDER:
        raise DataError("department", "A department's place among its neighbours is a number up to 100,000.")


def above(department: K | None, parents: Mapping[K, K | None]) -> list[K]:
    """`department` and those over it; ends where a circle closes."""
    found: list[K] = []
    while department is not None and department not in found:
        found.append(department)
        department = parents.get(department)
    return found


def below(departments: Collection[K], parents: Mapping[K, K | None]) -> frozenset[K]:
    """These departments, and all that lie below them."""
    wanted = set(departments)
    return frozenset(one for one in parents if wanted & set(above(one, parents)))


def grants_digest(grants: Iterable[tuple[str, str, Collection[str] | None]]) -> str:
    """Of (person, role, scope) of every grant in force."""
    rows = (
        strictjson.dumps([person, role, None if scope is None else sorted(scope)])
        for person, role, scope in grants
    )
    return h(GRANTS_LABEL, b"".join(row + b"\n" for row in sorted(rows))).hex()


def check_post(rank: str, since: date, today: date) -> None:
    if rank not in RANKS:
        raise DataError("post-rank", "There is no rank {rank}.", rank=rank)
    if since > today:
        raise DataError("post-date", "A post begins at the latest today.")


def check_leave(reason: str, since: date, until: date, today: date) -> None:
    if reason not in REASONS:
        raise DataError("post-reason", "There is no reason {reason} to leave a post.", reason=reason)
    if not since <= until <= today:
        raise DataError("post-date", "A post ends at the latest today, and not before it began.")


def check_delegation(role: str, since: datetime, until: datetime, at: datetime) -> None:
    if role not in DELEGABLE:
        raise DataError("delegation", "The role {role} cannot be handed on.", role=role)
    if not since < until <= since + LONGEST_DELEGATION or until <= at:
        raise DataError(
            "delegation", "A delegation ends after it begins, in the future, and lasts at most 90 days."
        )


def review_due(day: date, is_review: bool) -> date:
    """The first day on which the next review is late. `day`: of the last review, which holds for its half
    year, or of the founding, in whose half year the first one falls due.
    """
    end = _half_end(day)
    return _half_end(end) if is_review else end


def _half_end(day: date) -> date:
    return date(day.year, 7, 1) if day.month < 7 else date(day.year + 1, 1, 1)


def check_policy_version(version: int, newest: int) -> None:
    if version != newest + 1:
        raise DataError(
            "policy-version", "The next policy has version {wanted}.", wanted=newest + 1, version=version
        )


def check_quorum(quorum: int, cosigners: int) -> None:
    if quorum > cosigners:
        raise DataError(
            "quorum",
            "The policy demands {quorum} cosigners; {known} are registered.",
            quorum=quorum,
            known=cosigners,
        )
