"""The two ends of C2SP tlog-witness `add-checkpoint` (v1.0.0), without the HTTP between them.

The cosigner, in this order; each step refuses with its own status:

1. body of the form, checkpoint of the form: else 400
2. origin known: else 404
3. signed by a key trusted for it; a trusted key's signature that does not verify counts as none: else 403
4. old size not above the checkpoint's: else 400
5. old size is that of the last checkpoint cosigned for this origin, or 0: else 409 with that size
6. at equal size an equal root: else 409, the proof of a fork: keep the request
7. the path proves consistency, and is empty from 0 or at equal size: else 422
8. the new size and root are made durable by the caller, THEN the cosignature leaves: 200

A crash before 8's write: nothing happened. After it, before the answer: the ledger asks again with the
old size, is told 409 and the new one, asks at equal size and gets its cosignature. If the cosignature
left first, a crash would let the cosigner sign two histories.

Reading the stored state, calling `Witness.add_checkpoint` and writing the new state happen under one lock
for an origin; otherwise two requests can roll the state back.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from zhilu.errors import CallerError
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.checkpoint import Checkpoint, CheckpointError
from zhilu.tlog.cosign import CosignatureSigner, CosignatureVerifier, cosign
from zhilu.tlog.merkle import EMPTY_ROOT, HASH_SIZE, MAX_SIZE, ProofError, verify_consistency
from zhilu.tlog.note import (
    MAX_NOTE,
    Note,
    NoteError,
    NoteVerifier,
    parse_signature,
    unb64,
    verify_note,
)

MAX_PATH = 63
MAX_BODY = MAX_NOTE + 4096
PLAIN = "text/plain; charset=utf-8"
SIZE_TYPE = "text/x.tlog.size"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)
_SIZE_BODY = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


@dataclass(frozen=True)
class AddCheckpoint:
    """A parsed request; nothing in it is verified."""

    old_size: int
    path: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint


@dataclass(frozen=True)
class Outcome:
    """The answer. A `state` (size, root) must be durable BEFORE `body` leaves; None: nothing to store.

    `code`: ok, malformed, origin, note-signature, old-size, stale, fork, consistency. The last two are
    validly signed: keep the request, it may prove what the ledger did.
    """

    status: int
    code: str
    body: bytes
    content_type: str = PLAIN
    state: tuple[int, bytes] | None = None


class Witness:
    """A cosigner and the ledgers that it watches, each with the keys trusted for its origin."""

    def __init__(self, signer: CosignatureSigner, ledgers: Mapping[str, Sequence[NoteVerifier]]) -> None:
        trusted = {verifier.public_key for verifiers in ledgers.values() for verifier in verifiers}
        if signer.verifier.public_key in trusted:
            raise CallerError("cosigners", "A cosigner has a key of its own.")
        self._signer = signer
        self._ledgers = dict(ledgers)

    def add_checkpoint(self, request: bytes, stored: tuple[int, bytes] | None, unix_time: int) -> Outcome:
        """`stored`: size and root last made durable for this request's origin, None before the first."""
        try:
            asked = parse_request(request)
        except (NoteError, CheckpointError) as error:
            return _refuse(400, "malformed", str(error))
        refusal = self._check_signature(asked) or _check_sizes(asked, stored) or _check_path(asked, stored)
        if refusal:
            return refusal
        line = cosign(asked.note.text, self._signer, unix_time).line()
        state = (asked.checkpoint.size, asked.checkpoint.root)
        return Outcome(200, "ok", line.encode(), state=state)

    def _check_signature(self, asked: AddCheckpoint) -> Outcome | None:
        verifiers = self._ledgers.get(asked.checkpoint.origin)
        if verifiers is None:
            return _refuse(404, "origin", "this ledger is not known here")
        try:
            verify_note(asked.note, verifiers)
        except NoteError as error:
            return _refuse(403, "note-signature", str(error))
        return None


def parse_request(request: bytes) -> AddCheckpoint:
    """Raises NoteError or CheckpointError."""
    if len(request) > MAX_BODY:
        raise NoteError("note", "The request is too long.")
    head, _, note_bytes = request.partition(b"\n\n")
    rows = head.decode("utf-8", "replace").split("\n")
    old = _OLD.fullmatch(rows[0])
    if not old or int(old[1]) > MAX_SIZE or len(rows) > MAX_PATH + 1:
        raise NoteError("note", "The request has not the form of add-checkpoint.")
    path = tuple(unb64(row) for row in rows[1:])
    if any(len(value) != HASH_SIZE for value in path):
        raise NoteError("note", "A hash has 32 bytes.")
    note = Note.parse(note_bytes)
    return AddCheckpoint(int(old[1]), path, note, checkpoints.parse(note.text))


def requested_origin(request: bytes) -> str | None:
    """Whose state to look up for this request; None when it is malformed (it will get its 400)."""
    try:
        return parse_request(request).checkpoint.origin
    except (NoteError, CheckpointError):
        return None


def _check_sizes(asked: AddCheckpoint, stored: tuple[int, bytes] | None) -> Outcome | None:
    known_size, known_root = stored or (0, b"")
    if asked.old_size > asked.checkpoint.size:
        return _refuse(400, "old-size", "the old size is above the new one")
    if asked.old_size != known_size:
        return Outcome(409, "stale", f"{known_size}\n".encode(), SIZE_TYPE)
    if stored and asked.checkpoint.size == known_size and asked.checkpoint.root != known_root:
        return _refuse(409, "fork", "another root was cosigned at this size")
    return None


def _check_path(asked: AddCheckpoint, stored: tuple[int, bytes] | None) -> Outcome | None:
    known_size, known_root = stored or (0, EMPTY_ROOT)
    try:
        verify_consistency(known_size, known_root, asked.checkpoint.size, asked.checkpoint.root, asked.path)
    except ProofError as error:
        return _refuse(422, "consistency", str(error))
    return None


def _refuse(status: int, code: str, reason: str) -> Outcome:
    return Outcome(status, code, f"{reason}\n".encode())


def add_checkpoint_request(old_size: int, path: Sequence[bytes], note: bytes) -> bytes:
    """The ledger's side: the body to POST."""
    rows = [f"old {old_size}", *(base64.b64encode(value).decode("ascii") for value in path)]
    return "\n".join(rows).encode() + b"\n\n" + note


def read_cosignatures(body: bytes, note: Note, cosigners: Sequence[CosignatureVerifier]) -> Note:
    """The answer 200: `note` with the cosignatures of known cosigners added, all verified.

    Raises NoteError when there is none, or a wrong one.
    """
    if len(body) > MAX_NOTE:
        raise NoteError("note", "The answer is too long.")
    try:
        rows = body.decode("utf-8").splitlines(keepends=True)
    except UnicodeDecodeError:
        raise NoteError("note", "The answer is not UTF-8.") from None
    answer = Note(note.text, tuple(parse_signature(row) for row in rows))
    return reduce(Note.add, verify_note(answer, cosigners), note)


def read_conflict(body: bytes) -> int:
    """The answer 409 of type SIZE_TYPE: the size from which the cosigner wants its proof."""
    match = _SIZE_BODY.fullmatch(body)
    if not match or int(match[1]) > MAX_SIZE:
        raise NoteError("note", "The answer is no size.")
    return int(match[1])
