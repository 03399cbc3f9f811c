"""The rules of a release alone: when it may be, and what its entry says, one deviation at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.keyholder_world import BUREAU, ORIGIN, RP_ID
from support.rules_bureau import NOW, RECORDING, ROOM, VIEWING, Bureau, Core, refusal, register
from zhilu import strictjson
from zhilu.encoding import b64u, format_time
from zhilu.errors import DataError
from zhilu.keyholder import rules, rules_recordings
from zhilu.keyholder import rules_release as releasing
from zhilu.keyholder import rules_viewings as viewings
from zhilu.keyholder.believed import Wanted
from zhilu.protocols import viewing as messages
from zhilu.protocols.viewing import Span
from zhilu.softkey.ceremonies import Holder


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
