"""Cosigners and quorum for the ledger's pass: every registered peer, and the newest policy's number."""

from __future__ import annotations

from zhilu.server.ledger.services.terms import Terms
from zhilu.server.organisation.models import Peer, Policy
from zhilu.tlog.cosign import CosignatureVerifier


def terms() -> Terms:
    cosigners = tuple(CosignatureVerifier.from_vkey(peer.cosigner) for peer in Peer.objects.order_by("entry"))
    policy = Policy.objects.order_by("-version").first()
    # Before the first policy the founding entries wait for one cosigner: a checkpoint that nobody saw
    # proves nothing.
    return Terms(cosigners, policy.quorum if policy else 1)
