"""Acts as lists and pages show them: five queries, however many acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from zhilu.server.catalogue.models import Procedure
from zhilu.server.evidence.models import Act, ActOfficer, Statement
from zhilu.server.organisation.services.people import names


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
