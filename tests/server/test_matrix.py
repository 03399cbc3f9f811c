"""Every address × every role × own department, other department, other bureau; and nobody at all."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from support import bureau, matrix
from support.addresses import ROUTES, path_of, places_of
from support.bureau import BEYOND, OWN, SCOPED, UNSCOPED, Bureau
from support.county_world import CountyWorld
from zhilu.server.ledger.services.commit import size

pytestmark = pytest.mark.db

OPEN, AWAY, DENIED, GONE = 200, 302, 403, 404


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


@pytest.mark.timeout(400)  # some two thousand pages: slow where the machine has much else to do
def test_who_may_open_what(world: Bureau) -> None:
    wrong = []
    for persona in world.people:
        client = world.client(persona)
        for name, row in matrix.PAGES.items():
            letter = matrix.letters(row).get(persona.rstrip("*"), ".")
            # Who has no department and may do it nowhere is refused alike wherever it is: one place says it.
            alike = letter == "." and persona in ("no-role", *UNSCOPED)
            for place in places_of(name)[: 1 if alike else 3]:
                # What a whole bureau's reader sees of the own department, the department's reader sees too.
                got = client.get(path_of(name, world.things[place])).status_code
                want = expected(letter, persona, place)
                if got != want:
                    wrong.append((name, persona, place, got, want))
    assert wrong == []


def test_what_is_not_his_to_do_changes_nothing(world: Bureau) -> None:
    """POST, to whoever may not, on every address: refused, and no entry comes of it."""
    before, wrong = size(), []
    for persona in world.people:
        client = world.client(persona)
        for name, row in (matrix.PAGES | matrix.POSTED).items():
            letter = matrix.letters(row).get(persona.rstrip("*"), ".")
            # Whoever may do it nowhere is refused before the row is looked at: the page's test asks that.
            for place in places_of(name)[: 1 if letter == "." else 3]:
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
