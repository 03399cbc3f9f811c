"""The audit: is what was published what the ledger gave? Each row says so itself, and follows from the ledger
as all rows do.
"""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.assessment.models import Publication
from zhilu.server.ledger.services import audit
from zhilu.server.ledger.services.reader import Finding


@audit.also
def check() -> Iterator[Finding]:
    for one in Publication.objects.exclude(differs="").order_by("entry"):
        yield Finding(f"assessment {one.id}", f"not as the ledger gives it: {one.differs}")
