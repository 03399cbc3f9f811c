"""The evidence file of a recording, `receipt.json` (spec/ledger.md §7): what the ledger says of it.

Three proved entries: the receipt, and the recorder's enrolment and the policy, both under the checkpoint that
the recorder itself named at its last `boot` before the recording. So a device key counts only if the ledger
held it before the recording began, and the cosignatures put the recording between two points of time:

    not before = newest cosignature of the enrolment's checkpoint
    not after  = newest cosignature of the receipt's checkpoint

whatever the recorder's clock said. Revocation is judged there, not today.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from zhilu.encoding import sha256
from zhilu.errors import DataError
from zhilu.sealed.keys import load_jwk, thumbprint
from zhilu.sealed.policy import Policy
from zhilu.sealed.receipts import STORED, Closed, read_unverified, stored_facts
from zhilu.sealed.report import Place, Report
from zhilu.sealed.trust import Trust
from zhilu.strictjson import fields, loads_object
from zhilu.tlog.proof import ProvedEntry, VerifiedEntry, verify_entry

FILE = "receipt.json"
ENROLLED = "recorder-enrolled/1"
POLICY = "policy-set/1"
MAX_EVIDENCE = 2**20
"""Bytes: three entries at their limits are less. JSON of this size is at most 25 MB of objects."""
_KINDS = {"receipt": STORED, "enrolled": ENROLLED, "policy": POLICY}

T = TypeVar("T")
Make = Callable[[dict[str, ProvedEntry], dict[str, VerifiedEntry]], T]


@dataclass(frozen=True)
class Evidence:
    """Entries that hold. Verified by the trust document's keys if one was given, else by nobody's."""

    receipt: VerifiedEntry
    enrolled: VerifiedEntry
    jwk: dict[str, str]
    kid: str
    policy: Policy
    stored: Closed
    recorder: str
    checkpoint: bytes
    """SHA-256 of the note under which `enrolled` and `policy` are proved; empty where they are under two."""

    @property
    def not_before(self) -> datetime | None:
        return _time(self.enrolled.cosigned_at)

    @property
    def not_after(self) -> datetime | None:
        return _time(self.receipt.cosigned_at)


def read_evidence(data: bytes, trust: Trust | None, report: Report) -> Evidence | None:
    """As `read_entries`, of a capture."""
    return read_entries(data, _KINDS, trust, report, _evidence)


def read_entries(
    data: bytes, kinds: Mapping[str, str], trust: Trust | None, report: Report, make: Make[T]
) -> T | None:
    """What `make` makes of the file's entries, each by its name and of its kind; None where one is refused:
    the report then says which and why.
    """
    name = ""
    try:
        document = fields(loads_object(data, MAX_EVIDENCE), dict.fromkeys(kinds, dict))
        proved, verified = {}, {}
        for name, kind in kinds.items():
            proved[name] = ProvedEntry.from_json(document[name])
            verified[name] = (
                verify_entry(proved[name], trust.keys, kind) if trust else read_unverified(proved[name], kind)
            )
        name = ""
        return make(proved, verified)
    except DataError as error:
        report.add("receipt", error.code, Place(f"{FILE}: {name}" if name else FILE), error.fields)
        return None


def judge_revocation(
    kid: str, before: datetime | None, after: datetime | None, trust: Trust, report: Report
) -> None:
    """`revoked` before the bracket, `revoked-within` where nobody can tell. None: open on that side."""
    revoked = trust.revocation(kid)
    if revoked is None:
        return
    if after is not None and revoked.since > after:
        return
    within = before is not None and revoked.since > before
    detail = f"kid={kid} since={revoked.since.isoformat()} reason={revoked.reason}"
    report.add("trust", "revoked-within" if within else "revoked", Place("trust.json"), detail)


def _evidence(proved: dict[str, ProvedEntry], verified: dict[str, VerifiedEntry]) -> Evidence:
    core = fields(verified["enrolled"].core, {"recorder": str, "jwk": dict})
    kid = thumbprint(load_jwk(core["jwk"]))
    if kid != core["recorder"]:
        raise DataError("enrolled-key", "The ledger enrolled a key under another name.", kid=kid)
    stored, recorder = stored_facts(verified["receipt"].core)
    notes = {proved[name].checkpoint for name in ("enrolled", "policy")}
    return Evidence(
        receipt=verified["receipt"],
        enrolled=verified["enrolled"],
        jwk=core["jwk"],
        kid=kid,
        policy=Policy.from_core(verified["policy"].core),
        stored=stored,
        recorder=recorder,
        checkpoint=sha256(notes.pop()) if len(notes) == 1 else b"",
    )


def _time(unix_s: int | None) -> datetime | None:
    return None if unix_s is None else datetime.fromtimestamp(unix_s, UTC)
