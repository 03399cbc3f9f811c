"""The people of a snapshot: whom a station's page offers, as officers, as colleagues, as keepers. Shown and
offered there, never decided on: the county decides when the word comes (spec/docking.md §6, §8).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from zhilu.server.equipment.rules import KEEPERS
from zhilu.server.ledger.clock import today
from zhilu.server.organisation.models import Department, Person, Post, Role
from zhilu.server.training.services.gate import fitness

OFFICER = "officer"


def roster() -> list[dict[str, Any]]:
    """Everybody who holds one of these roles, by name. `fit_until`: the first day on which the gate stands
    before him, None where it does today."""
    roles: dict[UUID, set[str]] = defaultdict(set)
    held = Role.objects.filter(role__in=[OFFICER, *KEEPERS], ended_at=None)
    for person, role in held.values_list("person", "role"):
        roles[person].add(role)
    places = dict(Department.objects.values_list("id", "name"))
    posts = dict(Post.objects.filter(until=None).values_list("person", "department"))
    fit = fitness(list(roles), today())
    people = Person.objects.filter(id__in=roles).order_by("name", "id")
    return [
        {
            "id": str(one.id),
            "name": one.name,
            "number": one.number,
            "department": places.get(posts[one.id], "") if one.id in posts else "",
            "fit_until": None if (until := fit[one.id].until) is None else until.isoformat(),
            "keeper": bool(roles[one.id] & KEEPERS),
            "officer": OFFICER in roles[one.id],
        }
        for one in people
    ]
