"""A station serves several departments; who handed over there is told to whom the recorder belongs."""

from __future__ import annotations

from typing import Any

import pytest

from support.county_world import make_home
from support.equipment_world import KEEPER, OTHER_KEEPER, SYSTEM, WHOLE_KEEPER, EquipmentWorld

pytestmark = pytest.mark.django_db


def test_a_keeper_of_another_department_reads_no_officers_name(settings: Any, tmp_path: Any) -> None:
    settings.ZHILU = make_home(tmp_path / "county")
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    world = EquipmentWorld(settings.ZHILU)
    world.found()
    world.publish()
    world.store()
    for person, sees in ((KEEPER, True), (WHOLE_KEEPER, True), (SYSTEM, True), (OTHER_KEEPER, False)):
        page = world.as_(person).get(f"/stations/{world.station.kid}").content.decode()
        assert ("张建国" in page) is sees
