"""Acts as lists and pages show them: who sees which; rows in three queries, however many acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from zhilu.server.catalogue.models import Procedure
from zhilu.server.catalogue.services import catalogue
from zhilu.server.evidence.models import Act, ActOfficer
from zhilu.server.organisation.services.people import names
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
    procedure: Procedure | None
    officers: list[str]
    department: str = ""


def rows(acts: Sequence[Act], asker: Asker | None = None) -> list[Row]:
    """Their departments too where there is somebody who asks for a list."""
    officers: dict[UUID, list[UUID]] = {}
    of_acts = ActOfficer.objects.filter(act__in=[act.id for act in acts])
    for act, officer in of_acts.order_by("id").values_list("act", "officer"):
        officers.setdefault(act, []).append(officer)
    people = {one for found in officers.values() for one in found}
    told = asker.names(*people) if asker else names(people)
    listed = catalogue.listed((act.catalogue, act.procedure) for act in acts)
    return [
        Row(
            act,
            listed.get((act.catalogue, act.procedure)),
            [told.get(str(one), "") for one in officers.get(act.id, [])],
            asker.place(act.department) if asker else "",
        )
        for act in acts
    ]
