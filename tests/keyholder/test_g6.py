"""Nobody watches unseen (G6): a web process that holds the ledger's key, commits any entry and serves any
bytes gets no key. Each attack is refused for its own reason; the road without an attack is open, so that no
refusal stands for a road that never worked.

`/release` is asked over HTTP; what comes out is looked at. `entries that do not count` are read out of the
keyholder's own state.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from support.keyholder_world import BUREAU, SEGMENTS, Film, World, new_id, person
from zhilu import strictjson
from zhilu.encoding import b64u, format_time, unb64u
from zhilu.errors import DataError
from zhilu.keyholder.county import Entry
from zhilu.protocols import viewing as messages
from zhilu.protocols.viewing import GRANT_TYP, Span, parse_grant
from zhilu.sealed.envelopes import release_open
from zhilu.sealed.keys import SoftSigner, load_jwk, point_bytes, thumbprint
from zhilu.sealed.lines import open_jws
from zhilu.softkey.ceremonies import Holder, registration_core

Core = dict[str, Any]
RELEASED = "key-released/1"


def refused(answer: tuple[int, Core], code: str) -> None:
    status, body = answer
    assert status >= 400, body
    assert body["error"] == code, body
    assert set(body) == {"error", "hint", "fields"}


def ignored(world: World) -> list[tuple[str, str]]:
    """(kind, code) of the entries that did not count."""
    return [(kind, code) for _, kind, code in world.keyholder.state[0].ignored()]


def impatient(world: World, seconds: float = 0.4) -> None:
    """Attacks that end in waiting need not wait a minute."""
    world.keyholder.parts.releases.life_s = seconds


def keep_back(world: World) -> list[Core]:
    """What is posted is not committed, but kept."""
    kept: list[Core] = []

    def keep(kind: str, core: Core) -> list[tuple[str, Core]]:
        kept.append(core)
        return []

    world.county.instead = keep
    return kept


async def requested(world: World, by: Holder, *, film: Film | None = None, **changed: Any) -> Core:
    """Core of `viewing-requested/1`, signed by `by` over whatever `changed` makes of it."""
    body = by.request(new_id(), BUREAU, [Span((film or world.film).id, 0, 9)], "r", datetime.now(UTC))
    request = strictjson.loads(unb64u(body["request"])) | changed
    raw = strictjson.dumps(request)
    return {"request": b64u(raw), "assertion": by.sign(messages.request_challenge(raw))}


def raw_of(core: Core) -> bytes:
    return unb64u(core["request"])


def viewing_of(core: Core) -> str:
    return str(strictjson.loads(raw_of(core))["viewing"])


async def commit_decision(
    world: World, by: Holder, request: bytes, *, over: bytes | None = None, **changed: Any
) -> Core:
    """Commit `viewing-decided/1` as the web process would; `over`: the request bytes that the signature
    covers."""
    made = by.decision(request, datetime.now(UTC))
    raw = strictjson.dumps(strictjson.loads(unb64u(made["decision"])) | changed)
    assertion = by.sign(messages.decision_challenge(over or request, raw))
    viewing = strictjson.loads(request)["viewing"]
    core = {"viewing": viewing, "decision": b64u(raw), "assertion": assertion}
    await world.county.commit("viewing-decided/1", core)
    return core


# The road without an attack


async def test_the_road_is_open(world: World) -> None:
    viewing = await world.approved()
    status, answer = await world.ask(viewing)
    assert status == 200, answer
    assert world.opened(answer) == world.film.share
    assert ignored(world) == []
    # The ledger held the release before the key left, with the viewer's key in it.
    kind, core, personal = world.county.posted[-1]
    assert (kind, personal) == (RELEASED, None)
    assert core["viewer_key"] == thumbprint(world.viewer.viewer_private_key.public_key())
    leaf = unb64u(answer["release"]["leaf"])
    assert leaf == world.county.ledger.entries[-1].leaf
    assert load_jwk(answer["journal_key"]) == load_jwk(world.recorder.jwk)


async def test_the_grant_is_for_what_was_approved_and_ends(world: World) -> None:
    viewing = await world.approved(span=(3, 5))
    _, answer = await world.ask(viewing)
    key = world.enrol["request_jwk"]
    grant = parse_grant(open_jws(answer["grant"], GRANT_TYP, thumbprint(key), load_jwk(key)))
    assert (grant.viewing, grant.span) == (viewing, Span(world.film.id, 3, 5))
    left = grant.expires - datetime.now(UTC)
    assert timedelta(hours=3, minutes=59) < left <= timedelta(hours=4)


async def test_a_grant_ends_with_the_approval(world: World) -> None:
    viewing = await world.approved(life=timedelta(minutes=20))
    _, answer = await world.ask(viewing)
    key = world.enrol["request_jwk"]
    grant = parse_grant(open_jws(answer["grant"], GRANT_TYP, thumbprint(key), load_jwk(key)))
    assert grant.expires - datetime.now(UTC) <= timedelta(minutes=20)


async def test_every_release_is_an_entry_of_its_own(world: World) -> None:
    viewing = await world.approved()
    answers = [await world.ask(viewing) for _ in range(2)]
    assert [status for status, _ in answers] == [200, 200]
    nonces = [core["nonce"] for kind, core, _ in world.county.posted if kind == RELEASED]
    assert len(set(nonces)) == 2
    assert answers[0][1]["release"]["leaf"] != answers[1][1]["release"]["leaf"]


async def test_registration_through_the_room_opens_the_road_too(world: World) -> None:
    newcomer = person()
    await world.register(newcomer, ["viewer"])
    viewing = await world.approved(viewer=newcomer)
    status, answer = await world.ask(viewing, holder=newcomer)
    assert status == 200
    assert world.opened(answer, holder=newcomer) == world.film.share


# Without the security key no picture


async def test_without_the_security_key_the_answer_is_of_no_use(world: World) -> None:
    viewing = await world.approved()
    _, answer = await world.ask(viewing)
    for private in (world.stranger.viewer_private_key, ec.generate_private_key(ec.SECP256R1())):
        with pytest.raises(DataError, match="envelope"):
            release_open(
                unb64u(answer["release"]["sealed"]),
                UUID(world.film.id),
                unb64u(answer["release"]["leaf"]),
                private,
            )


async def test_the_answer_opens_for_no_other_entry_and_no_other_recording(world: World) -> None:
    viewing = await world.approved()
    _, answer = await world.ask(viewing)
    sealed, leaf = unb64u(answer["release"]["sealed"]), unb64u(answer["release"]["leaf"])
    key = world.viewer.viewer_private_key
    for id_, other in ((UUID(world.film.id), world.county.ledger.entries[0].leaf), (UUID(new_id()), leaf)):
        with pytest.raises(DataError, match="envelope"):
            release_open(sealed, id_, other, key)


async def test_an_ask_signed_by_somebody_else_is_refused(world: World) -> None:
    viewing = await world.approved()
    refused(await world.ask(viewing, holder=world.stranger), "credential-unknown")
    refused(await world.ask(viewing, holder=world.approver), "role")
    other = person()
    await world.register(other, ["viewer"])
    refused(await world.ask(viewing, holder=other), "not-the-viewer")


async def test_another_security_key_of_the_same_viewer_is_not_the_one_named(world: World) -> None:
    viewing = await world.approved()
    second = Holder.new(world.viewer.person, world.viewer.rp_id, world.viewer.origin)
    await world.register(second, ["viewer"])
    refused(await world.ask(viewing, holder=second), "viewer-key")


async def test_an_ask_is_bound_to_viewing_recording_and_time_and_taken_once(world: World) -> None:
    viewing, other = await world.approved(), await world.approved()
    now = datetime.now(UTC)
    body = world.viewer.release_ask(viewing, world.film.id, now)
    refused(await world.post(f"/api/viewings/{other}/release", body), "assertion")
    for change in ({"at_ms": body["at_ms"] + 1},):
        refused(await world.post(f"/api/viewings/{viewing}/release", body | change), "assertion")
    status, _ = await world.post(f"/api/viewings/{viewing}/release", body)
    assert status == 200
    refused(await world.post(f"/api/viewings/{viewing}/release", body), "sign-count")


async def test_an_ask_by_a_key_without_a_counter_is_taken_once_too(world: World) -> None:
    viewing = await world.approved()
    body = world.viewer.release_ask(viewing, world.film.id, datetime.now(UTC))
    assert (await world.post(f"/api/viewings/{viewing}/release", body))[0] == 200
    world.keyholder.local._db.execute("DELETE FROM counts")  # as if counters were not there
    world.keyholder.state[1]._db.execute("DELETE FROM evidence")
    refused(await world.post(f"/api/viewings/{viewing}/release", body), "taken")


@pytest.mark.parametrize("seconds", [-61, 61])
async def test_an_ask_a_minute_off_is_refused(world: World, seconds: int) -> None:
    viewing = await world.approved()
    body = world.viewer.release_ask(viewing, world.film.id, datetime.now(UTC) + timedelta(seconds=seconds))
    refused(await world.post(f"/api/viewings/{viewing}/release", body), "ask-time")


# Without the entry no key


async def test_without_any_entry_no_key(world: World) -> None:
    viewing = await world.approved()
    impatient(world)
    world.county.instead = lambda kind, core: []
    refused(await world.ask(viewing), "release-timeout")


async def test_with_the_server_away_no_key(world: World) -> None:
    viewing = await world.approved()
    world.county.away = True
    refused(await world.ask(viewing), "server-away")


async def test_an_entry_that_no_checkpoint_covers_is_no_entry(world: World) -> None:
    viewing = await world.approved()
    impatient(world)
    world.county.publishing = False
    refused(await world.ask(viewing), "release-timeout")


async def test_a_checkpoint_that_nobody_cosigned_covers_nothing(world: World) -> None:
    """The entry is in a tree that the ledger signed and that was even read; it is published without
    cosignature."""
    viewing = await world.approved()
    impatient(world)
    county = world.county

    async def only_signed() -> None:
        await asyncio.sleep(0.1)
        county.ledger.note = county.ledger.checkpoint()

    county.publishing = False
    publishing = asyncio.create_task(only_signed())
    refused(await world.ask(viewing), "release-timeout")
    await publishing
    assert world.keyholder.parts.follower.published < len(county.ledger.entries)


async def test_cosigned_here_but_not_published_is_not_yet_cosigned(world: World) -> None:
    """The demanded cosignatures are looked for on the published note, not supposed."""
    viewing = await world.approved()
    impatient(world)
    before = world.county.ledger.note
    publish = world.county.publish

    async def unpublished() -> Any:
        outcome = await publish()
        world.county.ledger.note = before
        return outcome

    world.county.publish = unpublished  # type: ignore[method-assign]
    refused(await world.ask(viewing), "release-timeout")
    assert world.keyholder.state[0].frontier().size == len(world.county.ledger.entries)


CHANGES: dict[str, tuple[Core, str]] = {
    "another nonce": ({"nonce": b64u(bytes(32))}, "release-timeout"),
    "another viewing": ({"viewing": new_id()}, "release-differs"),
    "another recording": ({"recording": new_id()}, "release-differs"),
    "other segments": ({"to": 2}, "release-differs"),
    "a later expiry": ({"expires": "2099-01-01T00:00:00.000Z"}, "release-differs"),
    "one field more": ({"more": 1}, "release-differs"),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_a_release_entry_that_says_something_else(world: World, name: str) -> None:
    changed, code = CHANGES[name]
    viewing = await world.approved()
    impatient(world)
    world.county.instead = lambda kind, core: [(kind, core | changed)]
    refused(await world.ask(viewing), code)


async def test_a_release_entry_with_the_right_nonce_but_another_viewer_key(world: World) -> None:
    viewing = await world.approved()
    impatient(world)
    stolen = thumbprint(world.stranger.viewer_private_key.public_key())
    world.county.instead = lambda kind, core: [(kind, core | {"viewer_key": stolen}), (kind, core)]
    refused(await world.ask(viewing), "release-differs")


async def test_a_release_entry_of_another_bureau_or_kind(world: World) -> None:
    viewing = await world.approved()
    impatient(world)
    world.county.instead = lambda kind, core: [("access-logged/1", core)]
    refused(await world.ask(viewing), "release-timeout")

    async def elsewhere(kind: str, core: Core, personal: Any) -> int:
        return await world.county.commit(kind, core, bureau="other")

    world.county.post = elsewhere  # type: ignore[method-assign]
    refused(await world.ask(viewing), "release-differs")


async def test_an_old_nonce_is_forgotten(world: World) -> None:
    """The entry comes, right in every field, but after the nonce's time: nobody gets anything for it."""
    viewing = await world.approved()
    impatient(world, 0.2)
    kept = keep_back(world)
    refused(await world.ask(viewing), "release-timeout")
    world.county.instead = None
    await world.county.commit(RELEASED, kept[0])
    assert not world.keyholder.parts.releases.waiting
    impatient(world)
    world.county.instead = lambda kind, core: [(RELEASED, kept[0])]  # and it serves no later ask
    refused(await world.ask(viewing), "release-timeout")


async def test_a_minute_by_the_monotonic_clock_bounds_a_release(world: World) -> None:
    """A process that slept (suspended machine) does not take up a release where it left it."""
    viewing = await world.approved()
    releases = world.keyholder.parts.releases
    clock = releases._monotonic()
    releases._monotonic = lambda: clock

    def late(kind: str, core: Core) -> list[tuple[str, Core]]:
        releases._monotonic = lambda: clock + 61
        return [(kind, core)]

    world.county.instead = late
    refused(await world.ask(viewing), "release-timeout")


async def test_after_a_restart_an_earlier_release_gives_nothing(world: World) -> None:
    viewing = await world.approved()
    kept = keep_back(world)
    impatient(world, 0.2)
    refused(await world.ask(viewing), "release-timeout")
    await world.stop()
    world.county.instead = None
    await world.start()
    await world.county.commit(RELEASED, kept[0])
    status, answer = await world.ask(viewing)  # a fresh ask has a fresh entry
    assert status == 200
    assert answer["release"]["leaf"] != b64u(world.county.ledger.entries[-2].leaf)


# Registrations


async def forged(world: World, holder: Holder, core: Core, code: str) -> None:
    """Commit this registration; it does not count, and its holder gets nowhere."""
    await world.county.commit("credential-registered/1", core)
    assert ignored(world)[-1] == ("credential-registered/1", code)
    await world.county.commit("viewing-requested/1", await requested(world, holder))
    assert ignored(world)[-1][0] == "viewing-requested/1"
    refused(await world.sign_in(holder), "credential-unknown")


async def test_a_registration_without_witnesses(world: World) -> None:
    thief = person()
    await forged(world, thief, registration_core(thief, ["viewer", "approver"]), "witnesses")


async def test_a_registration_with_one_witness(world: World) -> None:
    thief = person()
    await forged(world, thief, registration_core(thief, ["viewer"], world.admins[:1]), "witnesses")


async def test_a_registration_with_one_administrator_twice(world: World) -> None:
    thief = person()
    await forged(world, thief, registration_core(thief, ["viewer"], [world.admins[0]] * 2), "witness-twice")


async def test_a_registration_with_one_person_who_holds_two_keys(world: World) -> None:
    thief, admin = person(), world.admins[0]
    second = Holder.new(admin.person, admin.rp_id, admin.origin)
    await world.county.commit(
        "credential-registered/1",
        registration_core(second, ["security-administrator"], [world.admins[1], await third_admin(world)]),
    )
    await forged(world, thief, registration_core(thief, ["viewer"], [admin, second]), "witness-twice")


async def third_admin(world: World) -> Holder:
    third = person()
    await world.county.commit(
        "credential-registered/1", registration_core(third, ["security-administrator"], world.admins)
    )
    assert ignored(world) == []
    return third


async def test_a_registration_witnessed_by_people_who_are_no_administrators(world: World) -> None:
    thief = person()
    core = registration_core(thief, ["viewer"], [world.admins[0], world.viewer])
    await forged(world, thief, core, "role")


async def test_a_role_that_the_web_process_granted_is_no_role(world: World) -> None:
    await world.county.commit(
        "role-granted/1", {"person": world.viewer.person, "role": "security-administrator"}
    )
    thief = person()
    core = registration_core(thief, ["viewer"], [world.admins[0], world.viewer])
    await forged(world, thief, core, "role")


async def test_a_registration_witnessed_by_keys_that_nobody_registered(world: World) -> None:
    thief = person()
    core = registration_core(thief, ["viewer"], [person(), person()])
    await forged(world, thief, core, "credential-unknown")


async def test_an_administrator_does_not_witness_himself(world: World) -> None:
    admin = world.admins[0]
    second = Holder.new(admin.person, admin.rp_id, admin.origin)
    core = registration_core(second, ["viewer"], world.admins)
    await forged(world, second, core, "witness-self")


async def test_witnesses_of_another_registration_do_not_count(world: World) -> None:
    honest, thief = person(), person()
    core = registration_core(thief, ["viewer"])
    core["witnesses"] = registration_core(honest, ["viewer"], world.admins)["witnesses"]
    await forged(world, thief, core, "assertion")


async def test_more_roles_than_the_witnesses_signed(world: World) -> None:
    thief = person()
    core = registration_core(thief, ["viewer"], world.admins)
    core["registration"] = b64u(thief.registration(["viewer", "approver"]))
    await forged(world, thief, core, "assertion")


async def test_fields_beside_the_signed_bytes_that_say_something_else(world: World) -> None:
    thief = person()
    good = registration_core(thief, ["viewer"], world.admins)
    for change in ({"person": world.viewer.person}, {"rp_id": "evil"}, {"public_key": b64u(b"x" * 80)}):
        await world.county.commit("credential-registered/1", good | change)
        assert ignored(world)[-1] == ("credential-registered/1", "registration-differs")


async def test_an_own_viewer_key_swapped_into_somebodys_registration(world: World) -> None:
    victim, thief = person(), person()
    core = registration_core(victim, ["viewer"], world.admins)
    stolen = b64u(thief.viewer_point)
    # In the bytes: the witnesses did not sign them, and the victim's key did not sign the viewer key.
    body = strictjson.loads(unb64u(core["registration"])) | {"viewer_key": stolen}
    swapped = strictjson.dumps(body)
    challenge = messages.viewer_key_challenge(victim.credential, thief.viewer_point)
    bindings = {
        "binding": core["binding"],
        "credential": {"viewer_key": stolen, "assertion": thief.sign(challenge)},
        "assertion": {"viewer_key": stolen, "assertion": core["binding"]["assertion"]},
    }
    for code, binding in bindings.items():
        attack = core | {"registration": b64u(swapped), "binding": binding}
        await forged(world, thief, attack, code)
    # Beside the bytes only.
    await forged(world, thief, core | {"binding": {**core["binding"], "viewer_key": stolen}}, "binding")


async def test_a_credential_is_registered_once(world: World) -> None:
    again = registration_core(world.viewer, ["viewer", "approver"], world.admins)
    await world.county.commit("credential-registered/1", again)
    assert ignored(world)[-1] == ("credential-registered/1", "credential-known")


async def test_a_pinned_key_counts_only_as_it_was_pinned(tmp_path: Any) -> None:
    from support.keyholder_world import world_at

    async with world_at(tmp_path, founded=False) as world:
        admin, thief = world.admins[0], person()
        more = registration_core(admin, ["security-administrator", "viewer", "approver"])
        await world.county.commit("credential-registered/1", more)
        assert ignored(world)[-1] == ("credential-registered/1", "witnesses")
        # The pinned credential id, with the thief's public key.
        stolen = strictjson.loads(unb64u(more["registration"])) | {
            "public_key": b64u(thief.key.credential().public_key)
        }
        core = more | {"registration": b64u(strictjson.dumps(stolen)), "public_key": stolen["public_key"]}
        await world.county.commit("credential-registered/1", core)
        assert ignored(world)[-1] == ("credential-registered/1", "assertion")
        await world.county.commit(
            "credential-registered/1", registration_core(admin, ["security-administrator"])
        )
        assert world.keyholder.state[0].credential(admin.credential) is not None


# Requests and decisions


async def test_a_request_that_the_viewer_did_not_sign(world: World) -> None:
    good = await requested(world, world.viewer)
    later = strictjson.dumps(
        strictjson.loads(raw_of(good)) | {"expires": format_time(datetime.now(UTC) + timedelta(days=6))}
    )
    other = await world.store(Film(world))
    swapped = strictjson.dumps(
        strictjson.loads(raw_of(good)) | {"recordings": [{"id": other.id, "from": 0, "to": 9}]}
    )
    elsewhere = strictjson.dumps(strictjson.loads(raw_of(good)) | {"viewing": new_id()})
    for raw in (later, swapped, elsewhere):
        await world.county.commit("viewing-requested/1", good | {"request": b64u(raw)})
        assert ignored(world)[-1] == ("viewing-requested/1", "assertion")


async def test_a_request_in_the_name_of_another_viewer(world: World) -> None:
    core = await requested(world, world.viewer, viewer=new_id())
    await world.county.commit("viewing-requested/1", core)
    assert ignored(world)[-1] == ("viewing-requested/1", "viewer")


async def test_a_request_for_another_viewer_key_than_the_registered_one(world: World) -> None:
    key = thumbprint(world.stranger.viewer_private_key.public_key())
    await world.county.commit("viewing-requested/1", await requested(world, world.viewer, viewer_key=key))
    assert ignored(world)[-1] == ("viewing-requested/1", "viewer-key")


async def test_a_request_is_taken_once(world: World) -> None:
    core = await requested(world, world.viewer)
    await world.county.commit("viewing-requested/1", core)
    await world.county.commit("viewing-requested/1", core)
    assert ignored(world) == [("viewing-requested/1", "viewing-known")]


async def test_a_request_that_is_out_of_bounds(world: World) -> None:
    now = datetime.now(UTC)
    changes: dict[str, Core] = {
        "request": {"expires": format_time(now + timedelta(days=8))},
        "bureau": {"bureau": "other"},
        "recording-unknown": {"recordings": [{"id": new_id(), "from": 0, "to": 1}]},
        "segments": {"recordings": [{"id": world.film.id, "from": 0, "to": SEGMENTS}]},
    }
    for code, change in changes.items():
        await world.county.commit("viewing-requested/1", await requested(world, world.viewer, **change))
        assert ignored(world)[-1] == ("viewing-requested/1", code)


async def test_a_request_by_somebody_without_the_role(world: World) -> None:
    await world.county.commit("viewing-requested/1", await requested(world, world.approver))
    assert ignored(world)[-1] == ("viewing-requested/1", "role")


async def test_without_a_decision_no_key(world: World) -> None:
    viewing, _ = await world.request()
    refused(await world.ask(viewing), "not-approved")


async def test_a_viewing_that_was_refused(world: World) -> None:
    viewing, request = await world.request()
    await world.decide(viewing, request, approve=False)
    refused(await world.ask(viewing), "refused")
    await commit_decision(world, world.approver, request)
    assert ignored(world) == [("viewing-decided/1", "decided")]
    refused(await world.ask(viewing), "refused")


async def test_nobody_approves_his_own_request(world: World) -> None:
    both = person()
    await world.county.commit(
        "credential-registered/1", registration_core(both, ["viewer", "approver"], world.admins)
    )
    viewing, request = await world.request(viewer=both)
    await commit_decision(world, both, request)
    assert ignored(world) == [("viewing-decided/1", "approver-is-viewer")]
    refused(await world.ask(viewing, holder=both), "not-approved")


async def test_a_decision_by_somebody_without_the_role(world: World) -> None:
    viewing, request = await world.request()
    await commit_decision(world, world.admins[0], request)
    await commit_decision(world, world.stranger, request)
    assert [code for _, code in ignored(world)] == ["role", "credential-unknown"]
    refused(await world.ask(viewing), "not-approved")


async def test_a_decision_in_another_approvers_name(world: World) -> None:
    viewing, request = await world.request()
    await commit_decision(world, world.approver, request, approver=new_id())
    assert ignored(world) == [("viewing-decided/1", "approver")]
    refused(await world.ask(viewing), "not-approved")


async def test_a_decision_about_another_request(world: World) -> None:
    """Signed by the approver for one request, presented for another: by id, and by the bytes it covers."""
    first, first_request = await world.request()
    second, second_request = await world.request()
    core = await commit_decision(world, world.approver, first_request, over=second_request)
    assert ignored(world)[-1] == ("viewing-decided/1", "assertion")
    await world.county.commit("viewing-decided/1", core | {"viewing": second})
    assert ignored(world)[-1] == ("viewing-decided/1", "viewing-unknown")
    for viewing in (first, second):
        refused(await world.ask(viewing), "not-approved")


async def test_a_decision_turned_from_refusal_to_approval(world: World) -> None:
    viewing, request = await world.request()
    made = world.approver.decision(request, datetime.now(UTC), approve=False)
    turned = strictjson.dumps(strictjson.loads(unb64u(made["decision"])) | {"decision": "approve"})
    core = {"viewing": viewing, "decision": b64u(turned), "assertion": made["assertion"]}
    await world.county.commit("viewing-decided/1", core)
    assert ignored(world) == [("viewing-decided/1", "assertion")]
    refused(await world.ask(viewing), "not-approved")


async def test_a_decision_that_outlasts_its_request(world: World) -> None:
    viewing, request = await world.request()
    later = format_time(datetime.now(UTC) + timedelta(days=2))
    await commit_decision(world, world.approver, request, expires=later)
    assert ignored(world) == [("viewing-decided/1", "decision-expires")]
    refused(await world.ask(viewing), "not-approved")


async def test_a_viewing_is_decided_once(world: World) -> None:
    viewing, request = await world.request()
    await world.decide(viewing, request)
    await commit_decision(world, world.approver, request, decision="refuse")
    assert ignored(world) == [("viewing-decided/1", "decided")]
    assert (await world.ask(viewing))[0] == 200  # the first one holds


async def test_an_approval_that_has_expired(world: World) -> None:
    viewing = await world.approved(life=timedelta(hours=1))
    releases = world.keyholder.parts.releases
    releases._clock = lambda: datetime.now(UTC) + timedelta(hours=1, seconds=1)
    refused(await world.ask(viewing), "expired")


async def test_an_approval_that_the_approver_made_shorter(world: World) -> None:
    viewing, request = await world.request()
    soon = format_time(datetime.now(UTC) + timedelta(minutes=1))
    await commit_decision(world, world.approver, request, expires=soon)
    releases = world.keyholder.parts.releases
    assert (await world.ask(viewing))[0] == 200
    releases._clock = lambda: datetime.now(UTC) + timedelta(minutes=2)
    refused(await world.ask(viewing), "expired")


async def test_an_approval_that_expires_while_the_release_waits(world: World) -> None:
    viewing = await world.approved(life=timedelta(hours=1))
    releases = world.keyholder.parts.releases

    def late(kind: str, core: Core) -> list[tuple[str, Core]]:
        releases._clock = lambda: datetime.now(UTC) + timedelta(hours=2)
        return [(kind, core)]

    world.county.instead = late
    refused(await world.ask(viewing), "expired")


async def test_a_request_dated_in_the_future(world: World) -> None:
    """A clock set forward must not make a stock of approvals for later."""
    now = datetime.now(UTC) + timedelta(days=3)
    body = world.viewer.request(new_id(), BUREAU, [Span(world.film.id, 0, 9)], "r", now)
    refused(await world.post("/api/viewings", body), "request-time")
    raw = unb64u(body["request"])
    core = {"request": body["request"], "assertion": world.viewer.sign(messages.request_challenge(raw))}
    await world.county.commit("viewing-requested/1", core)
    await commit_decision(world, world.approver, raw)
    refused(await world.ask(viewing_of(core)), "not-yet")


async def test_one_approval_does_not_open_another_recording(world: World) -> None:
    other = await world.store(Film(world))
    viewing = await world.approved()
    refused(await world.ask(viewing, other), "not-requested")


# Revocation


@pytest.mark.parametrize("who", ["viewer", "approver"])
async def test_a_revoked_security_key_releases_nothing(world: World, who: str) -> None:
    viewing = await world.approved()
    holder: Holder = getattr(world, who)
    await world.county.commit("credential-revoked/1", world.admins[0].revocation(holder.credential))
    assert ignored(world) == []
    refused(await world.ask(viewing), "credential-revoked")


async def test_a_key_revoked_while_the_release_waits(world: World) -> None:
    viewing = await world.approved()
    revocation = world.admins[0].revocation(world.approver.credential)
    world.county.instead = lambda kind, core: [("credential-revoked/1", revocation), (kind, core)]
    refused(await world.ask(viewing), "credential-revoked")


async def test_a_revocation_asked_for_here_holds_though_the_ledger_hides_it(world: World) -> None:
    viewing = await world.approved()
    world.county.instead = lambda kind, core: []
    core = world.admins[0].revocation(world.viewer.credential)
    assert (await world.post("/api/revocations", core))[0] == 201
    world.county.instead = None
    refused(await world.ask(viewing), "credential-revoked")


async def test_a_revoked_administrator_witnesses_nothing(world: World) -> None:
    revocation = world.admins[1].revocation(world.admins[0].credential)
    await world.county.commit("credential-revoked/1", revocation)
    thief = person()
    await forged(world, thief, registration_core(thief, ["viewer"], world.admins), "credential-revoked")


async def test_a_revoked_key_does_not_come_back(world: World) -> None:
    await world.county.commit("credential-revoked/1", world.admins[0].revocation(world.viewer.credential))
    again = registration_core(world.viewer, ["viewer"], world.admins)
    await world.county.commit("credential-registered/1", again)
    assert ignored(world) == [("credential-registered/1", "credential-known")]


async def test_the_web_process_cannot_revoke(world: World) -> None:
    core = world.admins[0].revocation(world.approver.credential)
    attacks = {
        "witnesses": core | {"witnesses": []},
        "role": world.viewer.revocation(world.approver.credential),
        "assertion": core | {"credential": b64u(world.admins[1].credential)},
        "credential-unknown": world.admins[0].revocation(b"\x01" * 32),
    }
    for code, attack in attacks.items():
        await world.county.commit("credential-revoked/1", attack)
        assert ignored(world)[-1] == ("credential-revoked/1", code)
    assert (await world.ask(await world.approved()))[0] == 200


# The ledger itself


async def test_entries_served_differently_from_the_tree_are_not_believed(world: World) -> None:
    """The tree holds a harmless entry; the keyholder is served a forged registration in its place."""
    thief = person()
    core = strictjson.dumps(registration_core(thief, ["viewer"], world.admins))
    index = len(world.county.ledger.entries)
    elsewhere = World(world.home.parent / "elsewhere").county.ledger
    elsewhere.commit("credential-registered/1", core)
    world.county.serve = lambda at, entry: elsewhere.entries[0] if at == index else entry
    await world.county.commit("access-logged/1", {"first": 0})
    assert world.county.outcomes[-1].status == 422
    assert world.county.outcomes[-1].code == "fork"
    assert world.keyholder.state[0].frontier().size == index
    refused(await world.sign_in(thief), "credential-unknown")


async def test_a_core_that_is_not_the_leafs_stops_the_reading(world: World) -> None:
    viewing, request = await world.request()
    made = world.approver.decision(request, datetime.now(UTC), approve=False)
    index = len(world.county.ledger.entries)
    turned = strictjson.dumps({"viewing": viewing, **world.approver.decision(request, datetime.now(UTC))})
    world.county.serve = lambda at, e: Entry(e.leaf, turned, e.salt) if at == index else e
    await world.county.commit("viewing-decided/1", {"viewing": viewing, **made})
    assert world.county.outcomes[-1].code == "payload"
    refused(await world.ask(viewing), "not-approved")
    world.county.serve = lambda at, e: e
    await world.county.publish()
    refused(await world.ask(viewing), "refused")


async def test_fewer_entries_than_the_checkpoint_says_are_not_enough(world: World) -> None:
    size = len(world.county.ledger.entries)
    entries = world.county.entries

    async def short(start: int, count: int) -> list[Entry]:
        return [] if start >= size else await entries(start, count)

    world.county.entries = short  # type: ignore[method-assign]
    await world.county.commit("access-logged/1", {"first": 0})
    assert (world.county.outcomes[-1].status, world.county.outcomes[-1].code) == (503, "entries-missing")
    assert world.keyholder.state[0].frontier().size == size


async def test_a_forked_ledger_is_not_cosigned_and_not_believed(world: World) -> None:
    """Two histories from one size: the second one is neither cosigned nor read."""
    county = world.county
    old = county.ledger
    fork = World(world.home.parent / "elsewhere").county.ledger
    fork.signer = old.signer
    for entry in old.entries[:-1]:
        fork.append(entry)
    fork.commit("access-logged/1", {"first": 1})
    fork.commit("access-logged/1", {"first": 2})
    fork.cosigned = old.cosigned
    county.ledger = fork
    await county.publish()
    assert (county.outcomes[-1].status, county.outcomes[-1].code) == (422, "consistency")
    fork.entries.pop()
    note = fork.checkpoint(len(old.entries))
    outcome = await county.cosign(fork.request(note, len(old.entries)))  # type: ignore[misc]
    assert (outcome.status, outcome.code) == (409, "fork")
    assert world.keyholder.state[0].frontier().size == len(old.entries)


async def test_a_ledger_that_was_rolled_back_is_refused(world: World) -> None:
    """An older copy of the database, grown on differently: a decision is gone. No cosignature, no key."""
    viewing = await world.approved()
    county = world.county
    back = World(world.home.parent / "elsewhere").county.ledger
    back.signer = county.ledger.signer
    for entry in county.ledger.entries[:-2]:
        back.append(entry)
    back.cosigned = len(back.entries)
    size = len(county.ledger.entries)
    county.ledger = back
    impatient(world)
    refused(await world.ask(viewing), "release-timeout")
    assert county.outcomes[-1].status == 409
    assert county.outcomes[-1].body == f"{size}\n".encode()
    assert world.keyholder.state[0].frontier().size == size


async def test_a_consistent_looking_proof_without_the_entries_is_not_cosigned(world: World) -> None:
    """Proof and signature are in order (a plain witness would cosign), but what is served is not the tree."""
    world.county.serve = lambda at, entry: Entry(entry.leaf + b" ", entry.core, entry.salt)
    await world.county.commit("access-logged/1", {"first": 0})
    assert world.county.outcomes[-1].code == "fork"


async def test_a_checkpoint_signed_by_another_key_is_refused(world: World) -> None:
    other = World(world.home.parent / "elsewhere").county.ledger
    for entry in world.county.ledger.entries:
        other.append(entry)
    other.commit("access-logged/1", {"first": 0})
    body = other.request(other.checkpoint(), world.county.ledger.cosigned)
    outcome = await world.county.cosign(body)  # type: ignore[misc]
    assert (outcome.status, outcome.code) == (403, "note-signature")


# The recording


async def test_the_first_line_of_another_recording(world: World) -> None:
    other = await world.store(Film(world))
    viewing = await world.approved()
    world.county.open_lines[world.film.id] = other.open_line()
    refused(await world.ask(viewing), "open-line")


async def test_a_first_line_signed_by_a_recorder_that_is_not_the_recordings(world: World) -> None:
    viewing = await world.approved()
    stranger = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
    world.film.recorder = stranger
    world.county.open_lines[world.film.id] = world.film.open_line()
    refused(await world.ask(viewing), "foreign-kid")
    # Even enrolled by the web process, it is not the recorder that the stored recording names.
    core = {"recorder": stranger.kid, "jwk": stranger.jwk, "serial": "X", "counter_kind": "file"}
    await world.county.commit("recorder-enrolled/1", core)
    refused(await world.ask(viewing), "foreign-kid")


async def test_a_recording_of_a_recorder_that_is_not_enrolled(world: World) -> None:
    stranger = Film(world, SoftSigner(ec.generate_private_key(ec.SECP256R1())))
    await world.store(stranger)
    assert ignored(world) == [("recording-stored/1", "recorder-unknown")]
    body = world.viewer.request(new_id(), BUREAU, [Span(stranger.id, 0, 9)], "r", datetime.now(UTC))
    refused(await world.post("/api/viewings", body), "recording-unknown")


async def test_a_recorders_key_cannot_be_exchanged(world: World) -> None:
    thief = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
    for code, kid in (("recorder", world.recorder.kid), ("recorder-known", None)):
        jwk = thief.jwk if kid else world.recorder.jwk
        core = {"recorder": kid or world.recorder.kid, "jwk": jwk, "serial": "X", "counter_kind": "file"}
        await world.county.commit("recorder-enrolled/1", core)
        assert ignored(world)[-1] == ("recorder-enrolled/1", code)


async def test_a_recording_is_stored_once(world: World) -> None:
    other = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
    core = {"recorder": other.kid, "jwk": other.jwk, "serial": "X", "counter_kind": "file"}
    await world.county.commit("recorder-enrolled/1", core)
    await world.county.commit("recording-stored/1", Film(world, other, world.film.id).core())
    assert ignored(world) == [("recording-stored/1", "recording-known")]


async def test_another_kind_of_line_is_not_the_first_line(world: World) -> None:
    viewing = await world.approved()
    world.county.open_lines[world.film.id] = world.film.open_line("mark")
    refused(await world.ask(viewing), "open-line")


async def test_an_envelope_of_another_recording(world: World) -> None:
    """The thief enrols a recorder of his own and puts the envelope he wants opened into a recording of
    his."""
    thief = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
    core = {"recorder": thief.kid, "jwk": thief.jwk, "serial": "X", "counter_kind": "file"}
    await world.county.commit("recorder-enrolled/1", core)
    bait = await world.store(Film(world, thief))
    viewing = await world.approved(bait)
    assert world.opened((await world.ask(viewing, bait))[1], bait) == bait.share  # the bait works,
    stolen = world.film.fields["shares"]
    world.county.open_lines[bait.id] = bait.open_line(shares=stolen)  # but another's envelope does not
    refused(await world.ask(viewing, bait), "envelope")


async def test_an_envelope_whose_share_is_not_the_signed_one(world: World) -> None:
    viewing = await world.approved()
    shares = [{**world.film.fields["shares"][0], "hash": "0" * 64}]
    world.county.open_lines[world.film.id] = world.film.open_line(shares=shares)
    refused(await world.ask(viewing), "share-hash")


@pytest.mark.parametrize(
    "shares", [[], [1], [{"hash": "x"}], [{"hash": "0" * 64, "envelopes": [{"to": 1, "sealed": "x"}]}], {}]
)
async def test_a_first_line_of_a_wrong_form(world: World, shares: Any) -> None:
    viewing = await world.approved()
    world.county.open_lines[world.film.id] = world.film.open_line(shares=shares)
    status, body = await world.ask(viewing)
    assert status in (400, 403), body
    assert body["error"] in ("field", "json", "not-a-recipient")


async def test_the_keyholder_seals_to_the_registered_key_only(world: World) -> None:
    """The key comes out of the witnessed registration: what is sealed opens with that point's private
    half."""
    viewing = await world.approved()
    _, answer = await world.ask(viewing)
    credential = world.keyholder.state[0].credential(world.viewer.credential)
    assert credential is not None
    assert credential.viewer_key == point_bytes(world.viewer.viewer_private_key.public_key())
    assert world.opened(answer) == world.film.share
