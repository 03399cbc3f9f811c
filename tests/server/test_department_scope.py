"""Who keeps the departments grants no rights by moving them."""

from __future__ import annotations

import uuid

import pytest

from support.county_world import BUREAU, SECTION, CountyWorld
from support.organisation import again, put, refused
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import RoleGranted, RoleWithdrawn
from zhilu.server.organisation.services.rights import rights_of

pytestmark = pytest.mark.django_db


def test_a_department_is_not_moved_below_one_that_somebody_has_a_scope_over(county: CountyWorld) -> None:
    friend = county.second_officer
    mine = put("办税服务厅", None)
    below = put("一窗口", mine)
    commit(RoleGranted(friend, "viewer", [str(mine)]), BUREAU)
    refused("department-scope", again, SECTION, "检查一科", mine)
    refused("department-scope", again, SECTION, "检查一科", below)
    assert not rights_of(uuid.UUID(friend)).covers(uuid.UUID(SECTION), "viewer")
    # Within the same scope it moves, and out of one; a new one is nobody's yet.
    again(below, "一窗口", mine)
    again(put("二窗口", mine), "二窗口", below)
    again(below, "一窗口", None)
    commit(RoleWithdrawn(friend, "viewer", "范围变更"), BUREAU)
    again(SECTION, "检查一科", mine)
