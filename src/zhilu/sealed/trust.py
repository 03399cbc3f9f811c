"""The trust document (spec/ledger.md §7): whose ledger, whose cosignatures, which devices were revoked.

It must reach whoever verifies from outside the bureau. Nothing that comes with the evidence takes its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhilu.encoding import parse_time, sha256
from zhilu.errors import CallerError, DataError
from zhilu.sealed import shapes
from zhilu.strictjson import FieldError, fields, loads_object
from zhilu.tlog.proof import LedgerKeys

TYPE = "zhilu-trust/1"
MAX_TRUST = 2**20

_FIELDS = {
    "type": str,
    "bureau": str,
    "name": dict,
    "issued": str,
    "roots": list,
    "ledger": str,
    "cosigners": list,
    "quorum": int,
    "revoked": list,
}


@dataclass(frozen=True)
class Revoked:
    kid: str
    since: datetime
    reason: str


@dataclass(frozen=True)
class Trust:
    """What a stranger pins. `digest` is what is to be compared with the published one."""

    bureau: str
    name: dict[str, Any]
    issued: datetime
    roots: tuple[str, ...]
    keys: LedgerKeys
    revoked: tuple[Revoked, ...]
    digest: bytes

    @classmethod
    def loads(cls, data: bytes) -> Trust:
        """Refuses with `trust`, `json`, `field`, or the code of a vkey that is none."""
        got = fields(loads_object(data, MAX_TRUST), _FIELDS)
        if got["type"] != TYPE:
            raise DataError("trust", "This is not a trust document of the kind {kind}.", kind=TYPE)
        if not all(isinstance(item, str) for name in ("roots", "cosigners") for item in got[name]):
            raise FieldError("roots or cosigners")
        if got["quorum"] < 1:
            # Without a cosigner the bureau vouches for itself alone.
            raise FieldError("quorum")
        return cls(
            bureau=got["bureau"],
            name=got["name"],
            issued=shapes.read(got, "issued", parse_time),
            roots=tuple(got["roots"]),
            keys=_keys(got),
            revoked=tuple(_revoked(item) for item in got["revoked"]),
            digest=sha256(data),
        )

    def revocation(self, kid: str) -> Revoked | None:
        """The earliest revocation of this key."""
        return min(
            (item for item in self.revoked if item.kid == kid), key=lambda item: item.since, default=None
        )


def _keys(got: dict[str, Any]) -> LedgerKeys:
    try:
        return LedgerKeys.from_vkeys(got["ledger"], got["cosigners"], got["quorum"])
    except CallerError as error:
        raise DataError(error.code, error.hint, **error.fields) from None


def _revoked(item: object) -> Revoked:
    got = fields(item, {"kid": str, "since": str, "reason": str})
    return Revoked(got["kid"], shapes.read(got, "since", parse_time), got["reason"])
