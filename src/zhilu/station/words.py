"""Words at the kiosk (spec/docking.md §8): composed, signed by their persons one after the other, sent.

1. One word at a time, and none while a handover is being signed: one screen, one reader, one key in the hand.
   A word that is begun takes the place of one that was left lying, so a page closed in the middle blocks
   nobody; left alone, a signer's turn ends after two minutes.
2. Each person stands for the same W. What a person answered is judged here before the next is asked; a wrong
   answer may be given again until the turn ends or the officer is locked.
3. The last answer sends the word. A statement is sealed to the county's text key and put on disk before its
   officer hears that it is queued. An assignment or a finger is sent at once or not at all.
4. Nothing of a word is on this disk in the clear, and nothing of what it says is in a log.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhilu.errors import CallerError, WorldError, ZhiluError
from zhilu.protocols import intake_words
from zhilu.protocols.words import (
    Finger,
    Said,
    Statement,
    WordRequest,
    seal_word,
    sign_word,
    word_digest,
)
from zhilu.station import templates
from zhilu.station.fingers import Fingers
from zhilu.station.officer import Check
from zhilu.station.parts import Parts
from zhilu.station.words_compose import Composed, compose, policy_of
from zhilu.station.words_enrol import Enrolments
from zhilu.station.words_queue import WordsQueue

TURN = "word"
FIRST_ATTEMPT_S = 2.0
"""So long the page waits to hear that a statement is filed, before it is told that it is queued."""
SENDS = 3
"""Times that an assignment or a finger is sent, where no answer comes."""


@dataclass
class Pending:
    """A word that is being signed: `said` by those who have, `check` is the next one's."""

    id: str
    composed: Composed
    data: bytes
    check: Check
    said: list[Said] = field(default_factory=list)

    @property
    def digest(self) -> bytes:
        return word_digest(self.data)

    @property
    def person(self) -> str:
        """Who signs now."""
        return self.composed.word.persons[len(self.said)]


class Words:
    def __init__(self, parts: Parts, fingers: Fingers) -> None:
        self._parts = parts
        self.queue = WordsQueue(parts)
        self.enrolments = Enrolments(parts, fingers)
        self._pending: Pending | None = None
        self._lock = asyncio.Lock()

    async def begin(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """`POST /api/words`."""
        composed = await compose(self._parts, asked)
        data = composed.word.to_bytes()
        async with self._lock:
            self._parts.turn.take(TURN, time.monotonic())
            try:
                check = await self._check(composed, composed.word.persons[0], data)
            except ZhiluError:
                self._drop()
                raise
            pending = self._pending = Pending(secrets.token_hex(16), composed, data, check)
            missing = [list(names) for names in composed.missing]
            return {"id": pending.id, "signer": self._signer(pending), "missing": missing}

    async def finger(self, id_: str) -> dict[str, Any]:
        """`POST /api/words/ID/finger`: the person whose turn it is touches the reader."""
        await self._of(id_).check.finger()
        return {"matched": True}

    async def assert_(self, id_: str, assertion: Mapping[str, Any] | None) -> dict[str, Any]:
        """`POST /api/words/ID/assertion`: the next signer, or what has become of the word."""
        async with self._lock:
            pending = self._of(id_)
            check, answer = pending.check.finish(assertion)
            pending.said.append(Said(pending.person, check, answer))
            if len(pending.said) < len(pending.composed.word.persons):
                return await self._next(pending)
            self._drop()
            if isinstance(pending.composed.word, Finger):
                self.enrolments.hold(pending.id)
        # Others may begin a word while the county takes its time, unless a finger is taken then.
        try:
            return await self._send(pending)
        except BaseException:
            self.enrolments.let_go(pending.id)
            raise

    async def _next(self, pending: Pending) -> dict[str, Any]:
        try:
            self._parts.turn.take(TURN, time.monotonic())
            pending.check = await self._check(pending.composed, pending.person, pending.data)
        except ZhiluError:
            self._drop()
            raise
        return {"signer": self._signer(pending)}

    def cancel(self, id_: str) -> None:
        """`POST /api/words/ID/cancel`: the page was closed."""
        if self._pending is not None and self._pending.id == id_:
            self._drop()

    def _of(self, id_: str) -> Pending:
        pending = self._pending
        if pending is None or pending.id != id_:
            raise CallerError("unknown-word", "This is over: begin again.")
        if time.monotonic() > pending.check.until_s:
            self._drop()
            raise CallerError("no-ceremony", "The time to sign is over: begin again.")
        return pending

    def _drop(self) -> None:
        if self._pending is not None:
            self._pending.check.stop()
        self._pending = None
        self._parts.turn.release(TURN)

    async def _check(self, composed: Composed, person: str, data: bytes) -> Check:
        snapshot = self._parts.snapshots.current()
        return await self._parts.desk.check(
            snapshot,
            person,
            challenge=word_digest(data),
            least=composed.least,
            credentials=snapshot.credentials_of(person),
            rp_id=self._parts.home.settings.kiosk.rp_id,
        )

    def _signer(self, pending: Pending) -> dict[str, Any]:
        name = self._parts.name_of(pending.person)
        return {"person": {"id": pending.person, "name": name}} | pending.check.to_json()

    # What becomes of a word that everybody has signed.

    async def _send(self, pending: Pending) -> dict[str, Any]:
        request, sealed = self._sealed(pending)
        word = pending.composed.word
        if isinstance(word, Statement):
            return await self._file(pending.composed, word, request.digest, sealed)
        await self._say_now(intake_words.word_body(request.digest, sealed))
        # What the word changed is in the next snapshot: who may hand over, whose finger counts.
        await self._parts.snapshots.renew()
        if isinstance(word, Finger):
            self.enrolments.begin(pending.id, word)
            return {"done": "enrol"}
        return {"done": "assigned"}

    def _sealed(self, pending: Pending) -> tuple[WordRequest, dict[str, str]]:
        policy, signer = policy_of(self._parts), self._parts.home.signer
        checks = [said.check for said in pending.said]
        signature = sign_word(signer, pending.digest, checks)
        request = WordRequest(pending.data, signature, signer.jwk, tuple(pending.said))
        return request, seal_word(policy.text_key, request.to_bytes(), request.digest)

    async def _file(
        self, composed: Composed, word: Statement, digest: bytes, sealed: dict[str, str]
    ) -> dict[str, Any]:
        try:
            first = self.queue.put(digest, sealed, composed.recordings)
        except OSError:
            raise WorldError("no-space", "The station's disk is full.") from None
        try:
            async with asyncio.timeout(FIRST_ATTEMPT_S):
                await asyncio.shield(first)
            done = "filed"
        except TimeoutError:
            done = "queued"
        if composed.bay is not None:
            self._parts.statements.filed(composed.bay, word.handover, len(word.acts))
        unsaved = await templates.save(self._parts, word.persons[0], composed.templates)
        return {"done": done} | ({"unsaved": unsaved} if unsaved else {})

    async def _say_now(self, body: bytes) -> None:
        """The county takes a word once: to send it again after a lost answer changes nothing."""
        for attempt in range(1, SENDS + 1):
            try:
                await self._parts.county.ask(intake_words.post_word(), body)
                return
            except WorldError:
                if attempt == SENDS:
                    raise
                await asyncio.sleep(attempt / 2)
