"""Whether a county that sealed its recordings to this city's keyholder too still does (spec/viewing.md §8).

Its policy is its own: one entry, and what is filmed from then on opens without the city, or with a second
share that the county itself can open. Nobody can refuse it that from outside; the city is told. Of two shares
the second must name this city's keyholder and this city's escrow key: with another escrow key whoever has
that opens it as well.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from zhilu.server.organisation.models import Policy

SHARED = "county+city"


def own_holders() -> list[Any]:
    """The keys of the own keyholder, as the own policies name them; of the ledger that is stood in."""
    cores = Policy.objects.order_by("-version").values_list("core", flat=True)
    return [first for core in cores for first in _shares(core)[:1]]


def leaving_out(own: list[Any]) -> int:
    """Inside `of`: how many policies, of those that can have come into force after the first that shared, do
    not share with `own`. A later one that does takes nothing back: what was filmed between stays open."""
    policies = Policy.objects.order_by("entry")
    first = policies.filter(core__sharing=SHARED).values_list("entry", "version").first()
    if first is None:
        return 0
    after = policies.filter(Q(entry__gte=first[0]) | Q(version__gt=first[1]))
    cores = after.values_list("core", flat=True).iterator(chunk_size=10)
    return sum(not _is_shared(core, own) for core in cores)


def _is_shared(core: dict[str, Any], own: list[Any]) -> bool:
    shares = _shares(core)
    return core.get("sharing") == SHARED and len(shares) == 2 and shares[1] in own


def _shares(core: dict[str, Any]) -> list[Any]:
    """Of a policy that a neighbour may have entered past all checks."""
    shares = core.get("shares")
    return shares if isinstance(shares, list) else []
