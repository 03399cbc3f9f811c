"""Every form of the server, sent by whoever may send it: as it is meant, and with what no browser sends. No
page fails, and what is refused has changed nothing. What is sent follows from the page's name and form.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client

from support import bureau, matrix, posts
from support.addresses import path_of
from support.bureau import OWN, Bureau
from support.county_world import CountyWorld

pytestmark = pytest.mark.db
NOTED = ("organisation_access", "django_session", "organisation_session")
"""Tables that say who was here."""
READ_ONLY = 405


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def rows() -> dict[str, int]:
    """How many each table has."""
    tables = [one._meta.db_table for one in apps.get_models()]
    counted = [f"SELECT '{one}', count(*) FROM \"{one}\"" for one in tables if not one.startswith(NOTED)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(counted))
        return dict(cursor.fetchall())


def sender(world: Bureau, name: str, path: str, before: dict[str, int]) -> Client | None:
    """Whoever may send the page's form; None where it has none."""
    row = (matrix.PAGES | matrix.POSTED)[name] if name not in matrix.EVERYBODY else ""
    openers = (
        [one for one, letter in matrix.letters(row).items() if letter not in ".n-"] if row else ["officer"]
    )
    for role in openers:
        client = world.client(role)
        status = send(client, path, {}, before)
        if status == READ_ONLY:
            return None
        if status not in (403, 404):
            return client
    return None


def send(client: Client, path: str, sent: posts.Sent, before: dict[str, int], as_parts: bool = False) -> int:
    """The status; what was refused has changed nothing of `before`, and what was not is taken back."""
    body, kind = posts.body_of(sent, as_parts)
    with transaction.atomic():
        answer: Any = client.post(path, body, content_type=kind)
        said = getattr(answer.wsgi_request, "_messages", ())
        is_refused = answer.status_code >= 400 or any(one.level_tag == "error" for one in said)
        assert answer.status_code < 500, (path, sent)
        assert not is_refused or rows() == before, (path, sent)
        transaction.set_rollback(True)
    return answer.status_code


@pytest.mark.timeout(400)  # some hundred pages: slow where the machine has much else to do
def test_no_form_fails_and_what_is_refused_changes_nothing(world: Bureau) -> None:
    for one in world.people:  # each has an account from the first time on
        world.client(one)
    accepted, before = 0, rows()
    for name in sorted(matrix.PAGES.keys() | matrix.POSTED.keys() | matrix.EVERYBODY):
        chance, path = Random(name), path_of(name, world.things[OWN])
        client = sender(world, name, path, before)
        if client is None:
            continue
        page = "" if name in matrix.POSTED else client.get(path).content.decode()
        forms = posts.fields_of(page)
        for action, fields in forms.items() or {"": []}.items():
            if action.startswith(("/logout", "/language", "/views")):
                continue
            as_parts = any(one.kind == "file" for one in fields)
            usual = posts.usual(chance, fields)
            accepted += send(client, action or path, usual, before, as_parts) in (200, 302)
            odd, as_parts = posts.spoiled(chance, usual), as_parts or chance.random() < 0.1
            send(client, action or path, odd, before, as_parts)
    assert accepted > 30, "what is refused at once reaches nothing"
