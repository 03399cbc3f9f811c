"""One pass over one neighbour: spec/federation.md §3, step by step. Checks of a checkpoint are
`tlog.witness`'s, those of the entries `protocols.federation`'s and `tlog.following`'s.

A crash or a refusal anywhere leaves whole stages. The cosignature leaves when all of it is durable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from zhilu.encoding import parse_time
from zhilu.errors import DataError
from zhilu.protocols import federation
from zhilu.protocols.federation import Checked, Neighbour
from zhilu.server.federation.services import dates, mirror
from zhilu.server.federation.services.giving import MOST_AT_ONCE, REFUSED, Giver
from zhilu.server.federation.services.source import Source
from zhilu.server.ledger.services import dating, tree
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog import merkle
from zhilu.tlog.checkpoint import Checkpoint, Verified
from zhilu.tlog.cosign import CosignatureSigner
from zhilu.tlog.following import Reading, check_size
from zhilu.tlog.frontier import Frontier
from zhilu.tlog.note import Note
from zhilu.tlog.tiles import TileReader
from zhilu.tlog.witness import Witness, add_checkpoint_request


@dataclass
class Seen:
    """What a pass has come by, also where it ends in an error: for the page, and for the evidence."""

    note: bytes = b""
    stored_note: bytes = b""
    stored: tuple[int, bytes] = (0, merkle.EMPTY_ROOT)
    signed: Checkpoint | None = None
    proof: list[bytes] = field(default_factory=list)
    index: int | None = None
    cosigned: int = 0
    ahead: int = 0
    back: int = 0
    """Entries that are provably dated back."""
    noted: bytes = b""
    """The newest note that extended what was stored, followed to its end or not."""
    against: bytes = b""
    """The note that is contradicted, where it is not the newest stored one."""


class Pass:
    """`unix_time`: of the follower's clock, in seconds. `progress` after each stage that others follow."""

    def __init__(
        self,
        neighbour: Neighbour,
        source: Source,
        signer: CosignatureSigner,
        unix_time: int,
        stage: int = federation.STAGE,
        progress: Callable[[], None] = lambda: None,
    ) -> None:
        self._neighbour, self._source, self._unix_time, self._stage = neighbour, source, unix_time, stage
        self._keys, self._progress, self._giver = neighbour.keys, progress, Giver(neighbour.bureau)
        self._witness = Witness(signer, {self._keys.origin: [self._keys.ledger]})
        self.seen = Seen()

    def run(self, cosigned: int = 0, remembered: bytes = b"", noted: bytes = b"") -> None:
        """Everything but applying. `cosigned`: the size up to which the neighbour has our cosignature.
        `remembered`: the newest note that was ever stored, also where the mirror was lost since; `noted`: the
        newest one that was seen.
        """
        seen = self.seen
        seen.cosigned, seen.noted = cosigned, noted
        with mirror.of(self._neighbour.bureau):
            known, seen.stored_note, _ = mirror.known()
        seen.stored = known.size, known.root()
        if remembered:
            before = checkpoints.parse(Note.parse(remembered).text)
            if before.size > known.size:
                seen.stored, seen.stored_note = (before.size, before.root), remembered
        said = self._newest()
        if said is None:
            return
        line = self._witnessed(said.checkpoint)
        if said.checkpoint.size > known.size:
            self._read(known, said)
        if said.checkpoint.size > cosigned:
            self._give(said.checkpoint.size, line)

    def _give(self, newest: int, line: bytes) -> None:
        """What waits before the newest too, in order."""
        for _ in range(MOST_AT_ONCE):
            size, kept = self._giver.next(newest, line, self.seen.cosigned)
            try:
                # It may have lost some of ours; that it has more is no word to repeat.
                self.seen.cosigned = min(self._source.cosign(size, kept), newest)
            except DataError as error:
                if error.code != REFUSED:
                    raise
                self._giver.refused(size)
                if size == newest:
                    raise
                continue
            self._giver.acknowledged(self.seen.cosigned)
            if size == newest or self.seen.cosigned < size:
                return

    def _newest(self) -> Verified | None:
        """None before the first checkpoint."""
        seen = self.seen
        try:
            seen.note = self._source.checkpoint()
        except LookupError:
            if seen.stored[0]:
                raise DataError("rollback", "The neighbour has no checkpoint any more.") from None
            return None
        said = self._keys.open(seen.note)
        check_size(said.checkpoint)
        seen.signed = said.checkpoint
        if said.checkpoint.size < seen.stored[0]:
            raise self._smaller(said.checkpoint)
        self._check_noted(said.checkpoint)
        return said

    def _smaller(self, signed: Checkpoint) -> DataError:
        """An old note that is true says nothing: it may be replayed on the way. Another root is a fork."""
        with mirror.of(self._neighbour.bureau):
            known, _, _ = mirror.known()
            is_other = signed.size <= known.size and tree.root(signed.size) != signed.root
        if is_other:
            return DataError("fork", "Another tree of {size} was signed before.", size=signed.size)
        return DataError("rollback", "The ledger was set back to {size}.", size=signed.size)

    def _check_noted(self, signed: Checkpoint) -> None:
        """Against the note that was seen last, also where it was not followed to its end."""
        seen = self.seen
        noted = checkpoints.parse(Note.parse(seen.noted).text) if seen.noted else None
        if noted is None or noted.size > signed.size or noted.size <= seen.stored[0]:
            return  # a smaller one is held against it when a larger one comes
        seen.proof = self._path(noted.size, signed.size)
        try:
            merkle.verify_consistency(noted.size, noted.root, signed.size, signed.root, seen.proof)
        except merkle.ProofError:
            seen.against = seen.noted
            code = "fork" if noted.size == signed.size else "consistency"
            raise DataError(code, "The checkpoint does not extend the one that was seen before.") from None

    def _witnessed(self, signed: Checkpoint) -> bytes:
        """The cosignature's line; it must not leave before what it says is durable."""
        stored = self.seen.stored
        self.seen.proof = self._path(stored[0], signed.size)
        request = add_checkpoint_request(stored[0], self.seen.proof, self.seen.note)
        outcome = self._witness.add_checkpoint(request, stored if stored[0] else None, self._unix_time)
        if outcome.state is None:
            raise DataError(outcome.code, "The checkpoint does not extend what was stored.")
        if not self.seen.noted or checkpoints.parse(Note.parse(self.seen.noted).text).size < signed.size:
            self.seen.noted = self.seen.note
        return outcome.body

    def _path(self, old: int, new: int) -> list[bytes]:
        try:
            return merkle.consistency_path(old, new, self._tiles(new))
        except LookupError:
            raise DataError("tile", "The neighbour does not serve its tiles.") from None

    def _tiles(self, size: int) -> TileReader:
        return TileReader(self._source.tile, size)

    def _read(self, known: Frontier, said: Verified) -> None:
        while known.size < said.checkpoint.size:
            before = dates.newest(self._neighbour.bureau, known.size)
            reading = Reading(known, said.checkpoint)
            entries = self._fetch(reading)
            path = [] if reading.is_whole else self._path(reading.size, said.checkpoint.size)
            try:
                reading.check(path)
            except DataError:
                self.seen.index = self._first_other(known.size, entries)
                raise
            with mirror.of(self._neighbour.bureau):
                mirror.store(known.size, entries, reading.frontier, self.seen.note, said)
            self.seen.ahead += sum(map(self._is_ahead, entries))
            self.seen.back += sum(dating.is_back(parse_time(one.said["at"]), before) for one in entries)
            known = reading.frontier
            if not reading.is_whole:
                self._progress()
        self.seen.stored, self.seen.stored_note = (known.size, known.root()), self.seen.note

    def _fetch(self, reading: Reading) -> list[Checked]:
        """The entries of a stage."""
        found: list[Checked] = []
        end = min(reading.checkpoint.size, reading.size + self._stage)
        weight = 0
        while reading.size < end and weight < federation.STAGE_BYTES:
            count = min(federation.MAX_COUNT, end - reading.size)
            data = self._source.entries(reading.size, count)
            weight += len(data)
            served = federation.decode_batch(data, count)
            if not served:
                other = self._first_other(reading.size - len(found), found)
                self.seen.index = reading.size if other is None else other
                raise DataError("entries-missing", "Entry {index} is not served.", index=reading.size)
            for one in served:
                self.seen.index = reading.size
                found.append(federation.check_entry(one, self._neighbour.bureau))
                reading.take(one.leaf)
        self.seen.index = None
        return found

    def _first_other(self, start: int, entries: Sequence[Checked]) -> int | None:
        """The first entry that is not the one in the neighbour's own tiles."""
        assert self.seen.signed is not None
        tiles = self._tiles(self.seen.signed.size)
        try:
            for index, one in enumerate(entries, start):
                if tiles.read(0, index) != merkle.leaf_hash(one.served.leaf):
                    return index
        except (LookupError, DataError):
            pass  # whoever hides his tiles too is not helped to a better word
        return None

    def _is_ahead(self, one: Checked) -> bool:
        return parse_time(one.said["at"]).timestamp() > self._unix_time + federation.AHEAD_S
