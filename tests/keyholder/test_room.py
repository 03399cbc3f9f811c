"""The viewing room's API as pages use it: sessions, registrations, viewings, who sees what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from support.keyholder_world import AUTHORITY, BUREAU, Film, World, new_id, person
from zhilu.encoding import b64u, unb64u
from zhilu.errors import DataError
from zhilu.protocols.viewing import Span, viewer_thumbprint
from zhilu.softkey.authenticator import AAGUID

COOKIE = f"zhilu_view_{BUREAU}"


async def test_info_needs_no_session(world: World) -> None:
    status, info = await world.get("/api/info")
    assert status == 200
    assert info["bureau"] == BUREAU
    assert info["name"] == {"zh": "巨鹿县税务局", "en": "Julu"}
    assert (info["rp_id"], info["ciphertext_origin"]) == ("view.localhost", "http://julu.localhost:8600")


# Sessions


async def test_signing_in_by_assertion(world: World) -> None:
    world.county.people[world.viewer.person] = "王丽华"
    assert (await world.get("/api/session"))[0] == 401
    status, me = await world.sign_in(world.viewer)
    assert status == 200
    expected = {
        "person": world.viewer.person,
        "name": "王丽华",
        "roles": ["viewer"],
        "credential": b64u(world.viewer.credential),
        "viewer_key": viewer_thumbprint(world.viewer.viewer_point),
    }
    assert me == expected
    assert await world.get("/api/session") == (200, expected)


async def test_the_cookie_is_for_this_bureau_and_no_script_and_no_other_site(world: World) -> None:
    _, begun = await world.post("/api/session/begin", {})
    body = {"assertion": world.viewer.sign(unb64u(begun["challenge"]))}
    async with world.client.post("/api/session", json=body) as answer:
        (cookie,) = answer.headers.getall("Set-Cookie")
    assert cookie.startswith(COOKIE + "=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}


async def test_signing_out_ends_it_here_too(world: World) -> None:
    await world.sign_in(world.viewer)
    token = next(c.value for c in world.client.session.cookie_jar if c.key == COOKIE)
    assert (await world.post("/api/session/end", {}))[0] == 200
    headers = {"Cookie": f"{COOKIE}={token}"}
    async with world.client.get("/api/session", headers=headers) as answer:
        assert answer.status == 401


async def test_a_challenge_is_ours_fresh_and_good_once(world: World) -> None:
    sessions = world.keyholder.parts.sessions
    _, begun = await world.post("/api/session/begin", {})
    challenge = unb64u(begun["challenge"])
    assert (await world.post("/api/session", {"assertion": world.viewer.sign(challenge)}))[0] == 200
    for again in (challenge, b"\x01" * 32):
        status, body = await world.post("/api/session", {"assertion": world.viewer.sign(again)})
        assert (status, body["error"]) == (403, "challenge")
    now = sessions._monotonic()
    _, begun = await world.post("/api/session/begin", {})
    sessions._monotonic = lambda: now + 200
    assertion = world.viewer.sign(unb64u(begun["challenge"]))
    assert (await world.post("/api/session", {"assertion": assertion}))[1]["error"] == "challenge"


async def test_a_session_ends_after_its_time_and_with_a_revocation(world: World) -> None:
    await world.sign_in(world.viewer)
    sessions = world.keyholder.parts.sessions
    real, now = sessions._monotonic, sessions._monotonic()
    sessions._monotonic = lambda: now + 9 * 3600
    assert (await world.get("/api/session"))[0] == 401
    sessions._monotonic = real
    await world.sign_in(world.viewer)
    await world.county.commit("credential-revoked/1", world.admins[0].revocation(world.viewer.credential))
    assert (await world.get("/api/session"))[0] == 401
    assert (await world.sign_in(world.viewer))[1]["error"] == "credential-revoked"


async def test_a_copied_key_shows_by_its_counter(world: World) -> None:
    copy = type(world.viewer.key)(list(world.viewer.key.credentials), world.viewer.key.sign_count)
    for _ in range(3):
        assert (await world.sign_in(world.viewer))[0] == 200
    original, world.viewer.key = world.viewer.key, copy
    assert (await world.sign_in(world.viewer))[1]["error"] == "sign-count"
    world.viewer.key = original
    assert (await world.sign_in(world.viewer))[0] == 200


async def test_wrong_assertions_open_no_session(world: World) -> None:
    for body in ({}, {"assertion": None}, {"assertion": {}}, {"assertion": {"id": 1}}, {"assertion": []}):
        status, answer = await world.post("/api/session", body)
        assert (status, answer["error"]) == (403, "assertion")


# Registrations


async def begin(world: World, **changed: Any) -> tuple[int, dict[str, Any], bytes]:
    newcomer = person()
    raw = newcomer.registration(["viewer"])
    body = {"registration": b64u(raw), "binding": newcomer.binding(), "aaguid": AAGUID.hex()}
    status, answer = await world.post("/api/registrations", body | changed)
    return status, answer, raw


async def test_a_registration_waits_for_two_witnesses(world: World) -> None:
    status, answer, raw = await begin(world)
    assert status == 201
    id_ = answer["registration_id"]
    path = f"/api/registrations/{id_}"
    assert await world.get(path) == (200, {"registration_id": id_, "state": "pending", "witnesses": 0})
    first, second = world.admins
    assert await world.post(path + "/witness", first.witness(raw)) == (200, {"witnesses": 1, "posted": False})
    status, again = await world.post(path + "/witness", first.witness(raw))
    assert (status, again["error"]) == (403, "witness-twice")
    assert await world.post(path + "/witness", second.witness(raw)) == (200, {"witnesses": 2, "posted": True})
    assert (await world.get(path))[1]["state"] == "registered"


async def test_two_witnesses_with_equal_counters_are_two_witnesses(world: World) -> None:
    _, answer, raw = await begin(world)
    first, second = world.admins
    second.key.sign_count = first.key.sign_count = 50
    path = f"/api/registrations/{answer['registration_id']}/witness"
    assert (await world.post(path, first.witness(raw)))[0] == 200
    assert (await world.post(path, second.witness(raw)))[0] == 200


async def test_administrators_see_what_waits_and_nobody_else(world: World) -> None:
    _, answer, raw = await begin(world)
    assert (await world.get("/api/registrations"))[0] == 401
    await world.sign_in(world.viewer)
    assert (await world.get("/api/registrations"))[0] == 403
    await world.sign_in(world.admins[0])
    await world.post(f"/api/registrations/{answer['registration_id']}/witness", world.admins[0].witness(raw))
    _, listed = await world.get("/api/registrations")
    (pending,) = listed["pending"]
    assert pending["registration"] == b64u(raw)
    assert pending["witnesses"] == [
        {"credential": b64u(world.admins[0].credential), "name": world.admins[0].person}
    ]


async def test_a_witness_revoked_meanwhile_does_not_count(world: World) -> None:
    _, answer, raw = await begin(world)
    path = f"/api/registrations/{answer['registration_id']}/witness"
    first, second = world.admins
    await world.post(path, first.witness(raw))
    await world.county.commit("credential-revoked/1", second.revocation(first.credential))
    assert await world.post(path, second.witness(raw)) == (200, {"witnesses": 1, "posted": False})


async def test_registrations_that_are_refused(world: World) -> None:
    other = person()
    attacks: list[tuple[dict[str, Any], str]] = [
        ({"registration": "x"}, "base64"),
        ({"registration": b64u(b"{}")}, "registration"),
        ({"registration": b64u(other.registration(["viewer"]))}, "binding"),
        ({"binding": {}}, "binding"),
        ({"aaguid": "x" * 100}, "registration"),
        ({"registration": 1}, "field"),
        ({"registration": b64u(world.viewer.registration(["viewer"]))}, "credential-known"),
    ]
    for change, code in attacks:
        status, answer, _ = await begin(world, **change)
        assert status >= 400
        assert answer["error"] == code, (change, answer)


async def test_unknown_registrations(world: World) -> None:
    assert (await world.get("/api/registrations/x"))[1]["state"] == "expired"
    status, answer = await world.post("/api/registrations/x/witness", world.admins[0].witness(b"x"))
    assert (status, answer["error"]) == (404, "registration-unknown")


async def test_when_the_server_is_away_the_second_witness_may_come_again(world: World) -> None:
    _, answer, raw = await begin(world)
    path = f"/api/registrations/{answer['registration_id']}/witness"
    first, second = world.admins
    await world.post(path, first.witness(raw))
    world.county.away = True
    assert (await world.post(path, second.witness(raw)))[1]["error"] == "server-away"
    world.county.away = False
    assert (await world.post(path, second.witness(raw)))[1] == {"witnesses": 2, "posted": True}


# Persons, recordings


async def test_names_are_told_to_nobody_without_a_session(world: World) -> None:
    id_ = new_id()
    world.county.people[id_] = "张建国"
    status, answer = await world.get(f"/api/persons/{id_}")
    assert status == 404 and "张建国" not in str(answer)


async def test_a_recording_is_told_of_as_it_was_stored(world: World) -> None:
    path = f"/api/recordings/{world.film.id}"
    assert (await world.get(path))[0] == 401
    await world.sign_in(world.viewer)
    status, told = await world.get(path)
    assert status == 200
    assert (told["recording"], told["segments"], told["origin"], told["officer_name"]) == (
        world.film.id,
        10,
        "test",
        "o-1",
    )
    assert (await world.get(f"/api/recordings/{new_id()}"))[1]["error"] == "recording-unknown"


# Viewings


async def test_a_viewing_from_request_to_decision(world: World) -> None:
    viewing, request = await world.request()
    await world.sign_in(world.viewer)
    _, listed = await world.get("/api/viewings")
    (mine,) = listed["mine"]
    assert listed["to_decide"] == []
    assert mine["viewing"] == viewing
    assert unb64u(mine["request"]) == request
    assert (mine["state"], mine["decision"], mine["approver_name"]) == ("waiting", None, None)
    assert mine["reason"] == "为核实投诉"
    await world.sign_in(world.approver)
    _, listed = await world.get("/api/viewings")
    assert [item["viewing"] for item in listed["to_decide"]] == [viewing]
    await world.decide(viewing, request)
    _, listed = await world.get("/api/viewings")
    assert (listed["mine"], listed["to_decide"]) == ([], [])
    assert [item["viewing"] for item in listed["decided"]] == [viewing]
    status, shown = await world.get(f"/api/viewings/{viewing}")
    assert (status, shown["state"], shown["approver_name"]) == (200, "approved", world.approver.person)


async def test_a_viewing_is_seen_by_its_viewer_and_by_approvers_only(world: World) -> None:
    viewing, _ = await world.request()
    other = person()
    await world.register(other, ["viewer"])
    path = f"/api/viewings/{viewing}"
    assert (await world.get(path))[0] == 401
    for holder, status in ((world.viewer, 200), (world.approver, 200), (other, 404), (world.admins[0], 404)):
        await world.sign_in(holder)
        assert (await world.get(path))[0] == status
    assert (await world.get(f"/api/viewings/{new_id()}"))[0] == 404


async def test_a_request_that_the_ledger_has_not_taken_is_being_posted(world: World) -> None:
    world.county.instead = lambda kind, core: []
    world.keyholder.parts.desk.follow_wait_s = 0.05
    viewing, _ = await world.request()
    await world.sign_in(world.viewer)
    _, shown = await world.get(f"/api/viewings/{viewing}")
    assert shown["state"] == "posting"
    assert [item["viewing"] for item in (await world.get("/api/viewings"))[1]["mine"]] == [viewing]
    await world.sign_in(world.approver)
    assert (await world.get("/api/viewings"))[1]["to_decide"] == []


async def test_a_request_that_the_server_refuses_is_no_more(world: World) -> None:
    """It would wait among the viewer's own for as long as it might have lived."""

    def refused(kind: str, core: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        raise DataError("server-refused", "The county server refused: {reason}", reason="not-drawn")

    world.county.instead = refused
    body = world.viewer.request(
        new_id(), BUREAU, [Span(world.film.id, 0, 9)], "为核实投诉", datetime.now(UTC)
    )
    status, answer = await world.post("/api/viewings", body)
    assert (status, answer["error"]) == (502, "server-refused")
    await world.sign_in(world.viewer)
    assert (await world.get("/api/viewings"))[1]["mine"] == []


async def test_reasons_must_be_the_signed_ones(world: World) -> None:
    def body() -> dict[str, Any]:
        spans = [Span(world.film.id, 0, 9)]
        return world.viewer.request(new_id(), BUREAU, spans, "理由", datetime.now(UTC))

    attacks: list[tuple[dict[str, Any], str]] = [
        ({"reason": "另一个理由"}, "reason-digest"),
        ({"reason": ""}, "reason"),
        ({"reason": " "}, "reason"),
        ({"reason": " \u200b\u3164"}, "reason"),
        ({"reason": "字" * 501}, "reason"),
        ({"salt": b64u(b"x")}, "reason-digest"),
        ({"salt": "="}, "base64"),
    ]
    for change, code in attacks:
        assert (await world.post("/api/viewings", body() | change))[1]["error"] == code
    assert world.county.posted == []


async def test_the_reason_goes_to_the_ledger_as_personal_text_only(world: World) -> None:
    await world.request()
    kind, core, personal = world.county.posted[-1]
    assert kind == "viewing-requested/1"
    assert set(core) == {"request", "assertion"}
    assert personal is not None
    assert personal["reason"] == "为核实投诉"


async def test_the_same_request_and_decision_are_not_posted_twice(world: World) -> None:
    film = await world.store(Film(world))
    body = world.viewer.request(new_id(), BUREAU, [Span(film.id, 0, 9)], "r", datetime.now(UTC))
    assert (await world.post("/api/viewings", body))[0] == 201
    status, answer = await world.post("/api/viewings", body)
    assert (status, answer["error"]) == (409, "viewing-known")
    request = unb64u(body["request"])
    viewing = world.county.posted[-1][1]
    assert viewing["request"] == body["request"]
    decision = world.approver.decision(request, datetime.now(UTC))
    from zhilu import strictjson

    path = f"/api/viewings/{strictjson.loads(request)['viewing']}/decision"
    assert (await world.post(path, decision))[0] == 201
    status, answer = await world.post(path, decision)
    assert (status, answer["error"]) == (409, "decided")


async def test_a_request_whose_post_failed_may_not_be_sent_again_with_the_same_assertion(
    world: World,
) -> None:
    body = world.viewer.request(new_id(), BUREAU, [Span(world.film.id, 0, 9)], "r", datetime.now(UTC))
    world.county.away = True
    assert (await world.post("/api/viewings", body))[0] == 502
    world.county.away = False
    assert (await world.post("/api/viewings", body))[1]["error"] == "sign-count"


async def test_pinned_administrators_are_brought_into_the_ledger(tmp_path: Any, monkeypatch: Any) -> None:
    import asyncio

    from support.keyholder_world import world_at
    from zhilu.keyholder import run as running

    monkeypatch.setattr(running, "POLL_S", 0.02)
    monkeypatch.setattr(running, "REPOST_S", 0.05)
    async with world_at(tmp_path, founded=False) as world:
        await world.county.commit("bureau-founded/1", {"bureau": BUREAU})
        async with asyncio.timeout(60):
            while (await world.sign_in(world.admins[1]))[0] != 200:
                await asyncio.sleep(0.02)
        posted = [kind for kind, _, _ in world.county.posted]
        assert set(posted) == {"credential-registered/1"}
    assert AUTHORITY.startswith(BUREAU)
