"""A security key for the docks, made at a station's page (spec/intake.md §2): what is asked, how the county
checks what the browser answered, and the number by which a person vouches for it.

Attestation is `none`: nobody but the station says that the key is that person's. So nothing follows from a
registration that is valid; a system administrator confirms it, with the person before him.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from zhilu.encoding import b64u, h, parse_time, sha256, unb64u, uuid_bytes
from zhilu.errors import DataError, ZhiluError
from zhilu.protocols.assertions import public_key_of
from zhilu.protocols.intake import ANSWER_LIMIT, Call
from zhilu.protocols.word_forms import NONCE_SIZE
from zhilu.strictjson import dumps, fields, loads_object

OLD, AHEAD = timedelta(minutes=10), timedelta(minutes=5)
DIGITS = 6
BODY_LIMIT = 32_768
LIMITS = {"asked": 1024, "credential": 1023, "client_data_json": 4096, "attestation_object": 8192}
_STUMBLES = (ZhiluError, ValueError, TypeError, KeyError, IndexError, RecursionError)
"""What a hostile answer makes the parsers raise, beside webauthn's own."""


@dataclass(frozen=True)
class Asked:
    """For whose key the station asked, and when. `nonce`: 16 bytes."""

    bureau: str
    station: str
    person: str
    nonce: bytes
    at: str

    def to_bytes(self) -> bytes:
        return dumps(vars(self) | {"nonce": b64u(self.nonce)})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """DataError `dock-key`."""
        try:
            shape: dict[str, type] = {"bureau": str, "station": str, "person": str, "nonce": str, "at": str}
            value = loads_object(data, LIMITS["asked"])
            got = fields(value, shape)
            made = cls(**got | {"nonce": unb64u(got["nonce"])})
            uuid_bytes(made.person), parse_time(made.at)
        except DataError:
            raise _no_words() from None
        if len(made.nonce) != NONCE_SIZE or set(value) != set(shape):
            raise _no_words()
        return made

    def check(self, bureau: str, station: str, now: datetime) -> None:
        """Of this bureau and station, and fresh."""
        at = parse_time(self.at)
        if (self.bureau, self.station) != (bureau, station) or not now - OLD <= at <= now + AHEAD:
            raise _no_words()


@dataclass(frozen=True)
class Made:
    """What the browser answered, as sent to the county."""

    asked: bytes
    credential: bytes
    client_data_json: bytes
    attestation_object: bytes

    def to_bytes(self) -> bytes:
        return dumps({name: b64u(part) for name, part in vars(self).items()})

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Self:
        """DataError `registration`."""
        got = fields(dict(value), dict.fromkeys(LIMITS, str))
        if any(not 0 < len(got[name]) <= (most * 4 + 2) // 3 for name, most in LIMITS.items()):
            raise _no_registration()
        return cls(**{name: unb64u(text) for name, text in got.items()})

    def check(self, rp_id: str, origin: str) -> Key:
        """The key that was made under exactly this origin for this challenge; DataError `registration`."""
        import webauthn  # heavy: only who registers a key loads it
        from webauthn.helpers.cose import COSEAlgorithmIdentifier
        from webauthn.helpers.exceptions import WebAuthnException

        answer = {"clientDataJSON": b64u(self.client_data_json)}
        answer |= {"attestationObject": b64u(self.attestation_object)}
        id_ = b64u(self.credential)
        try:
            found = webauthn.verify_registration_response(
                credential={"id": id_, "rawId": id_, "type": "public-key", "response": answer},
                expected_challenge=challenge_of(self.asked),
                expected_rp_id=rp_id,
                expected_origin=origin,
                require_user_verification=True,
                supported_pub_key_algs=[COSEAlgorithmIdentifier.ECDSA_SHA_256],
            )
            public_key_of(found.credential_public_key)
            said = loads_object(self.client_data_json, LIMITS["client_data_json"])
            aaguid = UUID(found.aaguid)
        except (WebAuthnException, *_STUMBLES):
            raise _no_registration() from None
        if found.credential_id != self.credential or said.get("crossOrigin") or "topOrigin" in said:
            raise _no_registration()
        return Key(self.credential, found.credential_public_key, str(aaguid) if aaguid.int else None)


@dataclass(frozen=True)
class Key:
    """`public_key` in COSE. `aaguid`: the kind of key; None where the browser keeps it to itself."""

    credential: bytes
    public_key: bytes
    aaguid: str | None

    @property
    def number(self) -> str:
        return number_of(self.credential, self.public_key)


def challenge_of(asked: bytes) -> bytes:
    return h("zhilu/dock-key/v1", asked)


def number_of(credential: bytes, public_key: bytes) -> str:
    """Six digits that a person can say."""
    digest = h("zhilu/dock-key-number/v1", sha256(credential), public_key)
    return f"{int.from_bytes(digest[:8], 'big') % 10**DIGITS:0{DIGITS}}"


def post_dock_key() -> Call:
    return Call("POST", "/intake/dock-keys")


def parse_number(body: bytes) -> str:
    number: str = fields(loads_object(body, ANSWER_LIMIT), {"number": str})["number"]
    if len(number) != DIGITS or not (number.isascii() and number.isdigit()):
        raise DataError("bad-answer", "The county answered something that cannot be read.")
    return number


def _no_words() -> DataError:
    return DataError("dock-key", "This key was not asked for by this station just now: begin again.")


def _no_registration() -> DataError:
    return DataError("registration", "The security key's answer does not count: begin again.")
