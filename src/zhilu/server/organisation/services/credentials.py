"""What the viewing room's keys say of a person."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from zhilu.encoding import b64u
from zhilu.errors import DataError
from zhilu.protocols.assertions import parse_assertion
from zhilu.server.organisation.models import Credential


def key_roles(person: str | UUID) -> set[str]:
    """The roles of the living security keys of a person."""
    found = Credential.objects.filter(person=person, revoked=False).values_list("roles", flat=True)
    return {role for roles in found for role in roles}


def roles_of_signer(assertion: Mapping[str, object], person: str | UUID, *, living: bool = True) -> set[str]:
    """Of the one key that signed, where it is this person's; none where it is not known. With `living` false
    also of one that was revoked, which is for what follows from the ledger."""
    try:
        key = b64u(parse_assertion(assertion).id)
    except DataError:
        return set()
    found = Credential.objects.filter(id=key, person=person)
    found = found.filter(revoked=False) if living else found
    return {role for roles in found.values_list("roles", flat=True) for role in roles}
