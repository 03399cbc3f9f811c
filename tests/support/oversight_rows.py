"""Rows of oversight as the ledger and the worker would leave them, for tests of pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from support.county_world import OFFICER, SECTION, named_id
from zhilu.server.ledger.clock import midnight, now, today
from zhilu.server.ledger.models.base import applying
from zhilu.server.oversight.models import DueTask, DueTaskOfficer, Finding, FindingPerson, Match


def due(
    name: str, state: str | None, department: str = SECTION, officer: str = OFFICER, **more: Any
) -> DueTask:
    """A task of today, an hour ago or since midnight, as the ledger and the worker would leave it."""
    begun = max(now() - timedelta(hours=1), midnight(today()))
    over = begun + (now() - begun) / 2
    with applying():
        task = DueTask.objects.create(
            id=named_id(name), number=name, version=1, procedure="C01", officers=[officer], withdrawn=False,
            since=more.pop("since", begun), until=more.pop("until", over),
            department=department, source="file", entered_at=begun, entered_by="x", entry=1,
            name=f"纳税人 {name}", place="城关镇", **more,
        )  # fmt: skip
        DueTaskOfficer.objects.create(
            id=named_id(f"{name} {officer}"), task=task.id, officer=officer, since=task.since, entry=1
        )
    if state is not None:
        Match.objects.create(
            bureau="julu", task=task.id, day=today(), department=department, procedure="C01",
            class_code="confirm", officers=[officer], due=state != "not-due", state=state, told={},
        )  # fmt: skip
    return task


def asked(name: str, rule: str, state: str = "open", department: str = SECTION, **more: Any) -> Finding:
    values = {"severity": "serious", "person": OFFICER, "cleared_at": None} | more
    person = values.pop("person")
    with applying():
        finding = Finding.objects.create(
            id=named_id(name).hex, rule=rule, version=1, subject=name, subject_kind="task", day=today(),
            department=department, persons=[person], asked=[person], places=[], words=[],
            found_at=now(), raised_at=now(), state=state, entry=1, **values,
        )  # fmt: skip
        FindingPerson.objects.create(
            id=f"{finding.id}/{person}", finding=finding, person=person, day=today(), asked_at=now(), entry=1
        )
    return finding
