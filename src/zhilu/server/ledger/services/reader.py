"""The stored entries against what was published, one after another (spec/ledger.md §4).

1. Entries count from 0 without a hole; each leaf says what the columns beside it say, and covers its
   payloads.
2. The tree over the leaves themselves has the root of every published checkpoint, and the ledger's key
   signed each: who has the database alone makes no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

from zhilu.encoding import format_time
from zhilu.errors import ZhiluError, plain
from zhilu.server.ledger.models import Checkpoint, Entry
from zhilu.server.ledger.services import publish
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.frontier import Frontier
from zhilu.tlog.merkle import leaf_hash
from zhilu.tlog.note import Note, NoteVerifier, verify_note
from zhilu.tlog.proof import SALT_SIZE, parse_leaf, payload_digest


@dataclass(frozen=True)
class Finding:
    """Where, and what is wrong. `is_of_log`: in the access log, on which no entry rests. Printed as `line`:
    names and keys may be what somebody else wrote."""

    place: str
    code: str
    is_of_log: bool = False

    @property
    def line(self) -> str:
        return plain(f"{self.place}: {self.code}")


class Reader:
    """Takes the entries in order, checks each, and hashes it up to every published checkpoint."""

    def __init__(self, alias: str, key: NoteVerifier | None = None) -> None:
        """`key`: of a mirrored ledger; by default this home's own."""
        self.count = 0
        self._tree = Frontier()
        self._published = Checkpoint.objects.using(alias).order_by("size").iterator(500)
        self._next = next(self._published, None)
        self._key = key or publish.load_signer(settings.ZHILU).verifier

    def take(self, entry: Entry) -> Iterator[Finding]:
        place = f"entry {entry.index}"
        if entry.index != self.count:
            yield Finding(place, "hole")
        self.count = entry.index + 1
        yield from (Finding(place, code) for code in check_entry(entry))
        leaf = entry.leaf.encode() if isinstance(entry.leaf, str) else bytes(entry.leaf)
        self._tree.append(leaf_hash(leaf))
        while self._next is not None and self._next.size <= self._tree.size:
            if self._next.size == self._tree.size:
                yield from self._compare_root(self._next.note)
            self._next = next(self._published, None)

    def finish(self) -> Iterator[Finding]:
        while self._next is not None:
            yield Finding(f"checkpoint {self._next.size}", "beyond the entries")
            self._next = next(self._published, None)

    def _compare_root(self, data: bytes | memoryview) -> Iterator[Finding]:
        place = f"checkpoint {self._tree.size}"
        try:
            note = Note.parse(bytes(data))
            verify_note(note, [self._key])
            said = checkpoints.parse(note.text)
        except (ZhiluError, TypeError):
            yield Finding(place, "note")
            return
        if (said.size, said.root) != (self._tree.size, self._tree.root()):
            yield Finding(place, "root")


def check_entry(entry: Entry) -> Iterator[str]:
    """Codes of what is wrong with a stored entry in itself."""
    try:
        leaf = parse_leaf(bytes(entry.leaf))
    except (ZhiluError, TypeError):  # SQLite lets a tamperer put a text where bytes belong
        yield "leaf"
        return
    columns = (entry.kind, format_time(entry.at), entry.actor, entry.subject)
    if columns != (leaf["kind"], leaf["at"], leaf["actor"], leaf["subject"]):
        yield "columns"
    if _differs(entry.core_salt, entry.core, leaf["core"]):
        yield "core"
    if (entry.personal is None) != (leaf["personal"] is None):
        yield "personal-missing"
    elif entry.personal is not None and _differs(entry.personal_salt, entry.personal, leaf["personal"]):
        yield "personal"


def _differs(salt: object, data: object, digest: str) -> bool:
    """Also where salt or payload have a form that no server wrote."""
    if not isinstance(salt, (bytes, memoryview)) or not isinstance(data, (bytes, memoryview)):
        return True
    return len(salt) != SALT_SIZE or payload_digest(bytes(salt), bytes(data)).hex() != digest
