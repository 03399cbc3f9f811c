"""What the ceremonies write is what zhilu.protocols reads, with the challenges of spec/viewing.md."""

from datetime import UTC, datetime, timedelta

from zhilu.encoding import b64u, h, sha256, unb64u
from zhilu.protocols import viewing as messages
from zhilu.protocols.assertions import check_assertion
from zhilu.protocols.viewing import Span
from zhilu.sealed.envelopes import derive_viewer_key
from zhilu.sealed.keys import point_bytes, thumbprint
from zhilu.softkey.ceremonies import Holder, registration_core

PERSON = "019ab4ad-5c00-7c11-8a52-3c1f000000a1"
RP_ID, ORIGIN = "view.localhost", "http://julu.view.localhost:8610"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
RECORDING = "0193f0a0-0000-7000-8000-000000000001"
VIEWING = "0193f0a0-0000-7000-8000-0000000000aa"


def check(holder: Holder, assertion: dict[str, str], challenge: bytes) -> None:
    credential = holder.key.credential(RP_ID)
    assert assertion["id"] == b64u(credential.id)
    check_assertion(
        assertion,
        challenge=challenge,
        public_key=credential.public_key,
        rp_id=RP_ID,
        origin=ORIGIN,
        last_count=0,
    )


def test_the_viewer_key_comes_from_prf_and_stays_the_same() -> None:
    holder = Holder.new(PERSON, RP_ID, ORIGIN)
    expected = derive_viewer_key(holder.key.prf(sha256(b"zhilu/viewer-key/v1")))
    assert holder.viewer_point == point_bytes(expected.public_key())
    assert holder.viewer_point != Holder.new(PERSON, RP_ID, ORIGIN).viewer_point


def test_a_registration_is_read_back_bound_and_witnessed() -> None:
    person, first, second = (Holder.new(name, RP_ID, ORIGIN) for name in (PERSON, "a-1", "a-2"))
    core = registration_core(person, ["viewer"], [first, second])
    raw = unb64u(core["registration"])
    got = messages.parse_registration(raw)
    assert (got.person, got.roles) == (PERSON, ("viewer",))
    assert (got.credential, got.viewer_key) == (person.credential, person.viewer_point)
    length = len(person.credential).to_bytes(2, "big")
    bound = h("zhilu/viewer-key/v1", length + person.credential + person.viewer_point)
    check(person, core["binding"]["assertion"], bound)
    for witness, holder in zip(core["witnesses"], (first, second), strict=True):
        check(holder, witness["assertion"], h("zhilu/credential/v1", raw))


def test_a_request_and_its_decision_are_read_back() -> None:
    viewer, approver = (Holder.new(name, RP_ID, ORIGIN) for name in (PERSON, "p-2"))
    asked = viewer.request(VIEWING, "julu", [Span(RECORDING, 0, 9)], "为核实投诉", NOW)
    raw = unb64u(asked["request"])
    request = messages.parse_request(raw)
    assert request.spans == (Span(RECORDING, 0, 9),)
    assert request.expires - request.requested == timedelta(days=1)
    assert request.viewer_key == thumbprint(viewer.viewer_private_key.public_key())
    assert request.reason == h("zhilu/reason/v1", unb64u(asked["salt"]), "为核实投诉".encode()).hex()
    check(viewer, asked["assertion"], h("zhilu/viewing-request/v1", raw))

    decided = approver.decision(raw, NOW)
    decision = messages.parse_decision(unb64u(decided["decision"]))
    assert (decision.approver, decision.approved, decision.viewing) == ("p-2", True, VIEWING)
    challenge = h("zhilu/viewing-approval/v1", sha256(raw), unb64u(decided["decision"]))
    check(approver, decided["assertion"], challenge)


def test_a_release_ask_binds_viewing_recording_and_time() -> None:
    viewer = Holder.new(PERSON, RP_ID, ORIGIN)
    ask = viewer.release_ask(VIEWING, RECORDING, NOW)
    ids = bytes.fromhex(VIEWING.replace("-", "")) + bytes.fromhex(RECORDING.replace("-", ""))
    milliseconds = int(NOW.timestamp() * 1000)
    check(viewer, ask["assertion"], h("zhilu/release-ask/v1", ids + milliseconds.to_bytes(8, "big")))
