"""A county's entries that take over those of its city, as a county's server would have made them."""

from __future__ import annotations

from typing import Any

from support.neighbour import Ledger
from zhilu.encoding import b64u
from zhilu.protocols import adopted
from zhilu.protocols.federation import Served
from zhilu.server.ledger.models import Entry


def take_over(county: Ledger, one: Entry | Served, index: int | None = None) -> None:
    """A row of the city's ledger, or an entry as it is served, with the index that it has there."""
    if isinstance(one, Entry):
        index = one.index if index is None else index
        parts = [(one.core, one.core_salt), (one.personal, one.personal_salt)]
    else:
        parts = [(part.data, part.salt) if part else (None, None) for part in (one.core, one.personal)]
    (core, salt), (personal, own_salt) = parts
    said: dict[str, Any] = {"city": "xingtai", "index": index, "leaf": b64u(bytes(one.leaf))}
    said |= {"core": b64u(bytes(core)), "salt": b64u(bytes(salt)), "version": None, "since": None}
    told = None
    if personal is not None and own_salt is not None:
        told = {"personal": b64u(bytes(personal)), "salt": b64u(bytes(own_salt))}
    county.add(adopted.KIND, said, told, subject=adopted.leaf_of(said)["subject"])
