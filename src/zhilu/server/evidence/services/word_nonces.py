"""The county's nonces for words that are said for now (spec/intake.md §2): a station dates its words itself,
so that a keeper's word is fresh shows only here.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from zhilu.encoding import b64u
from zhilu.protocols import words
from zhilu.server.evidence.models import WordNonce
from zhilu.server.ledger import lock
from zhilu.server.ledger.clock import now


def give(station: str) -> bytes:
    """A new one. What is over goes, and the oldest of this station where it has too many."""
    nonce, at = secrets.token_bytes(words.NONCE_SIZE), now()
    with lock.held():
        WordNonce.objects.filter(at__lte=at - words.NONCE_VALID).delete()
        mine = WordNonce.objects.filter(station=station).order_by("-id")
        too_many = list(mine.values_list("id", flat=True)[words.MOST_NONCES - 1 :])
        WordNonce.objects.filter(id__in=too_many).delete()
        WordNonce.objects.create(nonce=b64u(nonce), station=station, at=at)
    return nonce


def spend(word: words.Word, at: datetime) -> None:
    """Under the ledger's lock, in the transaction that takes the word. Refuses with `word-old`."""
    if not words.is_for_now(word):
        return
    open_ = WordNonce.objects.filter(station=word.station, at__gt=at - words.NONCE_VALID)
    if not open_.filter(nonce=b64u(word.nonce)).delete()[0]:
        raise words.word_old()
