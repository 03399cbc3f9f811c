"""Acts as lists and pages show them: who sees which; rows in five queries, however many acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from zhilu.server.catalogue.models import Procedure
from zhilu.server.evidence.models import Act, ActOfficer, Statement
from zhilu.server.organisation.services.people import names
from zhilu.server.organisation.services.rights import READS_TEXT, Rights


def visible(rights: Rights) -> QuerySet[Act]:
    """An officer's own, and what lies in the scope of who reads the text of others."""
    own = Q(id__in=ActOfficer.objects.filter(officer=rights.person).values("act"))
    return Act.objects.filter(
        (own if "officer" in rights.roles else Q(pk__in=[])) | rights.within(*READS_TEXT)
    )


@dataclass(frozen=True)
class Row:
    """`procedure` as the version listed it that the act was filed under; `present`: of the seven elements."""

    act: Act
    procedure: Procedure | None
    officers: list[str]
    statement: Statement | None

    @property
    def present(self) -> int:
        return len(self.statement.complete) if self.statement else 0


def rows(acts: Sequence[Act]) -> list[Row]:
    ids = [act.id for act in acts]
    officers: dict[UUID, list[UUID]] = {}
    for act, officer in ActOfficer.objects.filter(act__in=ids).order_by("id").values_list("act", "officer"):
        officers.setdefault(act, []).append(officer)
    told = names({one for found in officers.values() for one in found})
    listed = {
        (one.version, one.code): one
        for one in Procedure.objects.filter(
            version__in={act.catalogue for act in acts}, code__in={act.procedure for act in acts}
        )
    }
    # The newest of each act comes last and stays.
    versions = Statement.objects.filter(act__in=ids).order_by("version").defer(*Statement.PERSONAL)
    newest = {one.act_id: one for one in versions}
    return [
        Row(
            act,
            listed.get((act.catalogue, act.procedure)),
            [told.get(str(one), "") for one in officers.get(act.id, [])],
            newest.get(act.id),
        )
        for act in acts
    ]
