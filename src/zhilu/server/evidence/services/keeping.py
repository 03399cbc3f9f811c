"""How long recordings are kept: the longest of what the catalogue demands of each act that names them, in
the version that the act was filed under, and of what people said (rules_keeping.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from zhilu.server.catalogue.models import Procedure
from zhilu.server.evidence.events_keeping import RetentionLengthened
from zhilu.server.evidence.models import ActSpan, Lengthened
from zhilu.server.evidence.rules_keeping import longest
from zhilu.server.ledger.lock import among
from zhilu.server.ledger.services.commit import commit

AT_ONCE = 2000


def keep_of(recordings: Sequence[UUID]) -> dict[UUID, str]:
    """Of each of them, in three queries for two thousand."""
    found: dict[UUID, str] = {}
    for start in range(0, len(recordings), AT_ONCE):
        some = recordings[start : start + AT_ONCE]
        spans = among(ActSpan.objects.all(), some, "recording")
        acts = list(spans.values_list("recording", "act__catalogue", "act__procedure"))
        demanded = _demanded({version for _, version, _ in acts}, {code for _, _, code in acts})
        said: dict[UUID, set[str]] = defaultdict(set)
        for recording, version, code in acts:
            said[recording].add(demanded.get((version, code), ""))
        lengthened = among(Lengthened.objects.all(), some, "recording")
        for recording, keep in lengthened.values_list("recording", "keep"):
            said[recording].add(keep)
        found |= {one: longest(said[one]) for one in some}
    return found


def lengthen(by: UUID, recording: UUID, keep: str, reason: str, text: str) -> None:
    commit(RetentionLengthened(str(recording), keep, reason), str(by), {"text": text.strip()})


def _demanded(versions: set[int], codes: set[str]) -> dict[tuple[int, str], str]:
    rows = Procedure.objects.filter(version__in=versions, code__in=codes)
    return {(version, code): keep for version, code, keep in rows.values_list("version", "code", "retention")}
