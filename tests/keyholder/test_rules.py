"""The rules alone, without ledger, network or clock: each field of each object, one deviation at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.keyholder_world import BUREAU, ORIGIN, RP_ID, new_id, person
from support.known import MemoryKnown
from zhilu import strictjson
from zhilu.encoding import b64u, format_time, unb64u
from zhilu.errors import DataError
from zhilu.keyholder import rules, rules_recordings
from zhilu.keyholder import rules_release as releasing
from zhilu.keyholder import rules_viewings as viewings
from zhilu.keyholder.believed import Credential, Recording, Room, Taken, Viewing, Wanted
from zhilu.protocols import viewing as messages
from zhilu.protocols.viewing import Span
from zhilu.sealed.keys import SoftSigner
from zhilu.softkey.authenticator import AAGUID
from zhilu.softkey.ceremonies import Holder, registration_core

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ROOM = Room(BUREAU, RP_ID, ORIGIN, {})
RECORDING = "0193f0a0-0000-7000-8000-000000000001"
VIEWING = "0193f0a0-0000-7000-8000-0000000000aa"
Core = dict[str, Any]


def register(known: MemoryKnown, holder: Holder, *roles: str) -> Holder:
    public_key = holder.key.credential(RP_ID).public_key
    credential = Credential(holder.credential, holder.person, public_key, holder.viewer_point, roles)
    known.credentials[holder.credential] = credential
    return holder


class Bureau:
    """Two administrators, a viewer, an approver, one recording."""

    def __init__(self) -> None:
        self.known = MemoryKnown()
        self.admins = [register(self.known, person(), "security-administrator") for _ in range(2)]
        self.viewer = register(self.known, person(), "viewer")
        self.approver = register(self.known, person(), "approver")
        self.recorder = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
        self.known.recorders[self.recorder.kid] = self.recorder.jwk
        self.known.recordings[RECORDING] = Recording(RECORDING, self.recorder.kid, 10)

    def request_core(self, by: Holder | None = None, **changed: Any) -> Core:
        by = by or self.viewer
        made = by.request(VIEWING, BUREAU, [Span(RECORDING, 0, 9)], "r", NOW)
        raw = strictjson.dumps(strictjson.loads(unb64u(made["request"])) | changed)
        return {"request": b64u(raw), "assertion": by.sign(messages.request_challenge(raw))}

    def requested(self) -> Viewing:
        viewing, _ = viewings.accept_request(self.request_core(), ROOM, self.known)
        self.known.viewings[VIEWING] = viewing
        return viewing

    def decision_core(self, by: Holder | None = None, **changed: Any) -> Core:
        by, request = by or self.approver, self.known.viewings[VIEWING].raw
        raw = strictjson.dumps(strictjson.loads(unb64u(by.decision(request, NOW)["decision"])) | changed)
        assertion = by.sign(messages.decision_challenge(request, raw))
        return {"viewing": VIEWING, "decision": b64u(raw), "assertion": assertion}

    def approved(self) -> Taken:
        self.requested()
        taken, _ = viewings.accept_decision(self.decision_core(), ROOM, self.known)
        self.known.decide(taken)
        return taken


@pytest.fixture
def bureau() -> Bureau:
    return Bureau()


def refusal(work: Any, *arguments: Any) -> str:
    with pytest.raises(DataError) as caught:
        work(*arguments)
    return caught.value.code


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


# Releases


def test_a_release_that_keeps_every_rule(bureau: Bureau) -> None:
    bureau.approved()
    ask = bureau.viewer.release_ask(VIEWING, RECORDING, NOW)
    permitted = releasing.permit_release(VIEWING, ask, NOW, ROOM, bureau.known)
    assert permitted.span == Span(RECORDING, 0, 9)
    assert permitted.until == NOW + timedelta(days=1)
    assert permitted.viewer.id == bureau.viewer.credential


@pytest.mark.parametrize(
    ("offset", "code"),
    [(60_000, None), (-60_000, None), (60_001, "ask-time"), (-60_001, "ask-time"), (-(10**13), "ask-time")],
)
def test_the_minute_of_an_ask(bureau: Bureau, offset: int, code: str | None) -> None:
    bureau.approved()
    at_ms = int(NOW.timestamp() * 1000) + offset
    challenge = messages.release_challenge(VIEWING, RECORDING, abs(at_ms))
    ask = {"recording": RECORDING, "at_ms": at_ms, "assertion": bureau.viewer.sign(challenge)}
    if code:
        assert refusal(releasing.permit_release, VIEWING, ask, NOW, ROOM, bureau.known) == code
    else:
        assert releasing.permit_release(VIEWING, ask, NOW, ROOM, bureau.known)


@pytest.mark.parametrize(
    ("life", "code"),
    [
        (timedelta(days=1) - timedelta(milliseconds=1), None),
        (timedelta(days=1), "expired"),
        (-timedelta(seconds=60), None),
        (-timedelta(seconds=61), "not-yet"),
    ],
)
def test_the_life_of_an_approval(bureau: Bureau, life: timedelta, code: str | None) -> None:
    bureau.approved()
    if code:
        assert refusal(releasing.approved, VIEWING, NOW + life, bureau.known) == code
    else:
        assert releasing.approved(VIEWING, NOW + life, bureau.known)


@pytest.mark.parametrize("who", ["viewer", "approver"])
def test_still_permitted_looks_again(bureau: Bureau, who: str) -> None:
    bureau.approved()
    ask = bureau.viewer.release_ask(VIEWING, RECORDING, NOW)
    permitted = releasing.permit_release(VIEWING, ask, NOW, ROOM, bureau.known)
    releasing.still_permitted(permitted, NOW, bureau.known)
    assert refusal(releasing.still_permitted, permitted, NOW + timedelta(days=1), bureau.known) == "expired"
    bureau.known.revoke(getattr(bureau, who).credential)
    assert refusal(releasing.still_permitted, permitted, NOW, bureau.known) == "credential-revoked"


def test_the_second_key_that_asks_must_live_too(bureau: Bureau) -> None:
    """Asked with a second credential that shares the viewer key of the first; then the second is revoked."""
    bureau.approved()
    second = Holder(bureau.viewer.key, bureau.viewer.person, RP_ID, ORIGIN)
    first = second.key.credential(RP_ID)
    second.key.create(RP_ID, ORIGIN, "again")
    twin = second.key.credential(RP_ID)
    twin.prf_secret = first.prf_secret
    register(bureau.known, second, "viewer")
    ask = second.release_ask(VIEWING, RECORDING, NOW)
    permitted = releasing.permit_release(VIEWING, ask, NOW, ROOM, bureau.known)
    assert permitted.viewer.id == twin.id
    bureau.known.revoke(twin.id)
    assert refusal(releasing.still_permitted, permitted, NOW, bureau.known) == "credential-revoked"


def test_the_key_that_made_the_request_must_live_too(bureau: Bureau) -> None:
    """It is revoked; a second credential of the same viewer, with the same viewer key, asks."""
    bureau.approved()
    second = Holder(bureau.viewer.key, bureau.viewer.person, RP_ID, ORIGIN)
    first = second.key.credential(RP_ID)
    second.key.create(RP_ID, ORIGIN, "again")
    second.key.credential(RP_ID).prf_secret = first.prf_secret
    register(bureau.known, second, "viewer")
    bureau.known.revoke(first.id)
    ask = second.release_ask(VIEWING, RECORDING, NOW)
    assert refusal(releasing.permit_release, VIEWING, ask, NOW, ROOM, bureau.known) == "credential-revoked"


WANTED = Wanted(VIEWING, Span(RECORDING, 1, 2), "A" * 43, b"\x05" * 32, format_time(NOW))
LEAF = {"bureau": BUREAU, "kind": "key-released/1"}


def test_the_entry_of_a_release_says_exactly_what_was_posted() -> None:
    core = WANTED.core()
    assert set(core) == {"viewing", "recording", "from", "to", "viewer_key", "nonce", "expires", "city_nonce"}
    releasing.check_released(LEAF, core, WANTED, ROOM)
    for name, value in core.items():
        other = value + 1 if isinstance(value, int) else f"{value}x"
        assert (
            refusal(releasing.check_released, LEAF, core | {name: other}, WANTED, ROOM) == "release-differs"
        )
        without = {key: value for key, value in core.items() if key != name}
        assert refusal(releasing.check_released, LEAF, without, WANTED, ROOM) == "release-differs"
    for leaf in (LEAF | {"bureau": "x"}, LEAF | {"kind": "key-released/2"}):
        assert refusal(releasing.check_released, leaf, core, WANTED, ROOM) == "release-differs"


def test_segments_as_truth_values_are_not_segments() -> None:
    """1 == True in Python; the entry must hold numbers all the same."""
    core = Wanted(VIEWING, Span(RECORDING, 0, 1), "A" * 43, b"\x05" * 32, format_time(NOW)).core()
    wanted = Wanted(VIEWING, Span(RECORDING, 0, 1), "A" * 43, b"\x05" * 32, format_time(NOW))
    attack = core | {"from": False, "to": True}
    assert refusal(releasing.check_released, LEAF, attack, wanted, ROOM) == "release-differs"


# Whatever an entry holds, reading it ends in belief or in a DataError: nothing else may stop the follower.

INNER_KEYS = ("credential", "assertion", "id", "viewer_key", "x")
SIGNED_KEYS = (
    *("viewing", "bureau", "viewer", "recordings", "purpose", "reason", "viewer_key", "requested", "expires"),
    *("approver", "decision", "decided", "person", "credential", "public_key", "roles"),
)
ENTRY_KEYS = (
    *("registration", "request", "decision", "binding", "witnesses", "assertion", "credential", "reason"),
    *("viewing", "recording", "recorder", "jwk", "segments", "at_ms"),
)
TEXTS = (VIEWING, RECORDING, "", "x", "eA", "A" * 43, format_time(NOW), "9999-12-31T23:59:59.999Z")


@st.composite
def values(draw: st.DrawFn, depth: int = 2) -> Any:
    kind = draw(st.integers(0, 6 if depth else 4))
    if kind < 5:
        whole = st.integers(-(2**53) + 1, 2**53 - 1)
        choices = (st.none(), st.booleans(), whole, st.text(max_size=8), st.sampled_from(TEXTS))
        return draw(choices[kind])
    if kind == 5:
        return [draw(values(depth - 1)) for _ in range(draw(st.integers(0, 3)))]
    return {name: draw(values(depth - 1)) for name in INNER_KEYS if draw(st.booleans())}


@st.composite
def entries(draw: st.DrawFn) -> Core:
    core = {name: draw(values()) for name in ENTRY_KEYS if draw(st.booleans())}
    for name in ("registration", "request", "decision"):
        if draw(st.booleans()):
            body = {key: draw(values()) for key in SIGNED_KEYS if draw(st.booleans())}
            core[name] = b64u(strictjson.dumps(body))
    return core


FUZZED = Bureau()
FUZZED.approved()


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(entries())
def test_whatever_an_entry_holds_it_is_believed_or_refused(core: Core) -> None:
    known = FUZZED.known
    for accept in (
        lambda: rules.accept_registration(core, ROOM, known),
        lambda: rules.accept_revocation(core, ROOM, known),
        lambda: viewings.accept_request(core, ROOM, known),
        lambda: viewings.accept_decision(core, ROOM, known),
        lambda: rules_recordings.accept_recorder(core, known),
        lambda: rules_recordings.accept_recording(core, known),
        lambda: releasing.permit_release(VIEWING, core, NOW, ROOM, known),
    ):
        try:
            accept()
        except DataError:
            pass
