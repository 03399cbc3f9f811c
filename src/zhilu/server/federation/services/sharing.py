"""Whether a county that sealed its recordings to this city's keyholder too still does (spec/viewing.md §8).

Its policy is its own: one entry, and what is filmed from then on opens without the city, or with a second
share that the county itself can open. Nobody can refuse it that from outside; the city is told. Of two shares
the second must name this city's keyholder and this city's escrow key: with another escrow key whoever has
that opens it as well.
"""

from __future__ import annotations

from typing import Any

from zhilu.server.organisation.models import Policy

SHARED = "county+city"


def own_holders() -> list[Any]:
    """The keys of the own keyholder, as the own policies name them; of the ledger that is stood in."""
    cores = Policy.objects.order_by("-version").values_list("core", flat=True)
    return [first for core in cores for first in _shares(core)[:1]]


def is_left_out(own: list[Any]) -> bool:
    """Inside `of`: by its newest policy, though that or an earlier one shared."""
    newest = Policy.objects.order_by("-version").values_list("core", flat=True).first()
    if newest is None:
        return False
    if newest.get("sharing") == SHARED:
        shares = _shares(newest)
        return len(shares) != 2 or shares[1] not in own
    return Policy.objects.filter(core__sharing=SHARED).exists()


def _shares(core: dict[str, Any]) -> list[Any]:
    """Of a policy that a neighbour may have entered past all checks."""
    shares = core.get("shares")
    return shares if isinstance(shares, list) else []
