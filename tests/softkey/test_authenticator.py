"""The software key against an independent implementation of the relying party: PyPI's `webauthn`."""

import hashlib
import hmac
import json
import subprocess
import sys
from pathlib import Path

import pytest
import webauthn
from webauthn.helpers.exceptions import InvalidAuthenticationResponse, InvalidRegistrationResponse

from zhilu.encoding import b64u, unb64u
from zhilu.errors import CallerError, DataError
from zhilu.softkey import SoftKey

RP_ID, ORIGIN = "view.localhost", "http://julu.view.localhost:8610"
CHALLENGE = b"\x07" * 32


def registered(key: SoftKey) -> webauthn.registration.verify_registration_response.VerifiedRegistration:
    response = key.create(RP_ID, ORIGIN, "person-1", CHALLENGE)
    return webauthn.verify_registration_response(
        credential=response,
        expected_challenge=CHALLENGE,
        expected_rp_id=RP_ID,
        expected_origin=ORIGIN,
        require_user_verification=True,
    )


def verify(assertion: dict[str, str], public_key: bytes, last: int, challenge: bytes = CHALLENGE) -> int:
    credential = {
        "id": assertion["id"],
        "rawId": assertion["id"],
        "type": "public-key",
        "response": {
            "authenticatorData": assertion["authenticator_data"],
            "clientDataJSON": assertion["client_data_json"],
            "signature": assertion["signature"],
        },
    }
    return webauthn.verify_authentication_response(
        credential=credential,
        expected_challenge=challenge,
        expected_rp_id=RP_ID,
        expected_origin=ORIGIN,
        credential_public_key=public_key,
        credential_current_sign_count=last,
        require_user_verification=True,
    ).new_sign_count


def test_webauthn_accepts_the_registration() -> None:
    key = SoftKey()
    verified = registered(key)
    assert verified.fmt == "none"
    assert verified.user_verified
    assert verified.credential_id == key.credential().id
    assert verified.credential_public_key == key.credential().public_key
    assert verified.credential_device_type == "single_device"


def test_webauthn_refuses_a_registration_for_another_challenge() -> None:
    with pytest.raises(InvalidRegistrationResponse):
        webauthn.verify_registration_response(
            credential=SoftKey().create(RP_ID, ORIGIN, "person-1", CHALLENGE),
            expected_challenge=b"\x08" * 32,
            expected_rp_id=RP_ID,
            expected_origin=ORIGIN,
        )


def test_webauthn_accepts_assertions_and_the_counter_rises() -> None:
    key = SoftKey()
    verified = registered(key)
    first = verify(key.assert_(CHALLENGE, RP_ID, ORIGIN), verified.credential_public_key, verified.sign_count)
    second = verify(key.assert_(CHALLENGE, RP_ID, ORIGIN), verified.credential_public_key, first)
    assert verified.sign_count < first < second


def test_webauthn_refuses_another_challenge_a_changed_signature_and_an_old_counter() -> None:
    key = SoftKey()
    public_key = registered(key).credential_public_key
    assertion = key.assert_(CHALLENGE, RP_ID, ORIGIN)
    with pytest.raises(InvalidAuthenticationResponse):
        verify(assertion, public_key, 0, b"\x08" * 32)
    with pytest.raises(InvalidAuthenticationResponse):
        verify(assertion, public_key, key.sign_count)
    other = key.assert_(CHALLENGE, RP_ID, ORIGIN)
    with pytest.raises(InvalidAuthenticationResponse):
        verify({**other, "signature": assertion["signature"]}, public_key, 0)


def test_an_origin_outside_the_rp_id_is_refused_as_a_browser_would() -> None:
    key = SoftKey()
    key.create(RP_ID, ORIGIN, "person-1")
    for origin in ("http://evil.localhost", "http://xview.localhost", "http://127.0.0.1"):
        with pytest.raises(CallerError):
            key.assert_(CHALLENGE, RP_ID, origin)
    with pytest.raises(CallerError):
        key.assert_(CHALLENGE, "localhost", ORIGIN)  # no credential there


def test_prf_is_hmac_secret_over_the_browsers_salt() -> None:
    key = SoftKey()
    key.create(RP_ID, ORIGIN, "person-1")
    salt = hashlib.sha256(b"WebAuthn PRF\x00input").digest()
    assert key.prf(b"input") == hmac.new(key.credential().prf_secret, salt, "sha256").digest()
    assert key.prf(b"input") != key.prf(b"other")
    other = SoftKey()
    other.create(RP_ID, ORIGIN, "person-1")
    assert other.prf(b"input") != key.prf(b"input")


def test_one_key_holds_credentials_for_two_rooms() -> None:
    key = SoftKey()
    key.create(RP_ID, ORIGIN, "person-1")
    key.create("dock.localhost", "http://s1.dock.localhost", "person-1")
    view, dock = key.credential(RP_ID), key.credential("dock.localhost")
    assert view.id != dock.id
    assert key.assert_(CHALLENGE, RP_ID, ORIGIN)["id"] == b64u(view.id)
    assert key.assert_(CHALLENGE, "dock.localhost", "http://s1.dock.localhost")["id"] == b64u(dock.id)
    with pytest.raises(CallerError):
        key.assert_(CHALLENGE, RP_ID, ORIGIN, allow=[dock.id])


def test_a_saved_key_is_the_same_key(tmp_path: Path) -> None:
    key = SoftKey()
    public_key = registered(key).credential_public_key
    key.save(tmp_path / "key.json")
    assert (tmp_path / "key.json").stat().st_mode & 0o777 == 0o600
    again = SoftKey.load(tmp_path / "key.json")
    assert again.prf(b"input") == key.prf(b"input")
    assert verify(again.assert_(CHALLENGE, RP_ID, ORIGIN), public_key, key.sign_count) == key.sign_count + 1


def test_a_damaged_file_is_one_plain_error(tmp_path: Path) -> None:
    for text in ("", "{}", "[]", '{"credentials":[{}],"sign_count":0}'):
        (tmp_path / "key.json").write_text(text)
        with pytest.raises(DataError):
            SoftKey.load(tmp_path / "key.json")


def test_another_program_may_speak_to_it_by_lines(tmp_path: Path) -> None:
    key = SoftKey()
    public_key = registered(key).credential_public_key
    key.save(tmp_path / "key.json")
    good = {"challenge": b64u(CHALLENGE), "rp_id": RP_ID, "origin": ORIGIN, "prf": b64u(b"input")}
    lines = "\n".join(json.dumps(item) for item in (good, {**good, "rp_id": "x"}, {}, good))
    done = subprocess.run(
        [sys.executable, "-m", "zhilu.softkey", str(tmp_path / "key.json")],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    first, refused, malformed, second = (json.loads(line) for line in done.stdout.splitlines())
    assert unb64u(first["prf"]) == key.prf(b"input")
    assert refused["error"] == "rp-id"
    assert malformed["error"] == "question"
    assert verify(first, public_key, 1) < verify(second, public_key, 1)
    assert SoftKey.load(tmp_path / "key.json").sign_count == 3
