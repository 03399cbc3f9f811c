"""The ledgers whose tables are here: the own one, and at a city each county's (ADR 0019). What counts over
all of them asks each, and says as of which tree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Max

from zhilu.server.federation.models import Joined, Parted, Watch
from zhilu.server.federation.services import mirror
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services import tree

COUNTY = "county"


@dataclass(frozen=True)
class Tree:
    """The tables follow from the first `size` entries, whose tree has this root (32 bytes)."""

    size: int
    root: bytes


def own() -> str:
    return str(settings.ZHILU.bureau)


def bureaus() -> list[str]:
    """The own bureau first, then each county that is followed, by code. A county does not count its city."""
    seen = Watch.objects.exclude(stored=0).values("bureau")
    counties = Joined.objects.filter(bureau__in=seen, tier=COUNTY).order_by("bureau")
    return [own(), *counties.values_list("bureau", flat=True)]


def left() -> list[str]:
    """Counties that are followed no more. What is kept of them counts in nothing."""
    return list(Parted.objects.filter(tier=COUNTY).values_list("bureau", flat=True))


@contextmanager
def of(bureau: str) -> Iterator[None]:
    """Everything inside reads the tables of this bureau's ledger."""
    if bureau == own():
        yield
        return
    with mirror.of(bureau):
        yield


def applied(bureau: str) -> int:
    """Inside `of`: from how many entries the tables follow."""
    if bureau != own():
        return mirror.known()[2]
    newest = Entry.objects.aggregate(newest=Max("index"))["newest"]
    return 0 if newest is None else int(newest) + 1


def tree_of(size: int) -> Tree:
    """Inside `of`; for what is in tiles, which a pass of the worker may still have to make."""
    return Tree(size, tree.root(size))


def mirrored_root(bureau: str, size: int) -> bytes | None:
    """Of a county's tree at this size, as it was stored here; None where the mirror is not so far, or not."""
    if bureau not in bureaus()[1:]:
        return None
    with of(bureau):
        return tree.root(size) if 0 < size <= mirror.known()[0].size else None


def state(bureau: str) -> tuple[str, str]:
    """State and code of a neighbour as the federation page says them; the own ledger is never away."""
    return states([bureau])[bureau]


def states(bureaus: Collection[str]) -> dict[str, tuple[str, str]]:
    """The same of several, with one question."""
    at, watches = now(), Watch.objects.in_bulk(list(bureaus)) if {own()} != set(bureaus) else {}
    shown = {one: watches[one].shown(at) if one in watches else ("new", "") for one in bureaus}
    return shown | {one: ("following", "") for one in bureaus if one == own()}


def dated_back(bureaus: Collection[str]) -> list[str]:
    """Those of these whose ledger has entries that are provably dated back."""
    counties = [one for one in bureaus if one != own()]
    found = Watch.objects.filter(bureau__in=counties, back__gt=0) if counties else Watch.objects.none()
    return list(found.order_by("bureau").values_list("bureau", flat=True))
