"""An officer's own texts for the elements of a statement (spec/intake.md §2). Ordinary rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from zhilu.errors import DataError
from zhilu.server.equipment.models import Assignment
from zhilu.server.evidence import rules
from zhilu.server.evidence.models import Template
from zhilu.server.ledger import lock


def of(person: UUID) -> QuerySet[Template]:
    return Template.objects.filter(person=person).order_by("name")


def check_at(person: UUID, station: str) -> None:
    """A station hears and says nothing of who never had to do with it."""
    if not Assignment.objects.filter(officer=person, station=station).exists():
        raise DataError("person-unknown", "This person was never assigned a recorder at this station.")


def save(person: UUID, name: str, elements: Mapping[str, Any], *, replaces: int | None = None) -> Template:
    """Under this name, in place of one of that name, or of the row `replaces`."""
    name, kept = name.strip(), _checked(name.strip(), elements)
    with lock.held():
        if replaces is not None:
            of(person).filter(id=replaces).exclude(name=name).delete()
        known = of(person).filter(name=name)
        if not known.exists() and of(person).count() >= rules.MOST_TEMPLATES:
            raise DataError(
                "templates-many", "A person keeps at most {most} templates.", most=rules.MOST_TEMPLATES
            )
        row, _ = Template.objects.update_or_create(person=person, name=name, defaults={"elements": kept})
    return row


def _checked(name: str, elements: Mapping[str, Any]) -> dict[str, str]:
    rules.check_template(name, elements)
    texts = {one: str(elements.get(one, "")).replace("\r\n", "\n").strip() for one in rules.ELEMENTS}
    return {one: text for one, text in texts.items() if text}
