"""The trust document (spec/ledger.md §7): what a stranger must be given from outside the bureau."""

from __future__ import annotations

from datetime import datetime

from zhilu import strictjson
from zhilu.encoding import format_time
from zhilu.errors import CallerError
from zhilu.pki.authority import Authority
from zhilu.tlog.proof import LedgerKeys


def compose(authority: Authority, ledger: str, cosigners: list[str], quorum: int, now: datetime) -> bytes:
    """Bytes of `trust.json`; its SHA-256 is published. A wrong key would void all evidence: checked first."""
    if not 1 <= quorum <= len(cosigners):
        # Without a cosigner the bureau would vouch for itself alone.
        raise CallerError("quorum", "The quorum must be from 1 to the number of cosigners.")
    keys = LedgerKeys.from_vkeys(ledger, cosigners, quorum)
    if keys.origin != f"{authority.bureau}.{authority.domain}/ledger":
        raise CallerError(
            "origin", "The ledger's key is of {origin}, not of this bureau.", origin=keys.origin
        )
    return strictjson.dumps(
        {
            "type": "zhilu-trust/1",
            "bureau": authority.bureau,
            "name": {"zh": authority.name_zh, "en": authority.name_en},
            "issued": format_time(now),
            "roots": [(authority.folder / "root.pem").read_text()],
            "ledger": ledger,
            "cosigners": cosigners,
            "quorum": quorum,
            "revoked": authority.revoked(),
        }
    )
