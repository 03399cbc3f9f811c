"""Who may say that a finger is enrolled at a station (spec/registers.md §4)."""

from __future__ import annotations

from typing import Any

import pytest

from support.county_world import CountyWorld, named_id
from support.recordings import OFFICER
from zhilu.errors import ZhiluError
from zhilu.server.equipment.events import FingerEnrolled
from zhilu.server.equipment.models import Finger
from zhilu.server.ledger.services import rebuild
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import RoleGranted, RoleWithdrawn

pytestmark = pytest.mark.django_db

KEEPER, SECOND = str(named_id("system")), str(named_id("second officer"))
NOBODY = str(named_id("nobody at all"))


def finger(county: CountyWorld, **other: Any) -> FingerEnrolled:
    said: dict[str, Any] = {
        "person": OFFICER,
        "station": county.station.kid,
        "finger": "right-index-finger",
        "persons": [KEEPER, OFFICER],
        "word": "ab" * 32,
    }
    return FingerEnrolled(**said | other)


def refusal(event: FingerEnrolled, actor: str) -> str:
    with pytest.raises(ZhiluError) as refused:
        commit(event, actor)
    return refused.value.code


def test_two_persons_and_a_station_enrol_a_finger_once(county: CountyWorld) -> None:
    me = county.station.kid
    commit(finger(county), me)
    assert refusal(finger(county, finger="left-thumb"), me) == "finger-known"
    commit(finger(county, finger="left-thumb", word="cd" * 32), me)
    before = list(Finger.objects.order_by("id").values())
    assert [row["finger"] for row in before] == ["right-index-finger", "left-thumb"]
    rebuild.rebuild()
    assert list(Finger.objects.order_by("id").values()) == before


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"persons": [OFFICER, SECOND]}, "persons"),
        ({"persons": [KEEPER, SECOND]}, "persons"),
        ({"persons": [KEEPER]}, "persons"),
        ({"persons": [KEEPER, NOBODY]}, "person-unknown"),
        ({"person": NOBODY, "persons": [KEEPER, NOBODY]}, "person-unknown"),
        ({"finger": "sixth-finger"}, "finger"),
    ],
)
def test_what_no_finger_is_enrolled_by(county: CountyWorld, other: dict[str, Any], code: str) -> None:
    assert refusal(finger(county, **other), county.station.kid) == code


def test_no_person_and_no_other_device_enters_it(county: CountyWorld) -> None:
    for actor in (KEEPER, OFFICER, county.recorder.kid, "julu"):
        assert refusal(finger(county), actor) == "actor"


def test_a_keeper_counts_while_he_is_one(county: CountyWorld) -> None:
    security = county.admins[0].person
    commit(RoleGranted(SECOND, "equipment-keeper"), security)
    commit(finger(county, persons=[SECOND, KEEPER]), county.station.kid)
    commit(RoleWithdrawn(SECOND, "equipment-keeper", "离岗"), security)
    late = finger(county, persons=[SECOND, OFFICER], word="cd" * 32)
    assert refusal(late, county.station.kid) == "persons"
