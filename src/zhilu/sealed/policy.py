"""Who may hold the keys of a recording: `policy-set/1` of the ledger (spec/envelopes.md §2, ledger.md §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.errors import DataError
from zhilu.sealed.keys import load_jwk, thumbprint
from zhilu.strictjson import FieldError, fields

SHARES = {"county": 1, "county+city": 2}
OFFICER_CHECKS = ("key", "fprintd", "fprintd+key")

_CORE = {
    "version": int,
    "sharing": str,
    "shares": list,
    "text_key": dict,
    "officer_check_least": str,
    "quorum": int,
    "copies": int,
}


@dataclass(frozen=True)
class Holders:
    """The two keys to which one share is sealed, in this order."""

    keyholder: EllipticCurvePublicKey
    escrow: EllipticCurvePublicKey


@dataclass(frozen=True)
class Policy:
    """One version of the bureau's policy. `quorum` counts cosignatures, `copies` durable copies of media."""

    version: int
    sharing: str
    shares: tuple[Holders, ...]
    text_key: EllipticCurvePublicKey
    officer_check_least: str
    quorum: int
    copies: int

    @classmethod
    def from_core(cls, core: dict[str, Any]) -> Policy:
        """Refuses with `field` or `jwk`."""
        got = fields(core, _CORE)
        if got["sharing"] not in SHARES or len(got["shares"]) != SHARES[got["sharing"]]:
            raise FieldError("sharing")
        if got["officer_check_least"] not in OFFICER_CHECKS:
            raise FieldError("officer_check_least")
        for name in ("version", "quorum", "copies"):
            if got[name] < 0:
                raise FieldError(name)
        got["shares"] = tuple(_holders(share) for share in got["shares"])
        got["text_key"] = load_jwk(got["text_key"])
        return cls(**got)

    def recipients(self) -> list[list[str]]:
        """For each share the thumbprints to which it is sealed, in order."""
        return [[thumbprint(share.keyholder), thumbprint(share.escrow)] for share in self.shares]


def check_recipients(open_line: dict[str, Any], policy: Policy) -> None:
    """Refuses (`recipients`) an `open` line sealed to others than the policy's, order included."""
    named = [[envelope["to"] for envelope in share["envelopes"]] for share in open_line["shares"]]
    if (
        open_line["policy"] != policy.version
        or named != policy.recipients()
        or open_line["text"]["to"] != thumbprint(policy.text_key)
    ):
        raise DataError("recipients", "The recording is sealed to others than the policy names.")


def _holders(share: object) -> Holders:
    pair = fields(share, {"keyholder": dict, "escrow": dict})
    return Holders(load_jwk(pair["keyholder"]), load_jwk(pair["escrow"]))
