"""The event by which a county takes over an entry of its city (spec/federation.md §6)."""

from __future__ import annotations

from zhilu.protocols import adopted
from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import B64u, Code, Date, Natural, to_core

LONGEST = 180_000
"""Bytes: twice 64 KiB, a leaf, and base64's third."""


@event(adopted.KIND, subject="subject", longest=LONGEST)
class CityEntryAdopted:
    """Leaf and core part as the city has them. `version`, `since`: of a catalogue, those of this county.
    Personal: personal, salt, where the city's entry has such a part.
    """

    city: Code
    index: Natural
    leaf: B64u
    core: B64u
    salt: B64u
    version: Natural | None = None
    since: Date | None = None

    @property
    def subject(self) -> str:
        return str(adopted.leaf_of(to_core(self))["subject"])
