"""What a monitor keeps, in one folder: `seen.json`, replaced whole, with the newest note that was proved to
extend all before, and the tree under it as far as it was read; and what contradicted, which nothing here ever
removes or writes over.

    seen.json                          {"origin", "key", "note", "frontier"}
    contradictions/<time>-<code>/      seen.note, signed.note, proof.json

Whoever loses `seen.json` begins anew with what the ledger then shows; so that nobody does so unawares, the
first time is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from zhilu import durable, locks, strictjson
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.monitor.look import Seen, Verdict
from zhilu.tlog.frontier import Frontier
from zhilu.tlog.proof import LedgerKeys

SEEN, CONTRADICTIONS = "seen.json", "contradictions"
MAX_SEEN = 2**20


@dataclass(frozen=True)
class State:
    """One at a time holds it (`held`)."""

    folder: Path
    keys: LedgerKeys

    def load(self) -> Seen | None:
        """None before the first time. Refused: the state of another ledger or key, or one that is damaged."""
        try:
            data = (self.folder / SEEN).read_bytes()
        except FileNotFoundError:
            return None
        shape = {"origin": str, "key": str, "note": str, "frontier": dict}
        try:
            got = strictjson.fields(strictjson.loads_object(data, MAX_SEEN), shape)
            seen = Seen(got["note"].encode(), Frontier.from_json(got["frontier"]))
        except DataError:
            raise DataError("monitor-state", "{path} is damaged.", path=self.folder / SEEN) from None
        if (got["origin"], got["key"]) != (self.keys.origin, self._key):
            raise CallerError("monitor-other", "{folder} follows another ledger or key.", folder=self.folder)
        # Whose cosignatures count may have changed since.
        signed, read = seen.signed, seen.frontier
        if read.size > signed.size or (read.size == signed.size and read.root() != signed.root):
            raise DataError("monitor-state", "{path} is damaged.", path=self.folder / SEEN)
        return seen

    def save(self, seen: Seen) -> None:
        said = {"origin": self.keys.origin, "key": self._key, "note": seen.note.decode()}
        body = strictjson.dumps({**said, "frontier": seen.frontier.to_json()})
        durable.replace(self.folder / SEEN, body, 0o644)

    def keep(self, verdict: Verdict, note: bytes, at: datetime) -> Path:
        """The folder of what contradicts; of the same two notes there is one."""
        kept = self.folder / CONTRADICTIONS
        for one in sorted(kept.glob(f"*-{verdict.code}")):
            if _bytes(one / "signed.note") == note and _bytes(one / "seen.note") == verdict.seen.note:
                return one
        kept.mkdir(exist_ok=True)
        folder = kept / f"{at.astimezone(UTC):%Y%m%dT%H%M%S%f}Z-{verdict.code}"
        with durable.new_folder(folder) as draft:
            (draft / "seen.note").write_bytes(verdict.seen.note)
            (draft / "signed.note").write_bytes(note)
            (draft / "proof.json").write_bytes(strictjson.dumps([one.hex() for one in verdict.proof]))
        return folder

    def contradictions(self) -> list[Path]:
        return sorted((self.folder / CONTRADICTIONS).glob("[0-9]*"))

    @property
    def _key(self) -> str:
        return self.keys.ledger.public_key.hex()


@contextmanager
def held(folder: Path, keys: LedgerKeys) -> Iterator[State]:
    """The folder is made where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("w")
    except OSError as error:
        raise WorldError(
            "write", "{path} cannot be written: {detail}", path=folder, detail=error.strerror
        ) from None
    with file:
        if not locks.take(file):
            raise CallerError("monitor-runs", "Another monitor uses {folder}.", folder=folder)
        yield State(folder, keys)


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
