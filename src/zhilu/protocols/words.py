"""A word on its way from a station's page to the county (spec/docking.md §8): W, signatures, judgement, seal.

W = H("zhilu/word/v1", bytes) is the challenge of every signer's assertion and what the station signs,
together with the checks. The county refuses, in this order:

    word               not well formed, or of another bureau or station
    word-old           an assignment or a finger, dated too long ago or ahead
    station-signature  the station's JWS over W and the checks
    persons            the signers are not the word's persons, in their order
    officer-check      weaker than demanded; an assertion missing or too much
    credential         not that person's security key, or one key for two persons
    assertion          see protocols.assertions

What is left to others: who holds which role, the counters of security keys, that a word is taken once, and
that the nonce of an assignment or a finger is one that the county gave (`word-old`, too).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

from zhilu.encoding import b64u, h, parse_time, unb64u
from zhilu.errors import DataError
from zhilu.protocols.assertions import check_assertion, parse_assertion
from zhilu.protocols.docking_handover import check_complete, check_strength
from zhilu.protocols.docking_messages import encoded
from zhilu.protocols.word_forms import (
    ELEMENTS,
    FINGERS,
    MAX_WORD,
    NONCE_SIZE,
    REASONS,
    Act,
    Assignment,
    Finger,
    Span,
    Statement,
    Word,
    read_word,
)
from zhilu.sealed import envelopes
from zhilu.sealed.keys import Signer, load_jwk, thumbprint
from zhilu.sealed.lines import compact_jws, open_jws
from zhilu.strictjson import FieldError, dumps, fields, loads_object

__all__ = [
    "ELEMENTS",
    "FINGERS",
    "MAX_REQUEST",
    "MAX_WORD",
    "MOST_NONCES",
    "NONCE_SIZE",
    "NONCE_VALID",
    "REASONS",
    "Act",
    "Assignment",
    "Finger",
    "Said",
    "Span",
    "Statement",
    "Word",
    "WordRequest",
    "check_said",
    "check_word_request",
    "is_for_now",
    "open_word",
    "read_word",
    "seal_word",
    "sign_word",
    "word_digest",
    "word_old",
]

TYP = "zhilu-word"
MAX_REQUEST = 768_000
"""Bytes: sealed and in JSON it is still below 1 MiB."""
OLD, AHEAD = timedelta(hours=1), timedelta(minutes=5)
MOST_NONCES, NONCE_VALID = 100, timedelta(minutes=15)
"""Of the county's nonces a station has so many open, for so long."""
POINT = 65

Credentials = Callable[[str], Mapping[bytes, bytes]]
"""A person's security keys at docks: raw credential id → COSE key."""


def word_digest(word: bytes) -> bytes:
    """W, 32 bytes."""
    return h("zhilu/word/v1", word)


def sign_word(signer: Signer, digest: bytes, checks: Sequence[str]) -> str:
    return compact_jws(signer, TYP, dumps({"word": digest.hex(), "checks": list(checks)}))


@dataclass(frozen=True)
class Said:
    """How one person stood for a word. `assertion` as `protocols.assertions` takes it; None where the check
    is `fprintd`."""

    person: str
    check: str
    assertion: Mapping[str, Any] | None

    @classmethod
    def from_json(cls, value: object) -> Said:
        return cls(**fields(value, {"person": str, "check": str, "assertion": (dict, type(None))}))


@dataclass(frozen=True)
class WordRequest:
    """What leaves the station. `word` is the bytes that W covers; `station_jwk` counts only by its
    thumbprint; `signers` are in the order of the word's persons."""

    word: bytes
    station: str
    station_jwk: Mapping[str, Any]
    signers: tuple[Said, ...]

    @property
    def digest(self) -> bytes:
        return word_digest(self.word)

    def to_bytes(self) -> bytes:
        signers = [one.__dict__ for one in self.signers]
        return dumps(self.__dict__ | {"word": b64u(self.word), "signers": signers})

    @classmethod
    def from_bytes(cls, data: bytes) -> WordRequest:
        """Refuses with `word`."""
        try:
            shape = {"word": str, "station": str, "station_jwk": dict, "signers": list}
            got = fields(loads_object(data, MAX_REQUEST), shape)
            got["word"] = encoded("word", unb64u, got["word"])
            got["signers"] = tuple(Said.from_json(one) for one in got["signers"])
        except DataError as error:
            raise DataError("word", "What was said is not well formed: {why}", why=error) from None
        return cls(**got)


def check_word_request(
    request: WordRequest,
    credentials: Credentials,
    *,
    bureau: str,
    station: str,
    rp_id: str,
    origin: str,
    least: str,
    now: datetime,
) -> Word:
    """The county's judgement; raises DataError with the codes above, in that order. `station`: the kid of the
    one that sends it, `rp_id` and `origin` those of its page, `least` the policy's."""
    word = read_word(request.word)
    if (word.bureau, word.station) != (bureau, station):
        raise DataError("word", "This was said in another bureau or at another station.")
    _check_time(word, now)
    _check_station(request, station)
    if tuple(said.person for said in request.signers) != word.persons:
        raise DataError("persons", "Others have signed than those who are named.")
    demanded = least if isinstance(word, Statement) else "key"
    keys = [
        check_said(said, request.digest, credentials(said.person), rp_id=rp_id, origin=origin, least=demanded)
        for said in request.signers
    ]
    if len(set(keys)) != len(keys):
        raise DataError("credential", "One security key has signed for two persons.")
    return word


def check_said(
    said: Said, challenge: bytes, credentials: Mapping[bytes, bytes], *, rp_id: str, origin: str, least: str
) -> bytes | None:
    """One person's part, also for the station before it sends anything: the COSE key that signed, None where
    the check has none. Refuses with `officer-check`, `credential`, `assertion`."""
    check_strength(said.check, least)
    check_complete(said.check, said.assertion)
    if said.assertion is None:
        return None
    public_key = credentials.get(parse_assertion(said.assertion).id)
    if public_key is None:
        raise DataError("credential", "This security key is not one of this person's.")
    # The county keeps no counters for a station's keys: W is taken once.
    check_assertion(
        said.assertion, challenge=challenge, public_key=public_key, rp_id=rp_id, origin=origin, last_count=0
    )
    return public_key


def is_for_now(word: Word) -> bool:
    """What a keeper says, he says for now: held back, it is worth nothing. A statement may have waited."""
    return not isinstance(word, Statement)


def word_old() -> DataError:
    return DataError("word-old", "This was said too long ago: it is to be said again.")


def _check_time(word: Word, now: datetime) -> None:
    """The station's claim, so this bounds only what an honest one sends: see the county's nonce."""
    if is_for_now(word) and not -AHEAD <= now - parse_time(word.at) <= OLD:
        raise word_old()


def _check_station(request: WordRequest, kid: str) -> None:
    checks = [said.check for said in request.signers]
    try:
        key = load_jwk(request.station_jwk)
        if thumbprint(key) != kid:
            raise DataError("jwk")
        payload = loads_object(open_jws(request.station, TYP, kid, key))
        got = fields(payload, {"word": str, "checks": list})
        if (got["word"], got["checks"]) != (request.digest.hex(), checks):
            raise DataError("word")
    except DataError:
        raise DataError("station-signature", "The station's signature does not cover this.") from None


def seal_word(public_key: EllipticCurvePublicKey, request: bytes, digest: bytes) -> dict[str, str]:
    """The request's bytes to the county's text key; `digest`: W."""
    sealed = envelopes.seal_word(request, digest, public_key)
    return {"to": thumbprint(public_key), "enc": b64u(sealed[:POINT]), "ct": b64u(sealed[POINT:])}


def open_word(private_key: EllipticCurvePrivateKey, sealed: object, digest: bytes) -> bytes:
    """The request's bytes. Refuses with `field`, `not-a-recipient`, `envelope`; `word` where another word
    than W is inside."""
    got = fields(sealed, {"to": str, "enc": str, "ct": str})
    if got["to"] != thumbprint(private_key.public_key()):
        raise DataError("not-a-recipient", "This is not sealed to this key.")
    enc, ct = (encoded(name, unb64u, got[name]) for name in ("enc", "ct"))
    if len(enc) != POINT:
        raise FieldError("enc")
    request: bytes = envelopes.open_word(enc + ct, digest, private_key)
    if WordRequest.from_bytes(request).digest != digest:
        raise DataError("word", "Another word is sealed here than the one that is named.")
    return request
