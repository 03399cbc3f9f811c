"""The home page: what waits for me, what is late, what is wrong. One idea a file; `BY_ROLE` says
whose it is.
"""

from __future__ import annotations

from zhilu.server.pages.services.tasks import (
    alarms,
    asked,
    assessment,
    certificates,
    delegations,
    dock_keys,
    due,
    exports,
    fitness,
    footage,
    health_of_all,
    keeping,
    logins,
    lost,
    neighbours,
    notices,
    odd_grants,
    proposals,
    recorders_in_hand,
    regulations,
    reviews,
    setting_up,
    sign_ins,
    statements,
    stations,
    unnamed,
    viewings,
)
from zhilu.server.pages.services.tasks.desk import Card, Desk, Task

BY_ROLE: dict[str, tuple[Task, ...]] = {
    "leader": (
        neighbours.doubted, due.of_unit, asked.to_decide, notices.waiting, viewings.undecided,
        viewings.reports_overdue, delegations.ending,
    ),
    "unit-head": (
        due.of_unit, asked.to_accept, notices.waiting, statements.to_confirm, unnamed.of_unit,
        delegations.ending,
    ),
    "supervisor": (due.of_unit, asked.to_conclude, footage.drawn, assessment.unsettled),
    "approver": (viewings.undecided, viewings.reports_overdue, delegations.ending),
    "officer": (
        asked.own, due.own,
        unnamed.own, statements.own, regulations.unread, recorders_in_hand.own,
    ),
    "viewer": (viewings.reports_owed,),
    "legal-editor": (proposals.undecided, proposals.draft),
    "trainer": (fitness.unfit,),
    "equipment-keeper": (keeping.unfit_holders, keeping.out_of_use),
    "system-administrator": (
        setting_up.missing, setting_up.posts,
        alarms.waiting, dock_keys.waiting, stations.silent, certificates.ending, logins.missing,
    ),
    "security-administrator": (
        neighbours.to_part, reviews.due, odd_grants.without_post, delegations.of_bureau, logins.missing,
    ),
    "audit-administrator": (
        neighbours.doubted, viewings.reports_overdue,
        sign_ins.failed, sign_ins.refused, reviews.newest, exports.newest,
    ),
}  # fmt: skip
"""Whoever has several roles sees first what others wait for."""
APART: dict[str, tuple[Task, ...]] = {
    "officer": (fitness.own,),
    "unit-head": (statements.of_unit, fitness.unfit),
    "leader": (assessment.to_publish, assessment.objections),
    "system-administrator": (lost.wanted, health_of_all.worst),
}
"""What asks too much for the first request: in one of its own, under the role's name and `+`."""
TONES = ("late", "wrong", "waits", "known")


def roles_with_cards(roles: frozenset[str]) -> list[str]:
    return [role for role in BY_ROLE if role in roles and BY_ROLE[role]]


def apart(roles: frozenset[str]) -> list[str]:
    return [f"{role}+" for role in APART if role in roles]


def cards_apart(desk: Desk, part: str) -> list[Card]:
    return [card for task in APART[part.removesuffix("+")] if (card := task(desk)) is not None]


def cards(desk: Desk, role: str) -> list[Card]:
    """What one of the person's roles asks for, the late first. An idea of several roles comes once: with the
    first.
    """
    held = roles_with_cards(desk.rights.roles)
    before = {task for one in held[: held.index(role)] for task in BY_ROLE[one]}
    found = [card for task in BY_ROLE[role] if task not in before and (card := task(desk)) is not None]
    return sorted(found, key=lambda card: TONES.index(card.tone))
