"""The gate is no trainer's own: somebody else says that he passed."""

from __future__ import annotations

import uuid

import pytest

from support.county_world import BUREAU, CountyWorld
from support.organisation import client_of, refused
from support.recordings import OFFICER
from support.training import CONDUCT
from zhilu.server.ledger.clock import today
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import RoleGranted
from zhilu.server.training.models import Course, Result
from zhilu.server.training.services import results

pytestmark = pytest.mark.django_db


def test_a_trainer_passes_others_only(county: CountyWorld) -> None:
    commit(RoleGranted(OFFICER, "trainer"), BUREAU)
    course, me, other = Course.objects.get(id=CONDUCT), uuid.UUID(OFFICER), uuid.UUID(county.second_officer)
    refused("training-self", results.record, me, course, today(), {me: 90})
    refused("training-self", results.record, me, course, today(), {other: 90, me: 90})
    before = Result.objects.count()
    form = {"held_on": today().isoformat(), f"score-{OFFICER}": "100"}
    answer = client_of(OFFICER).post(f"/training/courses/{CONDUCT}/results", form)
    assert answer.status_code == 400 and Result.objects.count() == before
    results.record(me, course, today(), {other: 91})
    assert Result.objects.count() == before + 1
