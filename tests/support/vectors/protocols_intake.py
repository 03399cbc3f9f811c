"""Vectors of signed requests (intake.md §1): the base is composed here and apart from the product."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from support.recordings import RECORDING, dump, fixed_bytes
from support.vectors.files import Vector, point_of
from support.vectors.protocols_keys import OTHER, STATION, high_s, vector
from zhilu.encoding import b64u
from zhilu.sealed.keys import Signer
from zhilu.strictjson import loads_object

NOW = 1_795_516_803
NONCE = b64u(fixed_bytes("request nonce", 16))
NAMES = ("@method", "@authority", "@path", "@query", "content-digest", "content-type", "content-length")
PATH = f"/intake/recordings/{RECORDING}/segments/3"


def digest_of(body: bytes, algorithm: str = "sha-256") -> str:
    value = hashlib.new(algorithm.replace("-", ""), body).digest()
    return f"{algorithm}=:{base64.b64encode(value).decode()}:"


@dataclass(frozen=True)
class Signed:
    """A request signed over whatever it says. `sent`: what of it arrives otherwise than it was signed."""

    method: str = "PUT"
    path: str = PATH
    query: str = ""
    body: bytes = b"TEST sealed bytes"
    names: tuple[str, ...] = NAMES
    order: tuple[str, ...] = ("created", "nonce", "keyid", "alg", "tag")
    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    label: str = "zhilu"
    signer: Signer = STATION
    now: int = NOW
    seen: tuple[str, ...] = ()
    sent: dict[str, Any] = field(default_factory=dict)
    spoil: Callable[[bytes], bytes] = bytes

    def write(self) -> bytes:
        headers = self._headers()
        params = self._params()
        signature = base64.b64encode(self.spoil(self.signer.sign(self._base(headers, params)))).decode()
        headers["signature-input"] = f"{self.label}={params}"
        headers["signature"] = f"{self.label}=:{signature}:"
        request: dict[str, Any] = {
            "method": self.method,
            "authority": "julu.localhost:8600",
            "path": self.path,
            "query": self.query,
            "headers": headers,
            "body": b64u(self.body),
            "now": self.now,
            "seen": list(self.seen),
        }
        changed = dict(self.sent)
        headers.update(changed.pop("headers", {}))
        dropped = changed.pop("dropped", ())
        request["headers"] = {name: value for name, value in headers.items() if name not in dropped}
        return dump(request | changed)

    def _headers(self) -> dict[str, str]:
        return {
            "content-digest": digest_of(self.body),
            "content-type": "application/octet-stream",
            "content-length": str(len(self.body)),
        } | self.headers

    def _params(self) -> str:
        values = {
            "created": str(NOW),
            "nonce": f'"{NONCE}"',
            "keyid": f'"{self.signer.kid}"',
            "alg": '"ecdsa-p256-sha256"',
            "tag": '"zhilu-intake/1"',
        } | self.params
        covered = " ".join(f'"{name}"' for name in self.names)
        return f"({covered})" + "".join(f";{name}={values[name]}" for name in self.order)

    def _base(self, headers: dict[str, str], params: str) -> bytes:
        values = headers | {
            "@method": self.method,
            "@authority": "julu.localhost:8600",
            "@path": self.path,
            "@query": f"?{self.query}",
        }
        rows = [f'"{name}": {values[name]}' for name in self.names]
        return "\n".join([*rows, f'"@signature-params": {params}']).encode()


def vectors() -> Iterator[Vector]:
    for name, expect, request in [*_good(), *_components(), *_others(), *_spoiled()]:
        headers = (("kid", STATION.kid), ("key", point_of(STATION)))
        body = request.write()
        yield vector("intake", name, "request", "intake.md §1", expect, "request", body, headers)


Case = tuple[str, str, Signed]


def _good() -> Iterator[Case]:
    yield "ok", "ok", Signed()
    yield (
        "ok-query",
        "ok",
        Signed(method="GET", path="/keyholder/entries", query="start=0&count=10", body=b""),
    )
    yield "ok-created-300-s-before", "ok", Signed(now=NOW + 300)
    yield "ok-created-300-s-ahead", "ok", Signed(now=NOW - 300)
    yield "ok-another-nonce-seen", "ok", Signed(seen=(b64u(fixed_bytes("older nonce", 16)),))


def _components() -> Iterator[Case]:
    swapped = (NAMES[1], NAMES[0], *NAMES[2:])
    yield "components-other-order", "components", Signed(names=swapped)
    yield "components-one-more", "components", Signed(names=(*NAMES, "date"), headers={"date": "now"})
    for gone in ("@method", "@authority", "@query", "content-digest", "content-length"):
        names = tuple(name for name in NAMES if name != gone)
        yield f"components-without-{gone.strip('@')}", "components", Signed(names=names)
    yield "parameters-other-order", "components", Signed(order=("created", "keyid", "nonce", "alg", "tag"))
    yield "parameters-without-nonce", "components", Signed(order=("created", "keyid", "alg", "tag"))
    first = replace(Signed(), order=("expires", *Signed().order), params={"expires": str(NOW + 60)})
    yield "parameters-one-more-first", "components", first
    yield "parameters-one-more", "components", replace(first, order=(*Signed().order, "expires"))
    yield "tag-other", "components", Signed(params={"tag": '"zhilu-intake/2"'})
    yield "tag-missing", "components", Signed(order=("created", "nonce", "keyid", "alg"))
    yield "algorithm-other", "components", Signed(params={"alg": '"hmac-sha256"'})
    yield "label-other", "components", Signed(label="sig1")
    yield "nonce-short", "components", Signed(params={"nonce": f'"{NONCE[:-1]}"'})
    yield "nonce-not-canonical", "components", Signed(params={"nonce": f'"{_loose(NONCE)}"'})
    yield "two-signatures", "components", _twice()
    yield "not-signed", "components", Signed(sent={"dropped": ("signature", "signature-input")})
    twice = {"headers": {"Content-Type": "text/plain"}}
    yield "header-twice", "components", Signed(sent=twice)
    forged = '/x\n"@query": ?a=1'
    yield "line-break-in-path", "components", Signed(path=forged)
    yield "length-leading-zero", "components", Signed(headers={"content-length": "017"})


def _others() -> Iterator[Case]:
    yield "keyid-unknown", "keyid", Signed(signer=OTHER)
    yield "created-301-s-before", "created", Signed(now=NOW + 301)
    yield "created-301-s-ahead", "created", Signed(now=NOW - 301)
    yield "nonce-seen", "nonce", Signed(seen=(NONCE,))
    yield "digest-of-another-body", "digest", Signed(headers={"content-digest": digest_of(b"another body")})
    yield "body-altered", "digest", Signed(sent={"body": b64u(b"TEST sealed bytez")})
    yield "body-cut-to-nothing", "digest", Signed(sent={"body": ""})
    yield (
        "digest-sha-512",
        "digest",
        Signed(headers={"content-digest": digest_of(b"TEST sealed bytes", "sha-512")}),
    )
    yield "length-other", "digest", Signed(headers={"content-length": "18"})


def _spoiled() -> Iterator[Case]:
    yield "signature-altered", "signature", Signed(spoil=lambda value: bytes([value[0] ^ 1]) + value[1:])
    yield "signature-high-s", "signature", Signed(spoil=high_s)
    yield "signature-by-another", "signature", Signed(signer=OTHER, params={"keyid": f'"{STATION.kid}"'})
    for name, sent in [
        ("method", {"method": "POST"}),
        ("authority", {"authority": "other.localhost:8600"}),
        ("path", {"path": PATH[:-1] + "4"}),
        ("query", {"query": "a=1"}),
        ("type", {"headers": {"content-type": "text/plain"}}),
        ("length", {"headers": {"content-length": "18"}}),
    ]:
        yield f"sent-other-{name}", "signature", Signed(sent=sent)


def _twice() -> Signed:
    """One true signature, and the same again under another label."""
    headers = loads_object(Signed().write())["headers"]
    both = {name: f"{headers[name]}, {headers[name].replace('zhilu=', 'other=', 1)}" for name in SIGNATURE}
    return Signed(sent={"headers": both})


SIGNATURE = ("signature-input", "signature")


def _loose(text: str) -> str:
    """The same 16 bytes with an unused bit set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) | 1]
