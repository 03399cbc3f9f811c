"""The form of a vector file, and composing files of lines with one thing wrong in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from support.recordings import dump
from zhilu.encoding import b64u, unb64u
from zhilu.sealed.keys import Signer, point_bytes
from zhilu.sealed.lines import line_hash

Payloads = list[dict[str, Any]]


@dataclass(frozen=True)
class Vector:
    """`folder/name.vector`; `expect` is `ok` or a code, `layer` who must say it, `none` where nobody does."""

    folder: str
    name: str
    input: str
    spec: str
    expect: str
    layer: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}.vector"

    def write(self) -> bytes:
        rows = [(name, getattr(self, name)) for name in ("name", "input", "spec", "expect", "layer")]
        text = "".join(f"{name}: {value}\n" for name, value in (*rows, *self.headers))
        return text.encode() + b"\n" + self.body


def key_headers(signer: Any, typ: str) -> tuple[tuple[str, str], ...]:
    return (("typ", typ), ("kid", signer.kid), ("key", point_of(signer)))


def point_of(signer: Any) -> str:
    from zhilu.sealed.keys import load_jwk

    return point_bytes(load_jwk(signer.jwk)).hex()


def jws(signer: Signer, header: bytes, payload: bytes) -> bytes:
    """A line with this header and payload, signed whatever they are."""
    signed = f"{b64u(header)}.{b64u(payload)}"
    return f"{signed}.{b64u(signer.sign(signed.encode()))}\n".encode()


def header(typ: str, kid: str) -> bytes:
    return f'{{"alg":"ES256","kid":"{kid}","typ":"{typ}"}}'.encode()


def payload_of(line: bytes) -> dict[str, Any]:
    return json.loads(unb64u(line.rstrip(b"\n").split(b".")[1].decode()))


def rewrite(
    lines: Sequence[bytes],
    change: Callable[[Payloads], object],
    signer: Signer,
    typ: str,
    *,
    chained: bool = True,
) -> list[bytes]:
    """What a rooted recorder could do: change what lines say, number, chain and sign them again.

    Not `chained`: `n` and `prev` stay as `change` leaves them.
    """
    payloads = [payload_of(line) for line in lines]
    change(payloads)
    result: list[bytes] = []
    for n, payload in enumerate(payloads):
        if chained:
            payload["n"] = n
            if result:
                payload["prev"] = line_hash(result[-1]).hex()
        result.append(jws(signer, header(typ, signer.kid), dump(payload)))
    return result
