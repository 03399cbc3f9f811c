"""Findings and matches in the audit (spec/findings.md §5): of the own ledger and of every mirror."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from zhilu.errors import DataError
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.services import audit
from zhilu.server.ledger.services.reader import Finding
from zhilu.server.oversight.findings.every import RULES
from zhilu.server.oversight.models import Evaluated, Match, Pending
from zhilu.server.oversight.services import evaluating, judging, touched, withheld


@audit.also_own
def check() -> Iterator[Finding]:
    for bureau in ledgers.bureaus():
        try:
            yield from _findings(bureau)
            yield from _matches(bureau)
        except (DataError, OverflowError, ValueError) as error:  # what no honest bureau enters
            yield Finding(f"findings {bureau}", f"unreadable: {type(error).__name__}")
    for model in (Evaluated, Match):
        strange = model._default_manager.exclude(bureau__in=[*ledgers.bureaus(), *ledgers.left()])
        for one in strange.order_by().values_list("bureau", flat=True).distinct():
            yield Finding(f"findings {one}", "not in the ledger")


def _findings(bureau: str) -> Iterator[Finding]:
    with ledgers.of(bureau):
        wrong = list(islice(withheld.of_days(touched.with_rows()), audit.MOST_FINDINGS))
    yield from (Finding(f"finding {bureau} {one.rule} {one.subject}", one.why) for one in wrong)


def _matches(bureau: str) -> Iterator[Finding]:
    """Of what was judged: of other days they are yet to come."""
    if bureau != ledgers.own():
        evaluating.refresh(bureau)
    known = Evaluated.objects.filter(bureau=bureau).first()
    if known is None:
        return
    with ledgers.of(bureau):
        size, days = ledgers.applied(bureau), touched.with_rows()
    waiting = set(Pending.objects.filter(bureau=bureau).values_list("day", flat=True))
    if known.size != size:
        waiting |= evaluating.touched_days(bureau, known, size, known.as_of, RULES)
    rows = Match.objects.filter(bureau=bureau)
    seen = 0
    for first, last in withheld.weeks([one for one in days if one not in waiting]):
        with ledgers.of(bureau):
            fresh = judging.of_days(first, last, known.as_of).matches
        kept = {str(one.task): one for one in rows.filter(day__gte=first, day__lte=last)}
        seen += len(kept)
        yield from _compared(bureau, kept, fresh)
    if seen + rows.filter(day__in=waiting).count() < rows.count():
        yield Finding(f"matches {bureau}", "not in the ledger")


def _compared(bureau: str, kept: dict[str, Match], fresh: dict[str, Match]) -> Iterator[Finding]:
    for task in sorted(kept.keys() | fresh.keys()):
        mine, theirs = kept.get(task), fresh.get(task)
        if mine is None or theirs is None or not judging.is_same(mine, theirs):
            yield Finding(f"match {bureau} {task}", "not as the facts show")
