"""Every address × every role × own department, other department, other bureau; and nobody at all."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.template.backends.django import Template
from django.test import Client

from support import bureau, matrix
from support.addresses import ROUTES, path_of, places_of
from support.bureau import BEYOND, OWN, SCOPED, Bureau
from support.county_world import CountyWorld
from zhilu.server import urls
from zhilu.server.ledger.services.commit import size
from zhilu.server.organisation.services.accounts import LockoutBackend
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.organisation.services.sessions import SessionStore
from zhilu.server.pages.services import rights

OPEN, AWAY, DENIED, GONE = 200, 302, 403, 404


@pytest.fixture(autouse=True)
def bare_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some thousand pages that say no, without drawing each: how they look is asked elsewhere."""
    for status in (DENIED, GONE):

        def bare(request: HttpRequest, exception: Exception, status: int = status) -> HttpResponse:
            return HttpResponse(status=status)

        monkeypatch.setattr(urls, f"handler{status}", bare)


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks and what he may is looked up once for each: three thousand requests change neither."""
    get_user, sessions, load = cache(LockoutBackend().get_user), {}, SessionStore.load

    def loaded(session: SessionStore) -> dict[str, Any]:
        key = session.session_key
        return dict(sessions.get(key) or sessions.setdefault(key, load(session)))

    monkeypatch.setattr(SessionStore, "load", loaded)
    monkeypatch.setattr(LockoutBackend, "get_user", lambda _, user_id: get_user(user_id))
    monkeypatch.setattr(rights, "rights_of", cache(rights_of))


@pytest.fixture
def bare_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may open it is known before it is drawn; test_queries draws each page for every role."""
    monkeypatch.setattr(Template, "render", lambda *_: "")


@pytest.fixture
def world(county: CountyWorld) -> Bureau:
    return bureau.of(county)


def expected(letter: str, persona: str, place: str) -> int:
    if letter in ".a-n":
        return {".": DENIED, "a": OPEN, "-": AWAY, "n": GONE}[letter]
    if letter == "b":
        return GONE if place == BEYOND else OPEN
    if letter == "o":
        return OPEN if place == OWN else GONE
    covers = place == OWN or (persona.endswith("*") and place != BEYOND)
    return OPEN if covers else GONE


def test_every_address_stands_in_the_table() -> None:
    machines = {name for name in ROUTES if name.startswith(matrix.MACHINES)}
    listed = matrix.PAGES.keys() | matrix.POSTED.keys() | matrix.EVERYBODY | matrix.PUBLIC | matrix.ELSEWHERE
    assert set(ROUTES) - machines == listed


def wrong(world: Bureau, persona: str, names: dict[str, str], most: int) -> list[tuple[object, ...]]:
    """Of these pages, each with its letter, those that answer otherwise; `most` places of each."""
    client, found = world.client(persona), []
    for name, letter in names.items():
        for place in places_of(name)[:most]:
            # What a whole bureau's reader sees of the own department, the department's reader sees too.
            got = client.get(path_of(name, world.things[place])).status_code
            want = expected(letter, persona, place)
            if got != want:
                found.append((name, persona, place, got, want))
    return found


def narrowest(world: Bureau) -> list[str]:
    """Each role once, in its own department: what a role may do nowhere, no scope gives it."""
    return [who for who in world.people if not who.endswith("*")]


def letter_of(name: str, row: str, role: str) -> str:
    return matrix.letters(row).get(role, matrix.ROLELESS.get(name, "."))


def pages(persona: str, *, shut: bool) -> dict[str, str]:
    """With their letters. Of what is the same at every place, none for those whose scope is the bureau."""
    role, alike = persona.rstrip("*"), "a-n" if persona.endswith("*") else ""
    found = {name: letter_of(name, row, role) for name, row in matrix.PAGES.items()}
    return {name: letter for name, letter in found.items() if (letter == ".") is shut and letter not in alike}


@pytest.mark.usefixtures("bare_pages")
@pytest.mark.timeout(400)  # a thousand pages: slow where the machine has much else to do
def test_who_may_open_what(world: Bureau) -> None:
    assert [one for who in world.people for one in wrong(world, who, pages(who, shut=False), 3)] == []


@pytest.mark.timeout(400)
def test_who_may_open_it_nowhere_is_refused(world: Bureau) -> None:
    """Before any row is looked at, so that in his own department says it for all."""
    assert [one for who in narrowest(world) for one in wrong(world, who, pages(who, shut=True), 1)] == []


def test_what_is_not_his_to_do_changes_nothing(world: Bureau) -> None:
    """POST, to whoever may not, on every address: refused, and no entry comes of it."""
    before, wrong, narrow = size(), [], narrowest(world)
    for persona in world.people:
        client = world.client(persona)
        for name, row in (matrix.PAGES | matrix.POSTED).items():
            letter = letter_of(name, row, persona.rstrip("*"))
            # Whoever may do it nowhere is refused before the row is looked at: the page's test asks that.
            most = 3 if letter != "." else 1 if persona in narrow else 0
            for place in places_of(name)[:most]:
                if letter == "." or expected(letter, persona, place) == GONE:
                    got = client.post(path_of(name, world.things[place]), {"confirmed": "yes"}).status_code
                    if got not in (DENIED, GONE, 405):
                        wrong.append((name, persona, place, got))
    assert wrong == []
    assert size() == before


def test_buttons_answer_to_whom_they_belong(world: Bureau) -> None:
    for name, row in matrix.POSTED.items():
        for role, letter in matrix.letters(row).items():
            if letter != ".":
                got = world.client(role).post(path_of(name, world.things[OWN]), {}).status_code
                assert got in (OPEN, AWAY, 400), (name, role)


def test_nobody_is_sent_to_sign_in(world: Bureau) -> None:
    client = world.client("nobody")
    for name in matrix.PAGES.keys() | matrix.EVERYBODY:
        for send in (client.get, client.post):
            answer = send(path_of(name, world.things[OWN]))
            # A page that is only read says to a POST that it is only read.
            assert answer.status_code == 405 or answer["Location"].startswith("/login"), name
    for name in matrix.POSTED:
        assert client.post(path_of(name, world.things[OWN]))["Location"].startswith("/login"), name
    for name in matrix.PUBLIC:
        assert client.get("/" + ROUTES[name]).status_code == OPEN


def test_everybody_has_an_account_of_his_own(world: Bureau) -> None:
    for persona in ("no-role", *SCOPED[:1], "officer"):
        for name in matrix.EVERYBODY:
            assert world.client(persona).get("/" + ROUTES[name]).status_code == OPEN, (persona, name)


def test_a_person_is_no_machine(world: Bureau) -> None:
    """What a device signs is not for sessions."""
    clients = [world.client("system-administrator"), Client(HTTP_HOST="127.0.0.1")]
    for name, route in ROUTES.items():
        if name.startswith(matrix.MACHINES) and not name.startswith("ledger"):
            path = "/" + re.sub(r"<(\w+):\w+>", _any, route)
            for client in clients:
                for method in ("get", "post", "put"):
                    assert getattr(client, method)(path).status_code in (400, 401, 403, 404, 405, 411), name


def _any(match: re.Match[str]) -> str:
    return {"uuid": str(bureau.OTHER), "int": "1"}.get(match[1], "x")
