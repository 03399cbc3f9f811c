"""Nobody gets an administrator's first password on a page: he would be that administrator."""

from __future__ import annotations

import pytest

from support.county_world import CountyWorld
from support.organisation import SYSTEM, client_of, refused
from zhilu.server.organisation.models import User
from zhilu.server.organisation.services import accounts

pytestmark = pytest.mark.django_db


def test_the_system_administrator_makes_no_login_for_who_grants_rights(county: CountyWorld) -> None:
    security = county.admins[1].person
    refused("account-administrator", accounts.create, "zhaolei", security, SYSTEM)
    answer = client_of(SYSTEM).post(f"/accounts/{security}", {"do": "make", "username": "zhaolei"})
    assert answer.status_code == 400 and not User.objects.filter(person=security).exists()
    assert accounts.create("zhaolei", security, "julu")
