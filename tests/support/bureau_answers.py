"""What stands of findings at each place of a grown bureau: asked of the place's officer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from support.answers_world import PDF, PNG, raised
from support.county_world import named_id


def things(place: str, officer: str, act: UUID, department: str) -> dict[str, Any]:
    from zhilu.server.ledger.clock import now
    from zhilu.server.oversight.services import answers
    from zhilu.server.oversight.services.answers import File, Said

    said = Said("interrupted", "device-fault", "电池脱落", files=[File("1.png", PNG), File("2.pdf", PDF)])
    explanation = answers.explain_act(UUID(officer), act, said)
    finding = _finding(officer, act, department)
    return {
        "finding": finding,
        "explanation": explanation,
        **_rows(place, officer, finding, department, now()),
    }


def _finding(officer: str, act: UUID, department: str) -> str:
    from zhilu.server.ledger.clock import now

    moment = now()
    return raised("gap", str(act), persons=[officer], department=department, moment=moment)


def _rows(place: str, officer: str, finding: str, department: str, at: Any) -> dict[str, Any]:
    """As if the ledger had given them: nobody here decides in another bureau."""
    from zhilu.server.ledger.models.base import applying
    from zhilu.server.oversight.models import Appeal, DueTask, DueTaskOfficer, Sanction, SanctionFinding

    sanction, appeal, task = (named_id(f"{one} {place}") for one in ("sanction", "appeal", "task"))
    who, where = UUID(officer), UUID(department)
    with applying():
        Sanction.objects.create(
            id=sanction, person=who, form="criticism", department=where, by=who, at=at, entry=1
        )
        SanctionFinding.objects.create(
            id=f"{sanction}/{finding}", sanction_id=sanction, finding=finding, entry=1
        )
        Appeal.objects.create(id=appeal, finding=finding, department=where, person=who, at=at, entry=1)
        DueTask.objects.create(
            id=task,
            number=f"RW-{place}",
            version=1,
            procedure="C01",
            officers=[officer],
            since=at - timedelta(hours=3),
            until=at - timedelta(hours=2),
            withdrawn=False,
            department=where,
            source="file",
            entered_at=at,
            entered_by=officer,
            entry=1,
        )
        of_task = named_id(f"task officer {place}")
        DueTaskOfficer.objects.create(
            id=of_task, task=task, officer=who, since=at - timedelta(hours=3), entry=1
        )
    return {"sanction": sanction, "appeal": appeal, "task": task}
