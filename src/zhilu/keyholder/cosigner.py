"""The first cosigner: `POST /add-checkpoint` of C2SP tlog-witness (spec/ledger.md §3).

It goes further than a witness must: before it cosigns it has read every entry up to the checkpoint and
computed the root itself. That reading, and the cosigner's state, are one durable transaction
(`follower.advance`); only then does the cosignature leave. A crash between: the ledger asks again and is
told the size that is known here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from zhilu.errors import WorldError, ZhiluError
from zhilu.keyholder.contradictions import Contradictions
from zhilu.keyholder.follower import Follower
from zhilu.keyholder.state import State
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.cosign import CosignatureSigner
from zhilu.tlog.note import NoteVerifier
from zhilu.tlog.witness import PLAIN, Outcome, Witness

UNSIGNED = ("malformed", "origin", "note-signature")

log = logging.getLogger("zhilu.keyholder")


class Cosigner:
    def __init__(
        self,
        signer: CosignatureSigner,
        ledger: NoteVerifier,
        state: State,
        contradictions: Contradictions,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        self._witness = Witness(signer, {ledger.name: [ledger]})
        self._origin, self._state, self._unix_time = ledger.name, state, unix_time
        self._contradictions = contradictions

    async def add_checkpoint(self, body: bytes, follower: Follower) -> Outcome:
        async with follower.lock:
            outcome = self._witness.add_checkpoint(body, self._stored(), int(self._unix_time()))
            if outcome.state is None:
                if outcome.code not in UNSIGNED:
                    self._contradictions.look(body, outcome.code)
                return outcome
            try:
                await follower.advance(Checkpoint(self._origin, *outcome.state))
            except ZhiluError as error:
                log.error("not cosigned, size %d: %s", outcome.state[0], error.code)
                self._contradictions.look(body, error.code)
                status = 503 if isinstance(error, WorldError) else 422
                return Outcome(status, error.code, f"{error.code}\n".encode(), PLAIN)
            return outcome

    def _stored(self) -> tuple[int, bytes] | None:
        frontier = self._state.frontier()
        return (frontier.size, frontier.root()) if frontier.size else None
