"""Signed HTTP requests: our one profile of RFC 9421 (spec/intake.md §1).

Rules, checked in this order; the code of the first that fails:

- `components`  exactly one signature `zhilu` over exactly COMPONENTS, with exactly the parameters created,
                nonce, keyid, alg, tag in this order; every covered header there once. The two signature
                headers are compared with a pattern, so there is no second reading of them.
- `keyid`       a kid that the caller knows as registered and live
- `created`     within 300 s of the caller's clock
- `signature`   ES256, low s, over the signature base
- `nonce`       16 bytes not seen in the last 10 minutes; asked after the signature, so only the key's
                holder can spend one
- `digest`      `content-digest` is the SHA-256 of the body that came, `content-length` its length

All but the last need no body: `verify_head` before a byte of it is read, `verify_body` after it went by.
`@authority` is the caller's own, never the request's. Nothing is normalised: path and query as sent.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.encoding import b64u, sha256, unb64u
from zhilu.errors import DataError
from zhilu.sealed.keys import Signer, verify_es256

COMPONENTS = ("@method", "@authority", "@path", "@query", "content-digest", "content-type", "content-length")
COVERED = "(" + " ".join(f'"{name}"' for name in COMPONENTS) + ")"
TAG = "zhilu-intake/1"
MAX_SKEW_S = 300
NONCE_MEMORY_S = 600  # twice the skew: a request cannot come back once its nonce is forgotten

_INPUT = re.compile(
    "zhilu=(?P<params>" + re.escape(COVERED) + r";created=(?P<created>[1-9][0-9]{0,11})"
    r';nonce="(?P<nonce>[A-Za-z0-9_-]{22})";keyid="(?P<keyid>[A-Za-z0-9_-]{43})"'
    r';alg="ecdsa-p256-sha256";tag="' + re.escape(TAG) + '")',
    re.ASCII,
)
_SIGNATURE = re.compile(r"zhilu=:(?P<value>[A-Za-z0-9+/]{86}==):", re.ASCII)
_DIGEST = re.compile(r"sha-256=:(?P<value>[A-Za-z0-9+/]{43}=):", re.ASCII)
_LENGTH = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)
_TARGET = re.compile(
    r"/[\x21-\x7e]*", re.ASCII
)  # a line break in it would forge a line of the signature base
_TEXT = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?", re.ASCII)

_REFUSALS = {
    error.code: error
    for error in (
        DataError(
            "components", "The request is not signed over exactly the parts that it must be signed over."
        ),
        DataError("keyid", "The sender is not registered here, or was revoked."),
        DataError("created", "The request's time is more than five minutes off this clock."),
        DataError("signature", "The request's signature is not valid."),
        DataError("nonce", "This request has been seen before."),
        DataError("digest", "The body is not the one that was signed."),
    )
}


@dataclass(frozen=True)
class Digested:
    """A body that was hashed elsewhere, while it went by: SHA-256 (32 bytes) and length in bytes."""

    sha256: bytes
    length: int

    @classmethod
    def of(cls, body: bytes) -> Digested:
        return cls(sha256(body), len(body))


@dataclass(frozen=True)
class SignedHead:
    """A request whose head is proved: who sent it, and what its body must be."""

    kid: str
    body: Digested


class Nonces(Protocol):
    def take(self, kid: str, nonce: str, now: int) -> bool:
        """Remember (kid, nonce) for NONCE_MEMORY_S; False if it is remembered already. Must be atomic."""


def sign_request(
    signer: Signer,
    method: str,
    authority: str,
    path: str,
    query: str,
    body: bytes | Digested,
    content_type: str,
    *,
    created: int,
    nonce: bytes,
) -> dict[str, str]:
    """The headers to send. `query` comes without its question mark, "" if none; `nonce`: 16 fresh bytes."""
    digested = Digested.of(body) if isinstance(body, bytes) else body
    headers = {
        "content-digest": f"sha-256=:{base64.b64encode(digested.sha256).decode()}:",
        "content-type": content_type,
        "content-length": str(digested.length),
    }
    params = f'{COVERED};created={created};nonce="{b64u(nonce)}";keyid="{signer.kid}"'
    params += f';alg="ecdsa-p256-sha256";tag="{TAG}"'
    signature = signer.sign(signature_base(method, authority, path, query, headers, params))
    headers["signature-input"] = f"zhilu={params}"
    headers["signature"] = f"zhilu=:{base64.b64encode(signature).decode()}:"
    return headers


def signature_base(
    method: str, authority: str, path: str, query: str, headers: Mapping[str, str], params: str
) -> bytes:
    """RFC 9421 §2.5 for this profile: one line a component, then the parameters; ASCII."""
    derived = {"@method": method, "@authority": authority, "@path": path, "@query": f"?{query}"}
    lines = [f'"{name}": {derived.get(name) or headers[name]}' for name in COMPONENTS]
    lines.append(f'"@signature-params": {params}')
    return "\n".join(lines).encode("ascii")


def verify_head(
    method: str,
    authority: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    *,
    keys: Callable[[str], EllipticCurvePublicKey | None],
    now: int,
    nonces: Nonces,
) -> SignedHead:
    """Everything but the body. `authority` from configuration; `query` without its question mark.

    `now` in unix seconds.
    """
    heads = _heads(headers)
    params = _match(_INPUT, heads["signature-input"])
    signature = base64.b64decode(_match(_SIGNATURE, heads["signature"])["value"])
    body = _announced_body(heads)
    kid, nonce, created = params["keyid"], params["nonce"], int(params["created"])
    _refuse_unless(_is_canonical(nonce), "components", header="signature-input")
    _refuse_unless(bool(_TARGET.fullmatch(path + query)), "components", header="@path")
    key = keys(kid)
    if key is None:
        raise refusal("keyid", kid=kid)
    _refuse_unless(abs(now - created) <= MAX_SKEW_S, "created", created=created, now=now)
    try:
        base = signature_base(method, authority, path, query, heads, params["params"])
        verify_es256(key, base, signature)
    except (DataError, UnicodeEncodeError):
        raise refusal("signature", kid=kid) from None
    _refuse_unless(nonces.take(kid, nonce, now), "nonce", kid=kid)
    return SignedHead(kid, body)


def verify_body(head: SignedHead, body: Digested) -> None:
    """Raises `digest` unless the body that came is the one that was signed."""
    _refuse_unless(head.body == body, "digest", length=body.length)


def verify_request(
    method: str,
    authority: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: Digested,
    *,
    keys: Callable[[str], EllipticCurvePublicKey | None],
    now: int,
    nonces: Nonces,
) -> str:
    """Head and body at once; returns the sender's kid."""
    head = verify_head(method, authority, path, query, headers, keys=keys, now=now, nonces=nonces)
    verify_body(head, body)
    return head.kid


def _heads(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of this profile, by lower-case name; each must be there, once, in plain ASCII."""
    heads: dict[str, str] = {}
    for name, value in headers.items():
        _refuse_unless(name.lower() not in heads, "components", header=name.lower())
        heads[name.lower()] = value.strip(" \t")
    wanted = (*COMPONENTS[4:], "signature-input", "signature")
    for name in wanted:
        _refuse_unless(bool(_TEXT.fullmatch(heads.get(name, ""))), "components", header=name)
    return {name: heads[name] for name in wanted}


def _announced_body(heads: Mapping[str, str]) -> Digested:
    digest = _match(_DIGEST, heads["content-digest"], "digest")["value"]
    length = _match(_LENGTH, heads["content-length"])[0]
    return Digested(base64.b64decode(digest), int(length))


def _match(pattern: re.Pattern[str], text: str, code: str = "components") -> re.Match[str]:
    match = pattern.fullmatch(text)
    if match is None:
        raise refusal(code)
    return match


def refusal(code: str, **fields: object) -> DataError:
    return DataError(code, _REFUSALS[code].hint, **fields)


def _refuse_unless(condition: bool, code: str, **fields: object) -> None:
    if not condition:
        raise refusal(code, **fields)


def _is_canonical(nonce: str) -> bool:
    try:
        return len(unb64u(nonce)) == 16
    except DataError:
        return False
