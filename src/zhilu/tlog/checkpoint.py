"""Checkpoints: C2SP tlog-checkpoint, and the policy of spec/ledger.md §3.

The text is origin, size in decimal, root in base64, each a line; extension lines may follow, and mean
nothing to us. An empty tree has EMPTY_ROOT and no other.

A checkpoint counts when its ledger signed it and at least `quorum` of the pinned cosigners did:

- The ledger's key bears the origin as its name, so one key cannot speak for another ledger.
- Cosigners count by key: a cosignature does not say its cosigner's name, so two names with one key would
  be one cosigner counted twice. Such a set, or one with the ledger's own key, is the caller's error.
- Cosignatures of others are ignored, wrong ones of pinned cosigners refuse the checkpoint.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from zhilu.errors import CallerError, DataError
from zhilu.tlog.cosign import CosignatureVerifier, timestamp
from zhilu.tlog.merkle import EMPTY_ROOT, HASH_SIZE, MAX_SIZE
from zhilu.tlog.note import Note, NoteError, NoteSigner, NoteVerifier, unb64, verify_note

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class CheckpointError(DataError):
    """Codes `checkpoint` (not of the form), `origin` (of another ledger), `quorum` (cosigned by too few)."""


@dataclass(frozen=True)
class Checkpoint:
    """A ledger's size and root; `root` has 32 bytes."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def format(self) -> str:
        """The text of the note; refuses to write what `parse` would refuse or read otherwise."""
        rows = [self.origin, str(self.size), base64.b64encode(self.root).decode("ascii"), *self.extensions]
        text = "".join(row + "\n" for row in rows)
        if parse(text) != self:
            raise CallerError("checkpoint", "This cannot stand in a checkpoint.")
        return text


@dataclass(frozen=True)
class Verified:
    """A checkpoint that counts; `cosignatures` are (name, Unix seconds), the pinned and verified ones."""

    checkpoint: Checkpoint
    cosignatures: tuple[tuple[str, int], ...]

    @property
    def cosigned_at(self) -> int | None:
        """Unix seconds of the newest cosignature (spec/ledger.md §7), None where there is none."""
        return max((time for _, time in self.cosignatures), default=None)


def parse(text: str) -> Checkpoint:
    rows = text.split("\n")
    if len(rows) < 4 or rows.pop() != "" or not all(rows):
        raise CheckpointError("checkpoint", "A checkpoint has three lines or more, none of them empty.")
    origin, size_text, root_text, *extensions = rows
    if not _SIZE.fullmatch(size_text) or int(size_text) > MAX_SIZE:
        raise CheckpointError("checkpoint", "The size in the checkpoint is no size.")
    size, root = int(size_text), _root(root_text)
    if size == 0 and root != EMPTY_ROOT:
        raise CheckpointError("checkpoint", "An empty tree has another root.")
    return Checkpoint(origin, size, root, tuple(extensions))


def sign(checkpoint: Checkpoint, signer: NoteSigner) -> bytes:
    """The note. Before: tiles and numbers up to this size are durable. Never two that contradict."""
    if signer.name != checkpoint.origin:
        raise CallerError("origin", "A ledger's key bears its origin as name.")
    text = checkpoint.format()
    return Note(text, (signer.sign(text),)).format()


def open_checkpoint(
    data: bytes, ledger: NoteVerifier, cosigners: Sequence[CosignatureVerifier], quorum: int
) -> Verified:
    """The checkpoint in the note `data`, by the rules above; raises NoteError or CheckpointError."""
    check_policy(ledger, cosigners, quorum)
    note = Note.parse(data)
    by_key = {(cosigner.name, cosigner.key_id): cosigner for cosigner in cosigners}
    signatures = verify_note(note, [ledger, *cosigners])
    if all(signature.key in by_key for signature in signatures):
        raise NoteError("note-signature", "The checkpoint is not signed by the ledger.")
    checkpoint = parse(note.text)
    if checkpoint.origin != ledger.name:
        raise CheckpointError("origin", "The checkpoint is of another ledger.")
    cosignatures = tuple((s.name, timestamp(s.data)) for s in signatures if s.key in by_key)
    if len(cosignatures) < quorum:
        raise CheckpointError(
            "quorum",
            "The checkpoint has {have} cosignatures, {need} are needed.",
            have=len(cosignatures),
            need=quorum,
        )
    return Verified(checkpoint, cosignatures)


def check_policy(ledger: NoteVerifier, cosigners: Sequence[CosignatureVerifier], quorum: int) -> None:
    if not 0 <= quorum <= len(cosigners):
        raise CallerError("quorum", "The quorum is from 0 to the number of cosigners.")
    keys = [ledger.public_key, *(cosigner.public_key for cosigner in cosigners)]
    names = [cosigner.name for cosigner in cosigners]
    if len(set(keys)) != len(keys) or len(set(names)) != len(names):
        raise CallerError("cosigners", "Each cosigner has a name and a key of its own.")


def _root(text: str) -> bytes:
    try:
        root = unb64(text)
    except NoteError:
        root = b""
    if len(root) != HASH_SIZE:
        raise CheckpointError("checkpoint", "The root in the checkpoint is no root.")
    return root
