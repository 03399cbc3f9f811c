"""Registrations that wait: nobody is sure of them yet, so a flood must not keep others out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from support.keyholder_world import AUTHORITY, World, person
from zhilu.encoding import b64u
from zhilu.keyholder import desk
from zhilu.softkey.ceremonies import Holder

FLOOD, HOME = "10.0.0.66", "10.0.0.7"


def body_of(holder: Holder) -> dict[str, Any]:
    raw = holder.registration(["viewer"])
    return {"registration": b64u(raw), "binding": holder.binding(), "aaguid": ""}


def waiting(world: World) -> list[str]:
    return [item.id for item in world.keyholder.parts.desk.registrations()]


async def test_whoever_registers_keys_by_the_hundred_keeps_nobody_out(world: World) -> None:
    room = world.keyholder.parts.desk
    honest = room.register(body_of(person()), HOME)
    for _ in range(desk.MAX_PENDING + 5):
        room.register(body_of(person()), FLOOD)
    assert len(waiting(world)) == desk.MAX_OF_SOURCE + 1
    later = room.register(body_of(person()), HOME)
    assert {honest, later} <= set(waiting(world))


async def test_the_oldest_of_the_same_address_gives_way_and_no_witnessed_one(world: World) -> None:
    room, made = world.keyholder.parts.desk, [person() for _ in range(desk.MAX_OF_SOURCE + 1)]
    ids = [room.register(body_of(one), FLOOD) for one in made[:-1]]
    raw = made[0].registration(["viewer"])
    await world.post(f"/api/registrations/{ids[0]}/witness", world.admins[0].witness(raw))
    newest = room.register(body_of(made[-1]), FLOOD)
    assert waiting(world) == [ids[0], *ids[2:], newest]
    assert room.register(body_of(made[-1]), FLOOD) == newest  # the same again is no second one
    assert waiting(world) == [ids[0], *ids[2:], newest]


async def test_from_many_addresses_at_once_the_one_that_holds_most_gives_way(world: World) -> None:
    room = world.keyholder.parts.desk
    honest = room.register(body_of(person()), HOME)
    for number in range(desk.MAX_PENDING + 20):
        room.register(body_of(person()), f"10.0.1.{number // desk.MAX_OF_SOURCE}")
    late = room.register(body_of(person()), "10.0.0.8")
    assert {honest, late} <= set(waiting(world)) and len(waiting(world)) == desk.MAX_PENDING


async def test_a_security_administrator_takes_one_off_the_list(world: World) -> None:
    status, answer = await world.post("/api/registrations", body_of(person()))
    path = f"/api/registrations/{answer['registration_id']}/drop"
    assert status == 201 and (await world.post(path, {}))[0] == 401
    await world.sign_in(world.viewer)
    assert (await world.post(path, {}))[1]["error"] == "role"
    await world.sign_in(world.admins[0])
    assert (await world.post(path, {}))[0] == 200
    assert waiting(world) == []
    assert (await world.post(path, {}))[1]["error"] == "registration-unknown"


async def test_a_form_of_another_site_takes_nothing_off_the_list(world: World) -> None:
    _, answer = await world.post("/api/registrations", body_of(person()))
    await world.sign_in(world.admins[0])
    path = f"/api/registrations/{answer['registration_id']}/drop"
    async with world.client.post(path, data={"a": "b"}) as refused:
        assert refused.status == 415
    assert len(waiting(world)) == 1


async def test_the_address_is_the_callers_where_a_known_proxy_says_so(world: World) -> None:
    parts = world.keyholder.parts
    headers = {"Host": AUTHORITY, "X-Forwarded-For": "10.9.9.9, 10.0.0.7"}

    async def source() -> str:
        async with world.client.post("/api/registrations", json=body_of(person()), headers=headers) as answer:
            assert answer.status == 201
        return parts.desk.registrations()[-1].source

    assert await source() == "127.0.0.1"
    object.__setattr__(parts, "config", replace(parts.config, proxies=("127.0.0.1",)))
    assert await source() == "10.0.0.7"


async def test_a_registration_is_of_somebody_with_an_id(world: World) -> None:
    nobody = person()
    nobody.person = "p-017"
    status, answer = await world.post("/api/registrations", body_of(nobody))
    assert (status, answer["error"]) == (400, "registration")
