"""The pass: from committed leaves to a published checkpoint (spec/ledger.md §3, §4).

1. `catch_up`, once a start: our tree must hold the newest checkpoint we published, with its root, and no
   cosigner may have seen more than we have. Otherwise we are a copy brought back from yesterday, and sign
   nothing.
2. New leaves are hashed into tiles: durable.
3. Size and root are written to SignedCheckpoint: durable. A second root for a size ends here.
4. The note is signed and offered to the cosigners. A crash between 3 and 5: the next pass signs the very
   same bytes again.
5. With the demanded cosignatures the note is stored verbatim: durable, then public. A cosigner at another
   place than the keyholder's (the city's keyholder) that the quorum does not need is left out for a while
   after a failure: it must not hold up receipts.

One pass at a time: a lock file in the home, held as long as the process lives.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.db import transaction

from zhilu import locks
from zhilu.encoding import sha256
from zhilu.errors import CallerError, WorldError, ZhiluError
from zhilu.server.config import Config
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models import Checkpoint, SignedCheckpoint
from zhilu.server.ledger.services import cosigners, terms, tree
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.cosign import CosignatureVerifier, timestamp
from zhilu.tlog.note import Note, NoteSigner

log = logging.getLogger("zhilu.ledger")

LEFT_OUT_S = 30.0


class Publisher:
    """Signs and publishes for one ledger. Not shared between threads. `others`: by name, the cosigners that
    are reached at another place than `post`."""

    def __init__(
        self,
        signer: NoteSigner,
        post: cosigners.Post | None,
        others: Mapping[str, cosigners.Post] | None = None,
    ) -> None:
        self._signer = signer
        self._post = post
        self._others = dict(others or {})
        self._failed_at: dict[str, float] = {}
        self._caught_up = False
        self.answers: dict[str, int] = {}
        """Cosigner → Unix seconds of the cosignature that it gave us last."""

    def run_once(self) -> bool:
        """One pass; True when everything there is has been published."""
        if not self._caught_up:
            self.catch_up()
        size = tree.grow()
        newest = newest_size()
        if size == newest:
            return True
        note = self._with_cosignatures(self._sign(size), size)
        if note is None:
            return False
        _publish(note, size)
        return True

    def catch_up(self) -> None:
        """Refuse to sign with less than was published or cosigned before."""
        size = tree.grow()
        newest = Checkpoint.objects.order_by("-size").first()
        if newest is not None:
            said = checkpoints.parse(Note.parse(bytes(newest.note)).text)
            if said.size > size or tree.root(said.size) != said.root:
                raise _behind(size, said.size)
            self._check_cosigners(Note.parse(bytes(newest.note)), said.size, size)
        self._caught_up = True

    def _check_cosigners(self, note: Note, published: int, size: int) -> None:
        """Offer the newest published checkpoint again: a cosigner that knows a larger one says so."""
        for cosigner in terms.current().cosigners if self._post else ():
            try:
                self._ask(cosigner, Note(note.text, note.signatures[:1]), published)
            except cosigners.Behind as behind:
                if behind.size > size:
                    raise _behind(size, behind.size) from None
            except ZhiluError:
                if cosigner.name not in self._others or terms.current().quorum > 1:
                    raise

    def _ask(self, cosigner: CosignatureVerifier, note: Note, size: int) -> Note:
        post = self._others.get(cosigner.name, self._post)
        assert post is not None
        signed = cosigners.ask(post, cosigner, note, size)
        self.answers[cosigner.name] = timestamp(signed.signatures[-1].data)
        return signed

    def _sign(self, size: int) -> Note:
        root = tree.root(size)
        row, _ = SignedCheckpoint.objects.get_or_create(size=size, defaults={"root": root, "at": now()})
        if bytes(row.root) != root:
            raise WorldError(
                "ledger-fork", "Another root was signed for size {size}: stop and investigate.", size=size
            )
        return Note.parse(
            checkpoints.sign(checkpoints.Checkpoint(self._signer.name, size, root), self._signer)
        )

    def _with_cosignatures(self, note: Note, size: int) -> Note | None:
        """The note with every cosignature to be had; None when they are fewer than demanded."""
        demanded = terms.current()
        got = 0
        for cosigner in demanded.cosigners if self._post else ():
            if got >= demanded.quorum and self._is_left_out(cosigner.name):
                continue
            try:
                note = self._ask(cosigner, note, size)
                got += 1
            except cosigners.Behind as behind:
                raise _behind(size, behind.size) from None
            except ZhiluError as error:
                self._failed_at[cosigner.name] = time.monotonic()
                log.warning("not cosigned: %s", error)
        return note if got >= demanded.quorum else None

    def _is_left_out(self, name: str) -> bool:
        failed_at = self._failed_at.get(name)
        return failed_at is not None and time.monotonic() - failed_at < LEFT_OUT_S


def publisher() -> Publisher:
    """The publisher of this home."""
    config: Config = settings.ZHILU
    post = cosigners.poster(config.keyholder) if config.keyholder else None
    city = config.city_keyholder
    others = {cosigners.name_of(city): cosigners.poster(city, cosigners.CITY_TIMEOUT_S)} if city else {}
    return Publisher(load_signer(config), post, others)


def load_signer(config: Config) -> NoteSigner:
    try:
        key = load_pem_private_key(config.ledger_key.read_bytes(), None)
    except (OSError, ValueError):
        raise CallerError("ledger-key", "{path} is not a readable key.", path=config.ledger_key) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise CallerError("ledger-key", "{path} is not an Ed25519 key.", path=config.ledger_key)
    return NoteSigner(config.origin, key)


def newest_size() -> int:
    """Size of the newest published checkpoint, 0 before the first."""
    return Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0


def only_one(home: Path) -> IO[str]:
    """Take the home's lock for passes; keep the file open as long as passes may run."""
    file = (home / "work.lock").open("w")
    if not locks.take(file):
        file.close()
        raise CallerError("work-running", "The ledger's pass already runs for this home.")
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def _publish(note: Note, size: int) -> None:
    data = note.format()
    times = [int.from_bytes(s.data[:8], "big") for s in note.signatures[1:]]
    cosigned_at = datetime.fromtimestamp(max(times), UTC) if times else None
    with transaction.atomic():
        Checkpoint.objects.create(size=size, sha256=sha256(data).hex(), note=data, cosigned_at=cosigned_at)
    log.info("published a checkpoint of size %d", size)


def _behind(size: int, seen: int) -> WorldError:
    return WorldError(
        "ledger-behind",
        "The ledger holds {size} entries, or others than the {published} it has published: restore it first.",
        size=size,
        published=seen,
    )
