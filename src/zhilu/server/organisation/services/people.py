"""Reading people, for display and for rights."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from zhilu.server.organisation.models import Person, Role


def roles_of(person: UUID | str) -> frozenset[str]:
    return frozenset(Role.objects.filter(person=person).values_list("role", flat=True))


def names(ids: Iterable[UUID | str]) -> dict[str, str]:
    """id → name, of the persons that are known."""
    return {str(person.id): str(person) for person in Person.objects.filter(id__in=list(ids))}


def officers() -> list[Person]:
    ids = Role.objects.filter(role="officer").values_list("person", flat=True)
    return list(Person.objects.filter(id__in=list(ids)).order_by("name"))
