"""What the county calls a recording, for pages of the viewing room: which department collected it, as what
it is described, and by which roles a person of the room is over it. No taxpayer, no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from zhilu.protocols.viewing import CITY_ROLES, DECIDING_ROLES
from zhilu.server.catalogue.services import catalogue
from zhilu.server.evidence.models import ActSpan, Recording
from zhilu.server.organisation.services.credentials import key_roles
from zhilu.server.organisation.services.people import department_names
from zhilu.server.organisation.services.rights import rights_of

ROOM_ROLES = ("viewer", *DECIDING_ROLES)


def told_recordings(ids: Sequence[UUID], person: UUID | None = None) -> dict[str, Any]:
    found = dict(Recording.objects.filter(id__in=ids).values_list("id", "department"))
    departments, procedures = department_names(), _procedures(ids)
    covering = _covering(person, set(found.values()))
    return {
        str(id_): {
            "department": departments.get(place, ""),
            "procedures": procedures.get(id_, []),
            "covers": covering[place],
        }
        for id_, place in found.items()
    }


def _covering(person: UUID | None, places: set[UUID | None]) -> dict[UUID | None, list[str]]:
    """By department, the roles of this person that cover it."""
    if person is None:
        return {place: [] for place in places}
    rights, city = rights_of(person), sorted(key_roles(person) & set(CITY_ROLES))
    return {place: [*(role for role in ROOM_ROLES if rights.covers(place, role)), *city] for place in places}


def _procedures(ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    spans = ActSpan.objects.filter(recording__in=ids).order_by("id")
    acts = list(spans.values_list("recording", "act__catalogue", "act__procedure"))
    names = catalogue.listed_names((version, code) for _, version, code in acts)
    told: dict[UUID, list[str]] = {}
    for recording, version, code in acts:
        name = names.get((version, code), code)
        if name not in told.setdefault(recording, []):
            told[recording].append(name)
    return told
