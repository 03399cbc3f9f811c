"""Acts as lists and pages show them: who sees which; rows in one query, however many acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from zhilu.server.catalogue.models import Procedure
from zhilu.server.evidence.models import Act, ActOfficer
from zhilu.server.organisation.models import Person
from zhilu.server.organisation.services.rights import READS_TEXT, Rights
from zhilu.server.pages.services.listing import Asker


def visible(rights: Rights) -> QuerySet[Act]:
    """An officer's own, and what lies in the scope of who reads the text of others."""
    own = Q(id__in=ActOfficer.objects.filter(officer=rights.person).values("act"))
    return Act.objects.filter(
        (own if "officer" in rights.roles else Q(pk__in=[])) | rights.within(*READS_TEXT)
    )


@dataclass(frozen=True)
class Row:
    """`procedure` as the version listed it that the act was filed under."""

    act: Act
    procedure: str
    officers: list[str]
    department: str = ""
    url: str = ""


def rows(acts: Sequence[Act], asker: Asker) -> list[Row]:
    officers: dict[UUID, list[str]] = {}
    listed: dict[UUID, str] = {}
    name = Subquery(Person.objects.filter(id=OuterRef("officer")).values("name")[:1])
    version = Procedure.objects.filter(version=OuterRef("act__catalogue"), code=OuterRef("act__procedure"))
    of_acts = ActOfficer.objects.annotate(name=name, listed=Subquery(version.values("name")[:1]))
    found = of_acts.filter(act__in=[act.id for act in acts]).order_by("id")
    for act, officer, named, listed[act] in found.values_list("act", "officer", "name", "listed"):
        officers.setdefault(act, []).append(named or str(officer)[:8])
    return [
        Row(
            act,
            f"{act.procedure} {listed.get(act.id) or ''}".strip(),
            officers.get(act.id, []),
            asker.place(act.department),
            asker.url("act", act.id),
        )
        for act in acts
    ]
