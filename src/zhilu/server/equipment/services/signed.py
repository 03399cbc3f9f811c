"""Who sent a signed request (spec/intake.md §1), and its body, read under a limit.

`open_request` refuses before a byte of the body is read: length not said or above the limit, signature,
sender. The body then goes by in chunks; whoever has read it all calls `finish`, which compares it with what
was signed. Nothing of a body may have an effect before `finish` has returned.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from zhilu import strictjson
from zhilu.errors import CallerError, DataError
from zhilu.protocols.httpsig import NONCE_MEMORY_S, Digested, SignedHead, verify_body, verify_head
from zhilu.sealed.keys import load_jwk
from zhilu.server.equipment.models import Revocation, SeenNonce, Station
from zhilu.server.ledger import lock
from zhilu.server.ledger.clock import unix_s
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


def open_request(request: HttpRequest, role: str, limit: int, is_repeatable: bool = False) -> Signed:
    """The proved head of a request that must come from a `station` or a `keyholder`. `is_repeatable`: it
    changes nothing when it comes again, so that power loss may forget that it came.
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
        keys=_station_key if role == "station" else _peer_key,
        now=unix_s(),
        nonces=RELAXED_NONCES if is_repeatable else NONCES,
    )
    return Signed(request, head)


class DatabaseNonces:
    """Atomic by the table's constraint, over all threads and processes."""

    _turn = threading.Lock()

    def __init__(self, transaction: Callable[[], AbstractContextManager[None]]) -> None:
        self._transaction = transaction

    def take(self, kid: str, nonce: str, now: int) -> bool:
        # In a row here: SQLite's own waiting sleeps longer each time, and many requests at once would sleep.
        try:
            with self._turn, self._transaction():
                SeenNonce.objects.create(kid=kid, nonce=nonce, at_s=now)
        except IntegrityError:
            return False
        return True


NONCES, RELAXED_NONCES = DatabaseNonces(transaction.atomic), DatabaseNonces(lock.relaxed)


def forget_nonces() -> None:
    """A chore: a nonce older than this cannot come back, its request would be too old."""
    SeenNonce.objects.filter(at_s__lt=unix_s() - NONCE_MEMORY_S).delete()


def _target(request: HttpRequest) -> tuple[str, str]:
    """Path and query as sent. RAW_URI is the server's; Django's test client has only the decoded path."""
    raw = request.META.get("RAW_URI") or quote(request.path) + "?" + request.META.get("QUERY_STRING", "")
    if not raw.startswith("/"):
        raise DataError("components", "The request's target is not a path.")
    path, _, query = raw.partition("?")
    return path, query


def _station_key(kid: str) -> EllipticCurvePublicKey | None:
    station = Station.objects.filter(kid=kid).exclude(kid__in=Revocation.objects.values("kid")).first()
    return load_jwk(station.jwk) if station else None


def _peer_key(kid: str) -> EllipticCurvePublicKey | None:
    peer = Peer.objects.filter(kid=kid, role="keyholder").first()
    return load_jwk(peer.jwk) if peer else None
