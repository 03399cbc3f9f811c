"""The rules alone, without ledger, network or clock: each field of each object, one deviation at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from support.keyholder_world import BUREAU, ORIGIN, RP_ID, new_id, person
from support.known import MemoryKnown
from support.rules_bureau import NOW, RECORDING, ROOM, VIEWING, Bureau, Core, refusal
from zhilu import strictjson
from zhilu.encoding import b64u, format_time, unb64u
from zhilu.keyholder import rules
from zhilu.keyholder import rules_viewings as viewings
from zhilu.keyholder.believed import Credential, Recording, Room
from zhilu.protocols import viewing as messages
from zhilu.softkey.authenticator import AAGUID
from zhilu.softkey.ceremonies import registration_core

# Registrations


def test_a_registration_that_keeps_every_rule(bureau: Bureau) -> None:
    newcomer = person()
    core = registration_core(newcomer, ["viewer", "approver"], bureau.admins)
    credential, evidence = rules.accept_registration(core, ROOM, bureau.known)
    assert credential == Credential(
        newcomer.credential,
        newcomer.person,
        newcomer.key.credential().public_key,
        newcomer.viewer_point,
        ("viewer", "approver"),
        aaguid=AAGUID.hex(),
    )
    assert [item.credential for item in evidence] == [
        newcomer.credential,
        *(admin.credential for admin in bureau.admins),
    ]


REGISTRATIONS: dict[str, Core] = {
    "no person": {"person": ""},
    "person of another form": {"person": "a b"},
    "long person": {"person": "a" * 65},
    "credential too short": {"credential": b64u(b"x" * 15)},
    "credential too long": {"credential": b64u(b"x" * 1024)},
    "padded credential": {"credential": "eA=="},
    "no public key": {"public_key": ""},
    "viewer key not on the curve": {"viewer_key": b64u(b"\x04" + b"\x01" * 64)},
    "compressed viewer key": {"viewer_key": b64u(b"\x02" + b"\x01" * 32)},
    "no roles": {"roles": []},
    "roles no list": {"roles": "viewer"},
    "a role twice": {"roles": ["viewer", "viewer"]},
    "an unknown role": {"roles": ["viewer", "root"]},
    "a role that is no text": {"roles": [["viewer"]]},
    "system-administrator": {"roles": ["system-administrator"]},
}


@pytest.mark.parametrize("name", REGISTRATIONS)
def test_malformed_registrations(bureau: Bureau, name: str) -> None:
    newcomer = person()
    body = strictjson.loads(newcomer.registration(["viewer"])) | REGISTRATIONS[name]
    assert refusal(messages.parse_registration, strictjson.dumps(body)) == "registration"


@pytest.mark.parametrize("field", ["person", "credential", "public_key", "viewer_key", "roles"])
def test_a_registration_lacks_a_field(bureau: Bureau, field: str) -> None:
    body = strictjson.loads(person().registration(["viewer"]))
    del body[field]
    assert refusal(messages.parse_registration, strictjson.dumps(body)) == "registration"


@pytest.mark.parametrize(
    "witnesses", [None, {}, "x", [], [1, 2], [{}, {}], [{"credential": "x"}] * 2, [None, None]]
)
def test_malformed_witnesses(bureau: Bureau, witnesses: Any) -> None:
    core = registration_core(person(), ["viewer"], bureau.admins) | {"witnesses": witnesses}
    assert refusal(rules.accept_registration, core, ROOM, bureau.known) in (
        "witnesses",
        "field",
        "base64",
        "credential-unknown",
    )


def test_three_witnesses_are_not_two(bureau: Bureau) -> None:
    core = registration_core(person(), ["viewer"], [*bureau.admins, bureau.admins[0]])
    assert refusal(rules.accept_registration, core, ROOM, bureau.known) == "witnesses"


def test_the_witness_named_is_the_one_who_signed(bureau: Bureau) -> None:
    core = registration_core(person(), ["viewer"], bureau.admins)
    core["witnesses"][1]["credential"] = core["witnesses"][0]["credential"]
    assert refusal(rules.accept_registration, core, ROOM, bureau.known) == "credential"


def test_a_pinned_registration_needs_no_witness(bureau: Bureau) -> None:
    admin = person()
    raw = admin.registration(["security-administrator"])
    room = Room(BUREAU, RP_ID, ORIGIN, {admin.credential: raw})
    core = registration_core(admin, ["security-administrator"])
    assert rules.accept_registration(core, room, MemoryKnown())[0].person == admin.person
    assert refusal(rules.accept_registration, core, ROOM, MemoryKnown()) == "witnesses"
    core["binding"]["assertion"] = person().sign(b"x")
    assert refusal(rules.accept_registration, core, room, MemoryKnown()) == "credential"


@pytest.mark.parametrize(
    ("where", "value"),
    [("origin", "http://other.view.localhost:8610"), ("rp_id", "localhost"), ("bureau", "other")],
)
def test_what_was_signed_at_another_room_does_not_count_here(bureau: Bureau, where: str, value: str) -> None:
    """The same persons and keys, another bureau's room: neither registrations nor requests can be carried
    over."""
    here = {"bureau": BUREAU, "rp_id": RP_ID, "origin": ORIGIN, "pinned": {}} | {where: value}
    room = Room(**here)  # type: ignore[arg-type]
    assert refusal(viewings.accept_request, bureau.request_core(), room, bureau.known) in (
        "assertion",
        "bureau",
    )


# Revocations


def test_one_administrator_revokes(bureau: Bureau) -> None:
    core = bureau.admins[0].revocation(bureau.viewer.credential)
    assert rules.accept_revocation(core, ROOM, bureau.known) == bureau.viewer.credential


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": ""}, "field"),
        ({"reason": "x" * 65}, "field"),
        ({"reason": None}, "field"),
        ({"witnesses": []}, "witnesses"),
        ({"witnesses": None}, "witnesses"),
        ({"witnesses": [{}] * 3}, "witnesses"),
        ({"credential": 1}, "field"),
        ({"credential": "="}, "base64"),
    ],
)
def test_malformed_revocations(bureau: Bureau, change: Core, code: str) -> None:
    core = bureau.admins[0].revocation(bureau.viewer.credential) | change
    assert refusal(rules.accept_revocation, core, ROOM, bureau.known) == code


def test_what_is_revoked_is_not_revoked_again(bureau: Bureau) -> None:
    core = bureau.admins[0].revocation(bureau.viewer.credential)
    bureau.known.revoke(bureau.viewer.credential)
    assert refusal(rules.accept_revocation, core, ROOM, bureau.known) == "credential-revoked"


# Requests


def test_a_request_that_keeps_every_rule(bureau: Bureau) -> None:
    viewing, evidence = viewings.accept_request(bureau.request_core(), ROOM, bureau.known)
    assert viewing.request.viewer == bureau.viewer.person
    assert viewing.credential == evidence.credential == bureau.viewer.credential
    assert viewing.decisions == ()


LATER = format_time(NOW + timedelta(days=7, milliseconds=1))
REQUESTS: dict[str, tuple[Core, str]] = {
    "viewing no id": ({"viewing": "x"}, "request"),
    "viewing in capitals": ({"viewing": VIEWING.upper()}, "request"),
    "other bureau": ({"bureau": "other"}, "bureau"),
    "other viewer": ({"viewer": "p-2"}, "viewer"),
    "no recordings": ({"recordings": []}, "request"),
    "recordings no list": ({"recordings": {}}, "request"),
    "recording no object": ({"recordings": [1]}, "request"),
    "recording no id": ({"recordings": [{"id": "x", "from": 0, "to": 1}]}, "request"),
    "from after to": ({"recordings": [{"id": RECORDING, "from": 2, "to": 1}]}, "request"),
    "from negative": ({"recordings": [{"id": RECORDING, "from": -1, "to": 1}]}, "request"),
    "to missing": ({"recordings": [{"id": RECORDING, "from": 0}]}, "request"),
    "to beyond u32": ({"recordings": [{"id": RECORDING, "from": 0, "to": 2**32}]}, "request"),
    "from a truth value": ({"recordings": [{"id": RECORDING, "from": True, "to": 1}]}, "request"),
    "a recording twice": ({"recordings": [{"id": RECORDING, "from": 0, "to": 1}] * 2}, "request"),
    "beyond the recording": ({"recordings": [{"id": RECORDING, "from": 0, "to": 10}]}, "segments"),
    "unknown recording": ({"recordings": [{"id": VIEWING, "from": 0, "to": 1}]}, "recording-unknown"),
    "unknown purpose": ({"purpose": "curiosity"}, "request"),
    "reason no hash": ({"reason": "x"}, "request"),
    "viewer key no thumbprint": ({"viewer_key": "x"}, "request"),
    "viewer key of another": ({"viewer_key": "A" * 43}, "viewer-key"),
    "requested no time": ({"requested": "2026-11-24"}, "request"),
    "expires before requested": ({"expires": format_time(NOW)}, "request"),
    "expires after 7 days": ({"expires": LATER}, "request"),
    "at the end of time": ({"requested": "9999-12-31T23:59:59.999Z"}, "request"),
    "from the beginning": ({"requested": "0001-01-01T00:00:00.000Z"}, "request"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_requests_that_break_one_rule(bureau: Bureau, name: str) -> None:
    change, code = REQUESTS[name]
    core = bureau.request_core(**change)
    assert refusal(viewings.accept_request, core, ROOM, bureau.known) == code


def test_too_many_recordings(bureau: Bureau) -> None:
    spans = [{"id": new_id(), "from": 0, "to": 1} for _ in range(65)]
    core = bureau.request_core(recordings=spans)
    assert refusal(viewings.accept_request, core, ROOM, bureau.known) == "request"


def test_seven_days_are_allowed_and_a_recording_of_the_header_only(bureau: Bureau) -> None:
    bureau.known.recordings[RECORDING] = Recording(RECORDING, bureau.recorder.kid, 0)
    core = bureau.request_core(
        expires=format_time(NOW + timedelta(days=7)), recordings=[{"id": RECORDING, "from": 0, "to": 0}]
    )
    assert viewings.accept_request(core, ROOM, bureau.known)


def test_roles_and_keys_of_who_asks(bureau: Bureau) -> None:
    known = bureau.known
    assert refusal(viewings.accept_request, bureau.request_core(bureau.approver), ROOM, known) == "role"
    assert (
        refusal(viewings.accept_request, bureau.request_core(person()), ROOM, known) == "credential-unknown"
    )
    core = bureau.request_core()
    known.revoke(bureau.viewer.credential)
    assert refusal(viewings.accept_request, core, ROOM, known) == "credential-revoked"


@pytest.mark.parametrize("field", ["id", "authenticator_data", "client_data_json", "signature"])
def test_an_assertion_of_which_one_part_is_another(bureau: Bureau, field: str) -> None:
    core, other = bureau.request_core(), bureau.viewer.sign(b"\x01" * 32)
    core["assertion"][field] = b64u(b"x" * 40) if field == "id" else other[field]
    assert refusal(viewings.accept_request, core, ROOM, bureau.known) in (
        "assertion",
        "credential-unknown",
    )


def test_one_label_is_never_another(bureau: Bureau) -> None:
    """An assertion over registration bytes, a decision or a release is none over a request."""
    core = bureau.request_core()
    raw = unb64u(core["request"])
    for challenge in (
        messages.registration_challenge(raw),
        messages.decision_challenge(raw, raw),
        messages.revocation_challenge(raw),
        messages.release_challenge(VIEWING, RECORDING, 1),
    ):
        attack = core | {"assertion": bureau.viewer.sign(challenge)}
        assert refusal(viewings.accept_request, attack, ROOM, bureau.known) == "assertion"


# Decisions


def test_a_decision_that_keeps_every_rule(bureau: Bureau) -> None:
    taken = bureau.approved()
    assert (taken.decision.approved, taken.credential) == (True, bureau.approver.credential)


DECISIONS: dict[str, tuple[Core, str]] = {
    "viewing unknown": ({"viewing": RECORDING}, "viewing-unknown"),
    "viewing no id": ({"viewing": "x"}, "decision"),
    "approver of another name": ({"approver": "p-9"}, "approver"),
    "neither yes nor no": ({"decision": "maybe"}, "decision"),
    "decided no time": ({"decided": "now"}, "decision"),
    "expires later": ({"expires": format_time(NOW + timedelta(days=1, milliseconds=1))}, "decision-expires"),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_decisions_that_break_one_rule(bureau: Bureau, name: str) -> None:
    bureau.requested()
    change, code = DECISIONS[name]
    assert refusal(viewings.accept_decision, bureau.decision_core(**change), ROOM, bureau.known) == code


def test_the_viewing_beside_the_bytes_is_the_one_inside(bureau: Bureau) -> None:
    bureau.requested()
    core = bureau.decision_core() | {"viewing": RECORDING}
    assert refusal(viewings.accept_decision, core, ROOM, bureau.known) == "viewing-unknown"
