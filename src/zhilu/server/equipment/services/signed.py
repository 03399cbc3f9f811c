"""Who sent a signed request (spec/intake.md §1), and its body, read under a limit.

`open_request` refuses before a byte of the body is read: length not said or above the limit, signature,
sender. The body then goes by in chunks; whoever has read it all calls `finish`, which compares it with what
was signed. Nothing of a body may have an effect before `finish` has returned.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from django.conf import settings
from django.http import HttpRequest

from zhilu import strictjson
from zhilu.errors import CallerError, DataError
from zhilu.protocols.httpsig import Digested, SignedHead, verify_body, verify_head
from zhilu.sealed.keys import load_jwk
from zhilu.server.equipment.models import Revocation, Station
from zhilu.server.equipment.services import nonces
from zhilu.server.ledger.clock import unix_s
from zhilu.server.ledger.prepared import Prepared, Row
from zhilu.server.organisation.models import Peer

CHUNK = 1 << 20
"""The web server copies what it has read ahead at each read: many small reads would copy it many times."""
HEADERS = ("content-digest", "content-type", "content-length", "signature-input", "signature")


class Signed:
    """A request whose head is proved."""

    def __init__(self, request: HttpRequest, head: SignedHead) -> None:
        self.kid = head.kid
        self.length = head.body.length
        self.promised = head.body
        """What the body must be: `chunks` raise at their end if it is not."""
        self._request = request
        self._head = head
        self._digest = hashlib.sha256()
        self._read = 0

    def chunks(self) -> Iterator[bytes]:
        """The body as it comes; at its end it has been compared with what was signed."""
        while self._read < self.length:
            chunk = self._request.read(min(CHUNK, self.length - self._read))
            if not chunk:
                break
            self._digest.update(chunk)
            self._read += len(chunk)
            yield chunk
        self.finish()

    def finish(self) -> None:
        verify_body(self._head, Digested(self._digest.digest(), self._read))

    def body(self) -> bytes:
        """The whole body, for those with a small limit."""
        return b"".join(self.chunks())

    def json(self) -> dict[str, object]:
        return strictjson.loads_object(self.body(), self.length)


Key = Callable[[str], EllipticCurvePublicKey | None]
_keys: dict[str, Key] = {}


def provide(role: str, key: Key) -> None:
    """Another app's senders: `key` of a kid that is registered and live."""
    _keys[role] = key


def open_request(request: HttpRequest, role: str, limit: int, is_repeatable: bool = False) -> Signed:
    """The proved head of a request that must come from a sender of this role. `is_repeatable`: it
    changes nothing when it comes again, as no GET does.
    """
    length = request.headers.get("content-length", "")
    if not length.isascii() or not length.isdigit():
        raise CallerError("length-required", "The request does not say how long its body is.")
    if int(length[:16]) > limit:
        raise CallerError("body-too-large", "The body is longer than {limit} bytes.", limit=limit)
    path, query = _target(request)
    head = verify_head(
        request.method or "",
        settings.ZHILU.authority,
        path,
        query,
        {name: request.headers.get(name, "") for name in HEADERS},
        keys=_keys[role],
        now=unix_s(),
        nonces=nonces.IN_MEMORY if is_repeatable or request.method == "GET" else nonces.KEPT,
    )
    return Signed(request, head)


def _target(request: HttpRequest) -> tuple[str, str]:
    """Path and query as sent. RAW_URI is the server's; Django's test client has only the decoded path."""
    raw = request.META.get("RAW_URI") or quote(request.path) + "?" + request.META.get("QUERY_STRING", "")
    if not raw.startswith("/"):
        raise DataError("components", "The request's target is not a path.")
    path, _, query = raw.partition("?")
    return path, query


def _station_key(kid: str) -> EllipticCurvePublicKey | None:
    return _key_in(_STATION.first(kid))


def _peer_key(kid: str) -> EllipticCurvePublicKey | None:
    return _key_in(_PEER.first(kid))


def _reader_key(kid: str) -> EllipticCurvePublicKey | None:
    """A keyholder's, or the city's, which enters nothing (spec/viewing.md §8)."""
    return _key_in(_READER.first(kid))


def _key_in(row: Row | None) -> EllipticCurvePublicKey | None:
    return _key(row[0]) if row else None


@lru_cache(1024)
def _key(jwk: str) -> EllipticCurvePublicKey:
    return load_jwk(strictjson.loads(jwk.encode()))


_STATION = Prepared(
    Station._meta.get_field("kid"),
    "?",
    lambda kid: (
        Station.objects.filter(kid=kid).exclude(kid__in=Revocation.objects.values("kid")).values_list("jwk")
    ),
)
_PEER = Prepared(
    Peer._meta.get_field("kid"),
    "?",
    lambda kid: Peer.objects.filter(kid=kid, role="keyholder").values_list("jwk"),
)
_READER = Prepared(
    Peer._meta.get_field("kid"), "?", lambda kid: Peer.objects.filter(kid=kid).values_list("jwk")
)


provide("station", _station_key)
provide("keyholder", _peer_key)
provide("ledger-reader", _reader_key)
