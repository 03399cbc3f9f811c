"""Whoever edits the catalogue, the rollout plan and the rules in force, and what he does with them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from support.county_world import BUREAU, OFFICER, named_id
from zhilu.errors import ZhiluError
from zhilu.server.catalogue.services import drafts, rollouts
from zhilu.server.ledger.services import commit as commits
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import PersonAdded, RoleGranted

EDITOR = UUID(str(named_id("editor")))
ME = UUID(OFFICER)


def add_editor() -> None:
    commit(PersonAdded(str(EDITOR)), BUREAU, {"name": "郑文"})
    commit(RoleGranted(str(EDITOR), "legal-editor", None), BUREAU)


def refused(event: Any, actor: str = BUREAU) -> str:
    before = commits.size()
    with pytest.raises(ZhiluError) as error:
        commit(event, actor, {"reason": "x"})
    assert commits.size() == before
    return error.value.code


def put(since: date, row: dict[str, Any]) -> int:
    drafts.set_procedure(row, EDITOR)
    seen = drafts.digest(drafts.next_version(drafts.read(), since))
    return drafts.put_in_force(since, EDITOR, seen)


def listed(listed_as: str, **changes: Any) -> dict[str, Any]:
    return drafts.read().after.procedures[listed_as] | changes


def line(department: str | None, tier: str, since: str = "2026-01-01", until: str = "") -> None:
    where = UUID(department) if department else None
    end = date.fromisoformat(until) if until else None
    rollouts.set_line(EDITOR, BUREAU, where, tier, date.fromisoformat(since), end)
