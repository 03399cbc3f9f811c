"""New keys between neighbours (ADR 0025): each says its own in its own ledger, and who follows that ledger
takes them from there. So whoever stole `neighbour.key` or `mirror.key` can replace neither: that wants the
ledger's key and its keyholder. Between the entry and the neighbour's next pass requests are refused
(`keyid`).

The own side, each step whole:

1. new keys are made beside the old ones (`….new`): durable
2. `neighbour-keys-set/1` is entered
3. the new ones take the place of the old ones

A crash after 1 or 2: the command again goes on with the keys that lie there.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from zhilu.durable import create, sync_folder
from zhilu.errors import DataError
from zhilu.pki.certificates import key_pem
from zhilu.server.config import Config
from zhilu.server.federation import own_keys
from zhilu.server.federation.events import BureauRekeyed, NeighbourKeysSet
from zhilu.server.federation.models import Joined, NeighbourKeys
from zhilu.server.federation.services import mirror
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import commit

log = logging.getLogger("zhilu.federation")
NEW = ".new"
AGAIN = timedelta(hours=1)
_refused: dict[str, int] = {}
"""Which keys of whom were refused: said once, not at each pass."""


def renew(config: Config) -> int:
    """The number of the entry that says the new keys."""
    requests, cosigner = (Path(f"{path}{NEW}") for path in (config.neighbour_key, config.mirror_key))
    if not requests.exists():
        create(requests, key_pem(generate_private_key(SECP256R1())))
    if not cosigner.exists():
        create(cosigner, key_pem(Ed25519PrivateKey.generate()))
    event = NeighbourKeysSet(
        bureau=config.bureau,
        jwk=own_keys.requests_of(requests).jwk,
        cosigner=own_keys.cosigner_of(config, cosigner).vkey,
    )
    said = NeighbourKeys.objects.filter(bureau=config.bureau).first()
    if said and (said.jwk, said.cosigner) == (event.jwk, event.cosigner):
        index = said.entry
    else:
        index = commit(event, config.bureau).index
    requests.rename(config.neighbour_key)
    cosigner.rename(config.mirror_key)
    sync_folder(config.home)
    return index


def said_by(bureau: str) -> BureauRekeyed | None:
    """What the mirrored ledger of this neighbour says of its keys, as far as it is applied."""
    with mirror.of(bureau):
        said = NeighbourKeys.objects.filter(bureau=bureau).first()
    if said is None:
        return None
    return BureauRekeyed(bureau=bureau, index=said.entry, jwk=said.jwk, cosigner=said.cosigner)


def after_pass(joined: Joined) -> None:
    """At the end of a good pass, when all that was published is applied. Once an hour a neighbour: each is an
    entry here, which all who follow this ledger keep for good.
    """
    bureau, said = joined.bureau, said_by(joined.bureau)
    if said is None or (said.jwk, said.cosigner) == (joined.jwk, joined.cosigner):
        return
    before = Entry.objects.filter(subject=bureau, kind="bureau-rekeyed/1", at__gt=now() - AGAIN)
    if before.exists():
        return
    try:
        commit(said, settings.ZHILU.bureau)
    except DataError as error:  # keys that are none, or another's: those that it has go on
        if _refused.get(bureau) != said.index:
            log.warning("%s: its new keys are not taken: %s", bureau, error)
        _refused[bureau] = said.index
