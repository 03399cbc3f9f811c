"""What the ledger told this recorder: policy, assignment, binding; and the checkpoint that it believes.

Rules (spec/docking.md §5, spec/envelopes.md §2):
- Entries come with the proof of a receipt, all under one checkpoint that extends the newest one verified.
- All are checked before one is taken. Those of other recorders are refused; those that are not newer than
  what is held, or than one before them in the same body, are passed over.
- On disk: the checkpoint first, then `adopted.json`, then the logbook's line; only then the entry is used.
  A crash between them is made good at the next start by the same path.
- `adopted.json` is believed at no start: each entry is proved again under the keys that the signed
  `enrolled` line pins, and is the one that the logbook names last. Whoever can write the store cannot make
  himself a recipient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhilu.durable import replace
from zhilu.encoding import sha256
from zhilu.errors import CallerError, DataError
from zhilu.protocols.docking_handover import Duty
from zhilu.protocols.docking_messages import ENTRY_KINDS, EntriesRequest
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import Logbook
from zhilu.sealed import shapes
from zhilu.sealed.envelopes import Policy
from zhilu.sealed.receipts import check_extends
from zhilu.strictjson import dumps, loads_object
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.merkle import leaf_hash
from zhilu.tlog.proof import LedgerKeys, ProvedEntry, VerifiedEntry, verify_entry

POLICY, ASSIGNED = "policy-set/1", "recorder-assigned/1"
MAX_ADOPTED = 4 * 2**20


@dataclass(frozen=True)
class Taken:
    """A held entry: proof as it came, and what it says."""

    proof: ProvedEntry
    entry: VerifiedEntry

    @property
    def hash(self) -> str:
        return leaf_hash(self.proof.leaf).hex()


class Adopted:
    def __init__(self, home: Home, logbook: Logbook) -> None:
        """Loads and proves what is held; the logbook must have its `enrolled` line."""
        self._home = home
        self._logbook = logbook
        self.keys = pinned_keys(logbook)
        self.note: bytes | None = None
        self.checkpoint: Checkpoint | None = None
        self._held: dict[str, Taken] = {}
        self._load()

    @property
    def bureau(self) -> str:
        """The ledger's origin is `<bureau>.<domain>/ledger`."""
        return self.keys.origin.split(".")[0]

    @property
    def policy(self) -> Policy | None:
        held = self._held.get(POLICY)
        return Policy.from_core(held.entry.core) if held else None

    @property
    def duty(self) -> Duty | None:
        held = self._held.get(ASSIGNED)
        return Duty.from_core(held.entry.core) if held else None

    @property
    def note_hash(self) -> str | None:
        return sha256(self.note).hex() if self.note else None

    def take(self, request: EntriesRequest) -> int:
        """Check all, store, log; how many were new. Raises DataError with a code of spec/ledger.md §5."""
        offered = self.keys.open(request.checkpoint).checkpoint
        check_extends(self.checkpoint, offered, list(request.consistency))
        taken = [self._check(proof) for proof in request.entries]
        self.believe(request.checkpoint, offered)
        newer = []
        for one in sorted(taken, key=lambda one: one.entry.index):
            if self._is_newer(one):
                self._held[one.entry.leaf["kind"]] = one
                newer.append(one)
        self._store()
        for one in newer:
            self._log(one)
        return len(newer)

    def believe(self, note: bytes, checkpoint: Checkpoint) -> None:
        """From here on nothing older is believed; durable when this returns."""
        replace(self._home.file("checkpoint"), note)
        self.note, self.checkpoint = note, checkpoint

    def _check(self, proof: ProvedEntry) -> Taken:
        return check_entry(proof, self.keys, self._logbook.signer.kid)

    def _is_newer(self, one: Taken) -> bool:
        held = self._held.get(one.entry.leaf["kind"])
        return held is None or one.entry.index > held.entry.index

    def _log(self, one: Taken) -> None:
        kind, core = one.entry.leaf["kind"], one.entry.core
        fields: dict[str, Any] = {"entry": one.hash, "index": one.entry.index}
        if kind == ASSIGNED:
            names = ("officer", "station", "bay", "drill")
            self._logbook.write("assigned", **fields, **{name: core[name] for name in names})
        else:
            self._logbook.write("trust-changed", **fields, kind=kind, version=core.get("version", 1))

    def _store(self) -> None:
        held = [one.proof.to_json() for one in self._held.values()]
        replace(self._home.file("adopted.json"), dumps({"entries": held}))

    def _load(self) -> None:
        note = self._home.file("checkpoint")
        if note.exists():
            self.note = note.read_bytes()
            self.checkpoint = self.keys.open(self.note).checkpoint
        file = self._home.file("adopted.json")
        if file.exists():
            for value in loads_object(file.read_bytes(), MAX_ADOPTED).get("entries", []):
                one = self._check(ProvedEntry.from_json(value))
                self._held[one.entry.leaf["kind"]] = one
        for kind in ENTRY_KINDS:
            self._agree_with_logbook(kind)

    def settle(self) -> None:
        """Log what a power cut left unlogged between file and line."""
        for kind, held in self._held.items():
            logged = self._logged(kind)
            if logged is None or held.entry.index > logged["index"]:
                self._log(held)

    def _agree_with_logbook(self, kind: str) -> None:
        logged, held = self._logged(kind), self._held.get(kind)
        if logged is None or (held is not None and held.entry.index > logged["index"]):
            return
        if held is None or held.hash != logged["entry"]:
            raise DataError(
                "adopted", "The held entry {kind} is not the one that the logbook names.", kind=kind
            )

    def _logged(self, kind: str) -> dict[str, Any] | None:
        return self._logbook.newest.get("assigned" if kind == ASSIGNED else kind)


def check_entry(proof: ProvedEntry, keys: LedgerKeys, kid: str) -> Taken:
    """An entry that this recorder may take; what could not be used must not replace what can."""
    entry = verify_entry(proof, keys)
    kind = entry.leaf["kind"]
    if kind not in ENTRY_KINDS:
        raise DataError("kind", "A recorder does not take entries of the kind {kind}.", kind=kind)
    if kind != POLICY and entry.core.get("recorder") != kid:
        raise DataError("recorder", "The entry concerns another recorder.")
    # What of it goes into the logbook has the form that readers take: a line is durable before it is read.
    if kind == ASSIGNED:
        shapes.identifier(entry.core, "officer")
    if kind != POLICY:
        shapes.number(entry.core, "bay")
    if "version" in entry.core:
        shapes.number(entry.core, "version")
    (Policy if kind == POLICY else Duty if kind == ASSIGNED else _Bound).from_core(entry.core)
    return Taken(proof, entry)


class _Bound:
    """`recorder-bound/1`: logged, so that readers see it; the handover is judged by the assignment."""

    @staticmethod
    def from_core(core: dict[str, Any]) -> None:
        if not isinstance(core.get("station"), str) or not isinstance(core.get("bay"), int):
            raise DataError(
                "field", "The field {name} is missing or has the wrong form.", name="station or bay"
            )


def pinned_keys(logbook: Logbook) -> LedgerKeys:
    """Whose ledger counts, by the signed first line of the logbook."""
    enrolled = logbook.reader.enrolled
    if enrolled is None:
        raise CallerError(
            "not-adopted", "This recorder has not been adopted by a bureau (`zhilu recorder adopt`)."
        )
    return LedgerKeys.from_vkeys(enrolled.ledger, enrolled.cosigners, enrolled.quorum)
