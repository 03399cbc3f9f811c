"""What the viewing room's keys say of a person."""

from __future__ import annotations

from uuid import UUID

from zhilu.server.organisation.models import Credential


def key_roles(person: str | UUID) -> set[str]:
    """The roles of the living security keys of a person."""
    found = Credential.objects.filter(person=person, revoked=False).values_list("roles", flat=True)
    return {role for roles in found for role in roles}


def people_with_key_role(role: str) -> list[UUID]:
    """Whose living security keys have it."""
    keys = Credential.objects.filter(revoked=False).values_list("person", "roles")
    return sorted({person for person, roles in keys if role in roles})
