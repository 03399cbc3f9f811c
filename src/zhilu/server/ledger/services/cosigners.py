"""Asking a cosigner for its signature: C2SP tlog-witness over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhilu.errors import WorldError
from zhilu.server.config import Peer
from zhilu.server.ledger.models import CosignerState
from zhilu.server.ledger.services import tree
from zhilu.tlog import merkle
from zhilu.tlog.cosign import CosignatureVerifier
from zhilu.tlog.note import Note
from zhilu.tlog.witness import MAX_BODY, SIZE_TYPE, add_checkpoint_request, read_conflict, read_cosignatures

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 20  # it reads our entries meanwhile
CITY_TIMEOUT_S = 5  # it follows by itself; where it is far behind, it is not waited for

Post = Callable[[bytes], "httpx.Response"]
"""Sends the body of add-checkpoint; raises WorldError when nobody answers."""


@dataclass(frozen=True)
class Behind(Exception):
    """The cosigner has seen more of this ledger than we have: we are a rolled-back copy and must not sign."""

    size: int


def ask(post: Post, cosigner: CosignatureVerifier, note: Note, size: int) -> Note:
    """`note` with this cosigner's signature added. WorldError: it cannot be reached or refuses; ask again
    later.
    """
    state = CosignerState.objects.filter(name=cosigner.name).first()
    old = min(state.size if state else 0, size)
    for _ in range(2):
        answer = post(add_checkpoint_request(old, _path(old, size), note.format()))
        if answer.status_code == 409 and answer.headers.get("content-type", "") == SIZE_TYPE:
            old = read_conflict(answer.content)
            if old > size:
                raise Behind(old)
            continue
        return _take(answer, cosigner, note, size)
    raise WorldError("cosigner", "The cosigner {name} changes its mind about sizes.", name=cosigner.name)


def _take(answer: httpx.Response, cosigner: CosignatureVerifier, note: Note, size: int) -> Note:
    if answer.status_code != 200:
        raise WorldError(
            "cosigner", "The cosigner {name} refuses: {status}", name=cosigner.name, status=answer.status_code
        )
    signed = read_cosignatures(answer.content, note, [cosigner])
    CosignerState.objects.update_or_create(name=cosigner.name, defaults={"size": size})
    return signed


def name_of(peer: Peer) -> str:
    """The name of a keyholder's cosigner is its host."""
    return f"{peer.authority.partition(':')[0]}/cosigner"


def poster(peer: Peer, timeout_s: int = TIMEOUT_S) -> Post:
    """Asks the cosigner at this address."""
    import httpx  # heavy, and only who publishes asks

    headers = {"host": peer.authority, "content-type": "text/plain; charset=utf-8"}
    client = httpx.Client(base_url=peer.url, headers=headers, timeout=timeout_s, trust_env=False)

    def post(body: bytes) -> httpx.Response:
        try:
            answer = client.post("/add-checkpoint", content=body)
        except httpx.HTTPError as error:
            reason = type(error).__name__
            raise WorldError(
                "cosigner-away", "The cosigner cannot be reached: {reason}", reason=reason
            ) from None
        if len(answer.content) > MAX_BODY:
            raise WorldError("cosigner", "The cosigner's answer is too long.")
        return answer

    return post


def _path(old: int, size: int) -> list[bytes]:
    return merkle.consistency_path(old, size, tree.reader(size))
