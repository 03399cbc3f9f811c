"""Events about other bureaus' servers (spec/federation.md §1)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Code, Hex, JsonList, JsonObject, Natural, Text


@event("bureau-joined/1", subject="bureau")
class BureauJoined:
    """Another bureau's server: this one follows and cosigns its ledger, and lets itself be followed and
    cosigned by it. Again: another address, other cosigners.
    """

    bureau: Code
    tier: Code
    ledger: Text
    cosigners: JsonList
    quorum: Natural
    jwk: JsonObject
    cosigner: Text
    url: Text
    authority: Text


@event("parting-asked/1", subject="bureau", by=("system-administrator",))
class PartingAsked:
    """A neighbour is to be followed no more and to read nothing more. `reason`: of `rules.PARTINGS`.
    Personal: text.
    """

    bureau: Code
    reason: Code


@event("bureau-parted/1", subject="bureau", by=("security-administrator",))
class BureauParted:
    """So be it: what was asked at entry `asked`."""

    bureau: Code
    asked: Natural


@event("neighbour-keys-set/1", subject="bureau")
class NeighbourKeysSet:
    """The own server's new keys towards its neighbours: `jwk` signs its requests, `cosigner` cosigns. They
    read it in this ledger, and nowhere else.
    """

    bureau: Code
    jwk: JsonObject
    cosigner: Text


@event("bureau-rekeyed/1", subject="bureau")
class BureauRekeyed:
    """A neighbour's new keys, as its own ledger says them at entry `index`."""

    bureau: Code
    index: Natural
    jwk: JsonObject
    cosigner: Text


@event("bureau-contradicted/1", subject="bureau")
class BureauContradicted:
    """What a neighbour signed or served contradicts what it signed before. `note`: SHA-256 of the newest
    one; `index`: of the first entry that is not as signed, where that can be said.
    """

    bureau: Code
    code: Code
    stored_size: Natural
    stored_root: Hex
    signed_size: Natural
    signed_root: Hex
    note: Hex
    index: Natural | None = None
