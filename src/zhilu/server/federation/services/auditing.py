"""The audit of a mirror: are its entries what the neighbour published, and do its tables follow from them?

The same audit as the own one's, standing in the mirror, under the neighbour's key. Beside it: the range that
is stored is the tree of the entries, what is not applied yet is said, and what is provably dated back.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from django.db.utils import DatabaseError

from zhilu.server.federation.models import Joined, Mirror
from zhilu.server.federation.services import adopting, dates, mirror
from zhilu.server.federation.services.neighbours import as_neighbour
from zhilu.server.ledger.services import tree
from zhilu.server.ledger.services.audit import MOST_FINDINGS, audit
from zhilu.server.ledger.services.reader import Finding


def audit_mirror(
    joined: Joined, progress: Callable[[int], None] = lambda done: None
) -> tuple[int, list[Finding]]:
    """How many entries were read, and what is wrong."""
    with mirror.of(joined.bureau):
        try:
            frontier, _, applied = mirror.known()
        except (DatabaseError, Mirror.DoesNotExist):
            return 0, [Finding("mirror", "not here")]  # a backup has none: it is read anew
        count, found = audit(progress, as_neighbour(joined).keys.ledger)
        if count != frontier.size or tree.recomputed_root(frontier.size) != frontier.root():
            found.append(Finding("range", "root"))
    found += itertools.islice(adopting.differences(joined), MOST_FINDINGS)
    found += dates.findings(joined.bureau)[:MOST_FINDINGS]
    if applied < count:
        found.append(Finding(f"entries from {applied}", "not applied"))
    return count, found
