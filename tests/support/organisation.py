"""Short words for tests of the organisation."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from support.county_world import DEPARTMENT, named_id
from support.past_rules import unchecked
from zhilu.errors import CallerError, DataError

SYSTEM = str(named_id("system"))


def refused(code: str, action: Any, *args: Any, **more: Any) -> None:
    """With this code, and nothing has changed."""
    from zhilu.server.ledger.services.commit import size

    before = size()
    with pytest.raises((DataError, CallerError)) as error:
        action(*args, **more)
    assert error.value.code == code
    assert size() == before


def put(name: str, parent: Any = DEPARTMENT, actor: str = SYSTEM, **more: Any) -> uuid.UUID:
    from zhilu.server.organisation.services import departments

    return departments.put(departments.Described(name, "inspection", parent, **more), actor)


def put_abroad(name: str, bureau: str, parent: uuid.UUID | None = None) -> uuid.UUID:
    """Another bureau's department, which the rules let nobody enter: nothing may come of it."""
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.organisation.events import DepartmentSet

    made = uuid.uuid4()
    above = str(parent) if parent else None
    with unchecked("department-set/1"):
        commit(DepartmentSet(str(made), bureau, above, "inspection", name, 0, False), SYSTEM)
    return made


def again(
    department: uuid.UUID | str, name: str, parent: Any, closed: bool = False, actor: str = SYSTEM
) -> None:
    from zhilu.server.organisation.services import departments

    described = departments.Described(name, "inspection", parent, closed=closed)
    departments.put(described, actor, uuid.UUID(str(department)))


def client_of(person: str) -> Client:
    """Signed in, without the work of a password."""
    from zhilu.server.organisation.models import User

    client = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="zh-hans")
    user = User.objects.create(username=f"u.{person[-12:]}", person=person)
    client.force_login(user, "zhilu.server.organisation.services.accounts.LockoutBackend")
    return client
